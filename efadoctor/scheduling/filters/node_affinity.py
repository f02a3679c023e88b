"""NodeAffinity: the node selector and the required node affinity.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go
"""

from collections.abc import Hashable

import msgspec

from efadoctor.model.kubernetes import NodeSelector, NodeSelectorTerm, PodSpec
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared, projected
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import AffinityUnmet, Plugin, Refusal
from efadoctor.scheduling.selectors import (
    NAME_FIELD,
    Labels,
    fields_of,
    keys_of,
    node_selector_matches,
    required_affinity,
)

REASON = "node(s) didn't match Pod's node affinity/selector"
REASON_CONFLICT = "pod affinity terms conflict"


class NodeAffinity(msgspec.Struct, frozen=True):
    spec: PodSpec
    required: NodeSelector | None
    keys: tuple[str, ...]
    by_name: bool

    def sees(self, state: NodeState) -> Hashable:
        seen = projected(state.node, self.keys)
        return (state.name, seen) if self.by_name else seen

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return unmet(self.spec, self.required, state.labels, state.name)


def unmet(
    spec: PodSpec, required: NodeSelector | None, labels: Labels, name: str
) -> tuple[AffinityUnmet, ...]:
    """The refusal of a node that lacks labels of the selector or meets no required term."""
    lacking = tuple(k for k, v in spec.node_selector.items() if labels.get(k) != v)
    terms = required is not None and not node_selector_matches(required, labels, name)
    if not lacking and not terms:
        return ()
    plugin = Plugin.NODE_AFFINITY
    return (AffinityUnmet(plugin=plugin, reason=REASON, selector=lacking, terms=terms),)


def prepare(incoming: Incoming) -> Prepared:
    spec = incoming.pod.spec
    required = required_affinity(spec)
    if required is None and not spec.node_selector:
        return SKIP
    names = _names(required.node_selector_terms) if required is not None else None
    found = NodeAffinity(spec, required, tuple(sorted(keys_of(spec))), fields_of(spec))
    if names is not None and not names:
        conflict = AffinityUnmet(plugin=Plugin.NODE_AFFINITY, reason=REASON_CONFLICT, terms=True)
        return Prepared(found, rejection=conflict)
    return Prepared(found, narrowed_to=names)


def _names(terms: tuple[NodeSelectorTerm, ...]) -> frozenset[str] | None:
    """The nodes that the terms name, None where a term names none and so any node may do."""
    union: frozenset[str] = frozenset()
    for term in terms:
        named = [
            frozenset(f.values)
            for f in term.match_fields
            if f.key == NAME_FIELD and f.operator == "In"
        ]
        if not named:
            return None
        union |= frozenset.intersection(*named)
    return union if terms else None
