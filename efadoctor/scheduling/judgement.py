"""One pod, run through every plugin: the verdict on each class of nodes.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/schedule_one.go
(findNodesThatFitPod)
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from efadoctor.model.facts import sources_of
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.scheduling import messages
from efadoctor.scheduling.filters import IN_ORDER, scheduling_gates
from efadoctor.scheduling.filters.plugin import Filter, Incoming, Step
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import ClaimRefusal, ForeignScheduler, Plugin, Refusal
from efadoctor.scheduling.reserved import Reserved

DEFAULT_SCHEDULER = "default-scheduler"
COUNT_PODS = frozenset({Plugin.POD_TOPOLOGY_SPREAD, Plugin.INTER_POD_AFFINITY})
"""The plugins that ask about pods on other nodes as well."""


class EqualNodes(msgspec.Struct, frozen=True):
    """Nodes that no filter can tell apart for this pod.

    ``refusals``: every fact against them, in the order of the plugins, none where they
    would do; ``reasons``: what the scheduler says, which stops at the first plugin.
    """

    nodes: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()
    reasons: tuple[str, ...] = ()


class Prediction(msgspec.Struct, frozen=True, dict=True):
    """What kube-scheduler would do with a pod now.

    ``feasible``: names of the nodes that would take it; ``message``: what the scheduler
    would write, without its preemption part, "" where there is such a node, where it is
    another scheduler's pod, while a claim of the pod is missing (it is not queued then), and
    where too little was read to tell. ``prefilter``: what
    keeps it from every node at once. ``unread``: the sources that would be needed, or what
    was read and not understood.
    """

    feasible: tuple[str, ...]
    message: str
    classes: tuple[EqualNodes, ...]
    prefilter: tuple[Refusal, ...] = ()
    unread: tuple[str, ...] = ()

    @cached_property
    def reasons(self) -> dict[str, list[str]]:
        """Each refused node's reasons as the scheduler has them."""
        return {n: list(c.reasons) for c in self.classes for n in c.nodes if c.reasons}

    @cached_property
    def blockers(self) -> dict[str, list[Refusal]]:
        """Everything that stands between the pod and each node, where anything does."""
        return {
            node: [*self.prefilter, *found.refusals]
            for found in self.classes
            for node in found.nodes
            if self.prefilter or found.refusals
        }


