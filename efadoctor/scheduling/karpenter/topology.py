"""Topology spread and pod (anti-)affinity, as far as one pod on one new node needs them.

Each constraint counts matching pods by domain (the values of its topology key) and leaves
the domains that the new node may be in. Of several equally good domains Karpenter takes
any; here each is offered in turn, by name.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topology.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topologygroup.go
"""

from collections.abc import Iterable, Mapping
from itertools import islice, product

import msgspec

from efadoctor.model.kubernetes import (
    Taint,
)
from efadoctor.scheduling.karpenter.blockers import Topology, TopologyUnmet
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.requirements import Requirement, Requirements

ALL_EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")
Domains = Mapping[str, Mapping[str, tuple[tuple[Taint, ...], ...]]]
"""By topology key: each domain that some NodePool can launch in, with those pools' taints."""

_MOST_ALTERNATIVES = 64
_HONOR = "Honor"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One constraint: its domains, and how many matching pods each has."""

    kind: Topology
    key: str
    counts: Mapping[str, int]
    max_skew: int = 1
    min_domains: int | None = None
    selects_itself: bool = False
    inverse: bool = False

    def unmet(self, pod_domains: Requirement, node_domains: Requirement) -> TopologyUnmet:
        return TopologyUnmet(
            kind=self.kind,
            key=self.key,
            counts=tuple(sorted(self.counts.items())),
            pod_domains=pod_domains,
            node_domains=node_domains,
            inverse=self.inverse,
        )

    def allowed(self, pod: Requirement, node: Requirement) -> tuple[Requirement, ...]:
        """What the node's label must be: alternatives, none where nothing will do."""
        match self.kind:
            case Topology.SPREAD:
                return self._spread(pod, node)
            case Topology.AFFINITY:
                return self._affinity(pod, node)
            case Topology.ANTI_AFFINITY:
                return self._anti_affinity(pod, node)

    def _new_host(self, node: Requirement) -> str:
        """The new node's own name where the constraint is on hostnames, else ""."""
        return next(iter(node.values)) if self.key == HOSTNAME and len(node.values) == 1 else ""

    def _spread(self, pod: Requirement, node: Requirement) -> tuple[Requirement, ...]:
        added = 1 if self.selects_itself else 0
        if host := self._new_host(node):
            fits = self.counts.get(host, 0) + added <= self.max_skew
            return (_one_of(self.key, (host,)),) if fits else ()
        least = self._least(pod)
        counts = {d: c + added for d, c in self.counts.items() if node.has(d)}
        fitting = {d: c for d, c in counts.items() if c - least <= self.max_skew}
        best = min(fitting.values(), default=0)
        return tuple(_one_of(self.key, (d,)) for d in sorted(fitting) if fitting[d] == best)

    def _least(self, pod: Requirement) -> int:
        """The fewest matching pods in any domain that the pod may be in."""
        if self.key == HOSTNAME:
            return 0
        counts = [count for domain, count in self.counts.items() if pod.has(domain)]
        if self.min_domains is not None and len(counts) < self.min_domains:
            return 0
        return min(counts, default=2**31 - 1)

    def _affinity(self, pod: Requirement, node: Requirement) -> tuple[Requirement, ...]:
        found = sorted(d for d, c in self.counts.items() if c > 0 and pod.has(d))
        first = self.selects_itself and not found
        if host := self._new_host(node):
            fits = pod.has(host) and (host in found or first)
            return (_one_of(self.key, (host,)),) if fits else ()
        if near := [d for d in found if node.has(d)]:
            return (_one_of(self.key, near),)
        if not first:
            return ()
        open_to = [d for d in sorted(self.counts) if pod.has(d)]
        within = [d for d in open_to if node.has(d)]
        return tuple(_one_of(self.key, (d,)) for d in within or open_to)

    def _anti_affinity(self, pod: Requirement, node: Requirement) -> tuple[Requirement, ...]:
        if host := self._new_host(node):
            return (_one_of(self.key, (host,)),) if not self.counts.get(host, 0) else ()
        empty = [d for d, c in self.counts.items() if not c and pod.has(d) and node.has(d)]
        return (_one_of(self.key, empty),) if empty else ()


def narrowed(
    groups: Iterable[Group], pod: Requirements, node: Requirements
) -> tuple[tuple[Requirements, ...], tuple[TopologyUnmet, ...]]:
    """Alternatives for what the new node must be, and the constraints that no node meets.

    ``pod`` are the pod's required requirements, ``node`` those of the node so far.
    """
    unmet: list[TopologyUnmet] = []
    options: list[tuple[Requirement, ...]] = []
    for group in groups:
        mine, theirs = pod.get(group.key), node.get(group.key)
        allowed = group.allowed(mine, theirs)
        if allowed:
            options.append(allowed)
        else:
            unmet.append(group.unmet(mine, theirs))
    choices = islice(product(*options), _MOST_ALTERNATIVES)
    return tuple(Requirements(choice) for choice in choices), tuple(unmet)


def _one_of(key: str, values: Iterable[str]) -> Requirement:
    return Requirement(key, values=frozenset(values))
