"""Which nodes would take a pod, and why the others would not.

The scheduler stops at the first plugin that refuses a node, and words that as a message;
a doctor needs every fact against the node. A prediction has both.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from efadoctor.model.decoding import collection_paused, convert
from efadoctor.model.errors import InvalidQuantityError, UnreadableInputError
from efadoctor.model.facts import sources_of
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling import messages
from efadoctor.scheduling.admission import admitted
from efadoctor.scheduling.filters import IN_ORDER, scheduling_gates
from efadoctor.scheduling.filters.plugin import Incoming
from efadoctor.scheduling.index import ClusterIndex, NodeState, lone_node
from efadoctor.scheduling.kinds import kind_of
from efadoctor.scheduling.refusals import ForeignScheduler, InvalidField, Plugin, Refusal
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.reserved import Reserved

DEFAULT_SCHEDULER = "default-scheduler"

ON_A_NODE_ALONE = frozenset(
    {
        Plugin.NODE_UNSCHEDULABLE,
        Plugin.TAINT_TOLERATION,
        Plugin.NODE_AFFINITY,
        Plugin.NODE_PORTS,
        Plugin.NODE_RESOURCES_FIT,
        Plugin.VOLUME_BINDING,
        Plugin.VOLUME_ZONE,
    }
)
"""The plugins that make sense for a node which does not exist yet."""


class NodeClass(msgspec.Struct, frozen=True):
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
    another scheduler's pod, and where too little was read to tell. ``prefilter``: what
    keeps it from every node at once. ``unread``: the sources that would be needed.
    """

    feasible: tuple[str, ...]
    message: str
    classes: tuple[NodeClass, ...]
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


# ---- public -----------------------------------------------------------------


def predict(snapshot: Snapshot, pod: Mapping[str, Any] | Pod) -> Prediction:
    """What the scheduler of the snapshot's cluster would do with this pod.

    ``pod`` may be a manifest that was never admitted, a pending pod of the snapshot, or a
    bound one, which then does not stand in its own way. Pods of equal needs are judged
    once for a snapshot. Raises UnreadableInputError where ``pod`` is no pod.
    """
    index = ClusterIndex.of(snapshot)
    row = index.row_of(*_identity(pod))
    if row is not None:
        return _judged(index.excluding(row), _view(pod))
    known = index.once(_known)
    kind = kind_of(pod, labels_matter=index.repels)
    if kind is None:
        return _judged(index, _view(pod))
    found = known.get(kind)
    if found is None:
        found = known[kind] = _judged(index, _view(pod))
    return found


def predict_many(
    snapshot: Snapshot, pods: Iterable[Mapping[str, Any] | Pod]
) -> tuple[Prediction, ...]:
    """``predict`` for each pod, as if it were the only one to be scheduled."""
    return tuple(predict(snapshot, pod) for pod in pods)


def judge_node(
    snapshot: Snapshot,
    pod: Mapping[str, Any] | Pod,
    node: Node,
    used: Mapping[str, int] | None = None,
) -> tuple[Refusal, ...]:
    """Every fact against a node that does not exist yet, by the rules of a node alone.

    ``used``: what is requested on it already (daemon pods), in the units of ``pod_requests``,
    with ``pods`` for their number. Raises InvalidQuantityError for the node's allocatable,
    UnreadableInputError where ``pod`` is no pod.
    """
    state = lone_node(node, used or {})
    incoming = _incoming(ClusterIndex.of(snapshot), admitted(_view(pod)))
    if isinstance(incoming, Refusal):
        return (incoming,)
    found: list[Refusal] = []
    for step in IN_ORDER:
        if step.plugin in ON_A_NODE_ALONE:
            prepared = step.prepare(incoming)
            if prepared.rejection is not None:
                found.append(prepared.rejection)
            elif prepared.filter is not None:
                found.extend(prepared.filter.refusals(state))
    return tuple(found)


# ---- one pod ----------------------------------------------------------------


def _judged(index: ClusterIndex, view: Pod) -> Prediction:
    with collection_paused():
        pod = admitted(view)
        incoming = _incoming(index, pod)
        if isinstance(incoming, Refusal):
            everywhere = (NodeClass(tuple(index.nodes)),) if index.nodes else ()
            return Prediction((), "", everywhere, (incoming,))
        return _Judgement(incoming).prediction()


def _incoming(index: ClusterIndex, pod: Pod) -> Incoming | InvalidField:
    try:
        return Incoming(pod, pod_requests(pod), index)
    except InvalidQuantityError as error:
        return InvalidField(plugin=Plugin.ADMISSION, reason=str(error))


