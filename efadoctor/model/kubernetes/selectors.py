"""Selectors of nodes and of labelled objects."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.structs import View, no_labels


class SelectorRequirement(View):
    """One requirement of a node selector term or of a label selector."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(View):
    match_labels: Mapping[str, str] = field(default_factory=no_labels)
    match_expressions: tuple[SelectorRequirement, ...] = ()


class NodeSelectorTerm(View):
    match_expressions: tuple[SelectorRequirement, ...] = ()
    match_fields: tuple[SelectorRequirement, ...] = ()


class NodeSelector(View):
    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()
