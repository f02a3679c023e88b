"""Label selectors, node selectors and what they match.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/labels/selector.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from efadoctor.model.kubernetes import (
    LabelSelector,
    Node,
    NodeSelector,
    NodeSelectorTerm,
    PodSpec,
    SelectorRequirement,
)
from efadoctor.scheduling.integers import integer

NAME_FIELD = "metadata.name"

_KEY = re.compile(r"(?:[a-z0-9.-]{1,253}/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")

Labels = Mapping[str, str]


# ---- requirements -----------------------------------------------------------


def is_valid(requirement: SelectorRequirement) -> bool:
    """Whether the API server's label library accepts this requirement (``NewRequirement``)."""
    values = requirement.values
    match requirement.operator:
        case "In" | "NotIn":
            fits = len(values) > 0
        case "Exists" | "DoesNotExist":
            fits = not values
        case "Gt" | "Lt":
            fits = len(values) == 1 and integer(values[0]) is not None
        case _:
            fits = False
    return (
        fits
        and _KEY.fullmatch(requirement.key) is not None
        and all(_VALUE.fullmatch(value) is not None for value in values)
    )


def meets(labels: Labels, requirement: SelectorRequirement) -> bool:
    """Whether labels meet one valid requirement."""
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value is not None and value in requirement.values
        case "NotIn":
            return value is None or value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" if value is not None:
            found, bound = integer(value), integer(requirement.values[0])
            if found is None or bound is None:
                return False
            return found > bound if requirement.operator == "Gt" else found < bound
        case _:
            return False


# ---- label selectors --------------------------------------------------------


class Selector(msgspec.Struct, frozen=True):
    """A parsed label selector. No requirement matches everything; ``nothing`` wins."""

    requirements: tuple[SelectorRequirement, ...] = ()
    nothing: bool = False

    @property
    def matches_everything(self) -> bool:
        return not (self.requirements or self.nothing)

    def matches(self, labels: Labels) -> bool:
        return not self.nothing and all(meets(labels, r) for r in self.requirements)

    def narrowed(self, pairs: Iterable[tuple[str, str]]) -> "Selector":
        """The same selector that asks for these labels besides."""
        more = (_equal(key, value) for key, value in pairs)
        return Selector((*more, *self.requirements), nothing=self.nothing)


NOTHING = Selector(nothing=True)


def parse(selector: LabelSelector | None) -> Selector:
    """A selector that is absent, or that the API server would refuse, matches nothing."""
    if selector is None:
        return NOTHING
    if any(e.operator in ("Gt", "Lt") or not is_valid(e) for e in selector.match_expressions):
        return NOTHING
    pairs = (_equal(key, value) for key, value in selector.match_labels.items())
    return Selector((*pairs, *selector.match_expressions))


def matches(selector: LabelSelector | None, labels: Labels) -> bool:
    """Whether a label selector matches: None matches nothing, ``{}`` matches everything."""
    return parse(selector).matches(labels)


def _equal(key: str, value: str) -> SelectorRequirement:
    return SelectorRequirement(key=key, operator="In", values=(value,))


# ---- node selectors ---------------------------------------------------------


@lru_cache(maxsize=4096)
def _is_usable(term: NodeSelectorTerm) -> bool:
    """An empty term matches no node, and neither does one that does not parse."""
    return (
        bool(term.match_expressions or term.match_fields)
        and all(is_valid(e) for e in term.match_expressions)
        and all(f.operator in ("In", "NotIn") and len(f.values) == 1 for f in term.match_fields)
    )


def term_matches(term: NodeSelectorTerm, labels: Labels, name: str) -> bool:
    """Whether a term of a node selector matches a node of these labels and this name.

    Without a name, as for a volume's node affinity, fields are not looked at.
    """
    if not _is_usable(term):
        return False
    if not all(meets(labels, e) for e in term.match_expressions):
        return False
    fields = {NAME_FIELD: name}
    return not name or all(_field_met(fields, f) for f in term.match_fields)


def _field_met(fields: Labels, requirement: SelectorRequirement) -> bool:
    found = fields.get(requirement.key, "") == requirement.values[0]
    return found if requirement.operator == "In" else not found


def node_selector_matches(selector: NodeSelector, labels: Labels, name: str) -> bool:
    """Whether any term matches."""
    return any(term_matches(term, labels, name) for term in selector.node_selector_terms)


def required_affinity(spec: PodSpec) -> NodeSelector | None:
    """The required node affinity of a pod, None where it has none."""
    if spec.affinity is None or spec.affinity.node_affinity is None:
        return None
    return spec.affinity.node_affinity.required


def pod_selects(spec: PodSpec, node: Node) -> bool:
    """Whether the node selector and the required node affinity of a pod match a node."""
    labels = node.metadata.labels
    if any(labels.get(key) != value for key, value in spec.node_selector.items()):
        return False
    required = required_affinity(spec)
    return required is None or node_selector_matches(required, labels, node.metadata.name)


def keys_of(spec: PodSpec) -> frozenset[str]:
    """The label keys that a pod's node selector and required node affinity look at."""
    required = required_affinity(spec)
    terms = required.node_selector_terms if required is not None else ()
    return frozenset(spec.node_selector) | {e.key for t in terms for e in t.match_expressions}


def fields_of(spec: PodSpec) -> bool:
    """Whether a pod's required node affinity looks at the node's name."""
    required = required_affinity(spec)
    return required is not None and any(t.match_fields for t in required.node_selector_terms)