class _Judgement:
    """One pod, run through every plugin."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._prepared = [(step, step.prepare(incoming)) for step in IN_ORDER]
        self._filters = [(s, p.filter) for s, p in self._prepared if p.filter is not None]

    def prediction(self) -> Prediction:
        classes = self._classes()
        prefilter = self._prefilter()
        fit = () if prefilter else [n for c in classes if not c.refusals for n in c.nodes]
        order = {name: number for number, name in enumerate(self._incoming.index.nodes)}
        unread = self._unread()
        return Prediction(
            feasible=tuple(sorted(fit, key=order.__getitem__)),
            message="" if fit or unread else self._message(classes),
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

    def _narrowing(self) -> tuple[frozenset[str] | None, str]:
        """The nodes that PreFilters left to choose from, and what is said of the others."""
        narrowed = [(s, p.narrowed_to) for s, p in self._prepared if p.narrowed_to is not None]
        if not narrowed:
            return None, ""
        names = frozenset.intersection(*(names for _, names in narrowed))
        return names, messages.not_satisfied([s.plugin.value for s, _ in narrowed])

    def _unread(self) -> tuple[str, ...]:
        snapshot = self._incoming.snapshot
        types = {t for _, p in self._prepared for t in p.unread}
        types |= {t for t in (Node, Pod) if not snapshot.was_read_whole(t)}
        return tuple(sorted(source.name for t in types for source in sources_of(t)))

    def _message(self, classes: Sequence[NodeClass]) -> str:
        pod, total = self._incoming.pod, len(self._incoming.index.nodes)
        if pod.spec.scheduling_gates:
            return messages.GATED
        if pod.spec.scheduler_name != DEFAULT_SCHEDULER:
            return ""
        if total == 0:
            return messages.NO_NODES
        rejection = self._rejection()
        if rejection is not None:
            return messages.rejected(total, rejection.reason)
        return messages.filtered(total, ((len(c.nodes), c.reasons) for c in classes))

    # ---- node by node -------------------------------------------------------

    def _classes(self) -> tuple[NodeClass, ...]:
        names, elsewhere = self._narrowing()
        rejection = self._rejection()
        reserved = Reserved.of(self._incoming)
        groups: dict[Any, list[str]] = {}
        found: dict[Any, tuple[tuple[Refusal, ...], tuple[str, ...]]] = {}
        sees = [f.sees for _, f in self._filters]
        for name, state in self._incoming.index.nodes.items():
            narrowed_out = names is not None and name not in names
            fuller = reserved.added_to(state)
            key = (narrowed_out, *[see(fuller or state) for see in sees])
            if fuller is not None:
                key = (name, key)
            group = groups.get(key)
            if group is None:
                groups[key] = [name]
                refusals, reasons = self._refused(state, fuller)
                if rejection is not None:
                    reasons = (rejection.reason,)
                elif narrowed_out:
                    reasons = (elsewhere,)
                found[key] = refusals, reasons
            else:
                group.append(name)
        return tuple(NodeClass(tuple(nodes), *found[key]) for key, nodes in groups.items())

    def _refused(
        self, state: NodeState, fuller: NodeState | None
    ) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
        """Every refusal, and the reasons of the first plugin that has any.

        Where room is reserved on the node, the pod must fit beside that and without it.
        """
        if fuller is not None:
            refused = self._refused(fuller, None)
            if refused[0]:
                return refused
        refusals: list[Refusal] = []
        reasons: tuple[str, ...] = ()
        for step, prepared in self._filters:
            against = prepared.refusals(state)
            if against:
                reasons = reasons or step.says(against)
                refusals.extend(against)
        return tuple(refusals), reasons


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


# ---- reading the pod --------------------------------------------------------


def _known(_: ClusterIndex) -> dict[bytes, Prediction]:
    return {}


def _identity(pod: Mapping[str, Any] | Pod) -> tuple[str, str]:
    if isinstance(pod, Pod):
        return pod.metadata.namespace, pod.metadata.name
    meta = pod.get("metadata")
    if not isinstance(meta, Mapping):
        return "", ""
    return str(meta.get("namespace") or ""), str(meta.get("name") or "")


def _view(pod: Mapping[str, Any] | Pod) -> Pod:
    if isinstance(pod, Pod):
        return pod
    decoded = convert([pod], Pod, "pod")
    if not decoded.views:
        gap = decoded.gaps[0]
        raise UnreadableInputError(f"not a pod: {gap.place}: {gap.reason}")
    found: Pod = decoded.views[0]
    return found