class Judgement:
    """One pod and the plugins prepared for it."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._prepared = [(step, step.prepare(incoming)) for step in IN_ORDER]
        self._filters = [(s, p.filter) for s, p in self._prepared if p.filter is not None]

    def prediction(self) -> Prediction:
        classes = self._classes()
        prefilter = self._prefilter()
        kept_off = prefilter or _error(classes) is not None
        fit = () if kept_off else [n for c in classes if not c.refusals for n in c.nodes]
        order = {name: number for number, name in enumerate(self._incoming.index.nodes)}
        unread = (*self._unread(), *_undecided(classes))
        gated = bool(self._incoming.pod.spec.scheduling_gates)
        return Prediction(
            feasible=tuple(sorted(fit, key=order.__getitem__)),
            message="" if (fit or unread) and not gated else self._message(classes),
            classes=classes,
            prefilter=prefilter,
            unread=unread,
        )

    # ---- all nodes at once --------------------------------------------------

    def _prefilter(self) -> tuple[Refusal, ...]:
        rejections = (p.rejection for _, p in self._prepared)
        return (*_before_scheduling(self._incoming.pod), *(r for r in rejections if r is not None))

    def _rejection(self) -> Refusal | None:
        """The rejection that the scheduler reports.

        An unresolvable one ends the cycle; of others the last counts.
        """
        last: Refusal | None = None
        for _, prepared in self._prepared:
            if prepared.rejection is not None:
                last = prepared.rejection
                if last.unresolvable:
                    break
        return last

    def _waits_for_claim(self) -> bool:
        """Whether the pod is not queued before its claims are there; nothing is said then."""
        rejections = (prepared.rejection for _, prepared in self._prepared)
        return any(isinstance(r, ClaimRefusal) and r.absent for r in rejections)

    def _narrowing(self) -> tuple[frozenset[str] | None, tuple[str, ...]]:
        """The nodes that PreFilters left to choose from, and what is said of the others."""
        narrowed = [(s, p.narrowed_to) for s, p in self._prepared if p.narrowed_to is not None]
        if not narrowed:
            return None, ()
        names = frozenset.intersection(*(names for _, names in narrowed))
        plugins = [s.plugin.value for s, _ in narrowed]
        return names, messages.not_satisfied(plugins, self._incoming.version)

    def _unread(self) -> tuple[str, ...]:
        snapshot = self._incoming.snapshot
        types = {t for _, p in self._prepared for t in p.unread}
        types |= {t for t in (Node, Pod) if not snapshot.was_read_whole(t)}
        return tuple(sorted(source.name for t in types for source in sources_of(t)))

    def _message(self, classes: Sequence[EqualNodes]) -> str:
        pod, total = self._incoming.pod, len(self._incoming.index.nodes)
        if pod.spec.scheduling_gates:
            return messages.GATED
        if pod.spec.scheduler_name != DEFAULT_SCHEDULER or self._waits_for_claim():
            return ""
        if total == 0:
            return messages.NO_NODES
        rejection = self._rejection()
        if rejection is not None:
            return messages.rejected(total, rejection.reason)
        error = _error(classes)
        if error is not None:
            return messages.gave_up(error.plugin.value, error.reason)
        return messages.filtered(total, ((len(c.nodes), c.reasons) for c in classes))

    # ---- node by node -------------------------------------------------------

    def _classes(self) -> tuple[EqualNodes, ...]:
        names, elsewhere = self._narrowing()
        rejection = self._rejection()
        reserved = Reserved.of(self._incoming)
        groups: dict[Any, list[str]] = {}
        found: dict[Any, tuple[tuple[Refusal, ...], tuple[str, ...]]] = {}
        sees = [f.sees for _, f in self._filters]
        for name, state in self._incoming.index.nodes.items():
            narrowed_out = names is not None and name not in names
            beside = reserved.beside(name)
            key = (narrowed_out, *[see(state) for see in sees]) if beside is None else (name,)
            group = groups.get(key)
            if group is None:
                groups[key] = [name]
                refusals, reasons = self._refused(state, beside)
                if rejection is not None:
                    reasons = (rejection.reason,)
                elif narrowed_out:
                    reasons = elsewhere
                found[key] = refusals, reasons
            else:
                group.append(name)
        return tuple(EqualNodes(tuple(nodes), *found[key]) for key, nodes in groups.items())

    def _refused(
        self, state: NodeState, beside: Incoming | None
    ) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
        """Every refusal, and the reasons of the first plugin that has any.

        Where room is reserved on the node, the pod must fit beside that and without it.
        """
        if beside is not None:
            refused = _against(beside.index.nodes[state.name], self._filters_beside(beside))
            if refused[0]:
                return refused
        return _against(state, self._filters)

    def _filters_beside(self, beside: Incoming) -> list[tuple[Step, Filter]]:
        """The filters of plugins at work, those prepared anew that count pods everywhere."""
        prepared = [
            (s, s.prepare(beside).filter if s.plugin in COUNT_PODS else f) for s, f in self._filters
        ]
        return [(step, found) for step, found in prepared if found is not None]


def _against(
    state: NodeState, filters: Sequence[tuple[Step, Filter]]
) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
    refusals: list[Refusal] = []
    reasons: tuple[str, ...] = ()
    for step, found in filters:
        against = found.refusals(state)
        if against:
            reasons = reasons or step.says(against)
            refusals.extend(against)
    return tuple(refusals), reasons


def _error(classes: Sequence[EqualNodes]) -> ClaimRefusal | None:
    """What ends the whole attempt with an error, whatever the other nodes are like."""
    for found in classes:
        first = found.refusals[0] if found.refusals else None
        if isinstance(first, ClaimRefusal) and first.error and found.reasons == (first.reason,):
            return first
    return None


def _undecided(classes: Sequence[EqualNodes]) -> tuple[str, ...]:
    """What could not be understood, of any node that would do otherwise."""
    first = (c.refusals[0] for c in classes if c.refusals)
    found = (r.reason for r in first if isinstance(r, ClaimRefusal) and r.undecided)
    return tuple(dict.fromkeys(found))


def _before_scheduling(pod: Pod) -> tuple[Refusal, ...]:
    """What keeps a pod from being tried at all."""
    found = list(scheduling_gates.refusals(pod))
    if pod.spec.scheduler_name != DEFAULT_SCHEDULER:
        reason = f"waits for the scheduler {pod.spec.scheduler_name}"
        found.append(
            ForeignScheduler(
                plugin=Plugin.SCHEDULER_NAME, reason=reason, scheduler=pod.spec.scheduler_name
            )
        )
    return tuple(found)
