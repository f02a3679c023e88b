"""PodTopologySpread: pods that match a selector must spread evenly over domains.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/podtopologyspread/common.go
"""

from collections.abc import Hashable, Mapping

import msgspec

from efadoctor.model.kubernetes import PodSpec, TopologySpreadConstraint
from efadoctor.scheduling import selectors
from efadoctor.scheduling.crowds import crowds
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared, projected
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal, SpreadUnmet
from efadoctor.scheduling.selectors import Selector
from efadoctor.scheduling.taints import untolerated

REASON = "node(s) didn't match pod topology spread constraints"
REASON_LABEL = REASON + " (missing required label)"

HARD = "DoNotSchedule"
HONOR = "Honor"


class Spread(msgspec.Struct, frozen=True):
    """One constraint, the matching pods in each eligible domain, and the least of them."""

    index: int
    constraint: TopologySpreadConstraint
    counts: Mapping[str, int]
    least: int
    counts_itself: bool

    def refusal(self, state: NodeState) -> Refusal | None:
        domain = state.labels.get(self.constraint.topology_key)
        if domain is None:
            return self._unmet(REASON_LABEL, skew=None)
        skew = self.counts.get(domain, 0) + int(self.counts_itself) - self.least
        return self._unmet(REASON, skew=skew) if skew > self.constraint.max_skew else None

    def _unmet(self, reason: str, *, skew: int | None) -> Refusal:
        return SpreadUnmet(
            plugin=Plugin.POD_TOPOLOGY_SPREAD,
            reason=reason,
            unresolvable=skew is None,
            index=self.index,
            constraint=self.constraint,
            skew=skew,
        )


class PodTopologySpread(msgspec.Struct, frozen=True):
    spreads: tuple[Spread, ...]
    keys: tuple[str, ...]

    def sees(self, state: NodeState) -> Hashable:
        return projected(state.node, self.keys)

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        found = (spread.refusal(state) for spread in self.spreads)
        return tuple(refusal for refusal in found if refusal is not None)


def prepare(incoming: Incoming) -> Prepared:
    constraints = incoming.pod.spec.topology_spread_constraints
    hard = [(i, c) for i, c in enumerate(constraints) if c.when_unsatisfiable == HARD]
    if not hard:
        return SKIP
    keys = tuple(c.topology_key for _, c in hard)
    labelled = [s for s in incoming.index.nodes.values() if all(k in s.labels for k in keys)]
    eligible = _Eligibility(incoming.pod.spec)
    spreads = tuple(_spread(i, c, incoming, eligible, labelled) for i, c in hard)
    return Prepared(PodTopologySpread(spreads, keys))


def _spread(
    index: int,
    constraint: TopologySpreadConstraint,
    incoming: Incoming,
    eligible: "_Eligibility",
    labelled: list[NodeState],
) -> Spread:
    labels = incoming.pod.metadata.labels
    selector = _selector(constraint, labels)
    pods = _pods_by_node(incoming, selector)
    counts: dict[str, int] = {}
    for state in labelled:
        if eligible.admits(constraint, state):
            domain = state.labels[constraint.topology_key]
            counts[domain] = counts.get(domain, 0) + pods.get(state.name, 0)
    # Fewer domains than minDomains: new ones are expected, and they would be empty.
    enough = len(counts) >= (constraint.min_domains or 1)
    return Spread(
        index=index,
        constraint=constraint,
        counts=counts,
        least=min(counts.values()) if enough else 0,
        counts_itself=selector.matches(labels),
    )


def _selector(constraint: TopologySpreadConstraint, labels: selectors.Labels) -> Selector:
    """The constraint's selector, with the pod's own values of its ``matchLabelKeys``."""
    parsed = selectors.parse(constraint.label_selector)
    own = [(key, labels[key]) for key in constraint.match_label_keys if key in labels]
    return parsed.narrowed(own) if own else parsed


def _pods_by_node(incoming: Incoming, selector: Selector) -> dict[str, int]:
    """How many pods of the namespace match, by node; terminating ones do not count.

    An empty selector matches this pod, but counts no other, unless one is nominated to the
    node: that is how the scheduler has it.
    """
    if selector.nothing:
        return {}
    if selector.matches_everything:
        return _added(incoming)
    found: dict[str, int] = {}
    for crowd in crowds(incoming.index):
        if crowd.terminating or crowd.namespace != incoming.namespace:
            continue
        if selector.matches(crowd.labels):
            for node, rows in crowd.rows.items():
                found[node] = found.get(node, 0) + len(rows)
    return found


def _added(incoming: Incoming) -> dict[str, int]:
    """The pods of the namespace that were added to a node."""
    if incoming.index.added is None:
        return {}
    _, node, rows = incoming.index.added
    return {node: sum(incoming.index.namespace_of(row) == incoming.namespace for row in rows)}


class _Eligibility:
    """Which nodes count as domains for this pod, by the node inclusion policies."""

    def __init__(self, spec: PodSpec) -> None:
        self._spec = spec
        self._keys = tuple(sorted(selectors.keys_of(spec)))
        self._by_name = selectors.fields_of(spec)
        self._selected: dict[Hashable, bool] = {}
        self._tolerated: dict[int, bool] = {}

    def admits(self, constraint: TopologySpreadConstraint, state: NodeState) -> bool:
        if constraint.node_affinity_policy == HONOR and not self._selects(state):
            return False
        return constraint.node_taints_policy != HONOR or self._tolerates(state)

    def _selects(self, state: NodeState) -> bool:
        key = (projected(state.node, self._keys), state.name if self._by_name else None)
        if key not in self._selected:
            self._selected[key] = selectors.pod_selects(self._spec, state.node)
        return self._selected[key]

    def _tolerates(self, state: NodeState) -> bool:
        if state.taints not in self._tolerated:
            kept_off = untolerated(state.node.spec.taints, self._spec.tolerations)
            self._tolerated[state.taints] = not kept_off
        return self._tolerated[state.taints]
