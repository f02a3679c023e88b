"""Which nodes would take a pod, and why the others would not.

The scheduler stops at the first plugin that refuses a node, and words that as a message;
a doctor needs every fact against the node. A prediction has both.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from efadoctor.model.decoding import view_of
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.garbage import collection_paused
from efadoctor.model.kubernetes import (
    CSIDriver,
    CSINode,
    CSIStorageCapacity,
    DeviceClass,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    ResourceClaim,
    ResourceSlice,
    StorageClass,
    VolumeAttachment,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.admission import DEFAULT_NAMESPACE, admitted
from efadoctor.scheduling.bound import PLACED
from efadoctor.scheduling.filters import IN_ORDER
from efadoctor.scheduling.filters.plugin import Incoming
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.judgement import DEFAULT_SCHEDULER, EqualNodes, Judgement, Prediction
from efadoctor.scheduling.kinds import kind_of
from efadoctor.scheduling.node_states import lone_node
from efadoctor.scheduling.refusals import (
    InvalidField,
    Plugin,
    Refusal,
)
from efadoctor.scheduling.requests import pod_requests

__all__ = [
    "DEFAULT_SCHEDULER",
    "ON_A_NODE_ALONE",
    "EqualNodes",
    "Prediction",
    "judge_node",
    "predict",
    "predict_many",
]

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

READ = (
    Node,
    PLACED,
    Namespace,
    PersistentVolumeClaim,
    PersistentVolume,
    StorageClass,
    CSIDriver,
    CSINode,
    CSIStorageCapacity,
    VolumeAttachment,
    DeviceClass,
    ResourceSlice,
    ResourceClaim,
)
"""All that filters read of a snapshot besides the pod itself."""


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
        return _judged(index.excluding(row), view_of(pod, Pod))
    known = snapshot.once_of(READ, _known)
    kind = kind_of(pod, labels_matter=index.repels)
    if kind is None:
        return _judged(index, view_of(pod, Pod))
    found = known.get(kind)
    if found is None:
        found = known[kind] = _judged(index, view_of(pod, Pod))
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
    incoming = _incoming(ClusterIndex.of(snapshot), admitted(view_of(pod, Pod)))
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
            everywhere = (EqualNodes(tuple(index.nodes)),) if index.nodes else ()
            return Prediction((), "", everywhere, (incoming,))
        return Judgement(incoming).prediction()


def _incoming(index: ClusterIndex, pod: Pod) -> Incoming | InvalidField:
    try:
        return Incoming(pod, pod_requests(pod), index)
    except InvalidQuantityError as error:
        return InvalidField(plugin=Plugin.ADMISSION, reason=str(error))


# ---- reading the pod --------------------------------------------------------


def _known(_: Snapshot) -> dict[bytes, Prediction]:
    return {}


def _identity(pod: Mapping[str, Any] | Pod) -> tuple[str, str]:
    if isinstance(pod, Pod):
        return pod.metadata.namespace or DEFAULT_NAMESPACE, pod.metadata.name
    meta = pod.get("metadata")
    if not isinstance(meta, Mapping):
        return DEFAULT_NAMESPACE, ""
    return str(meta.get("namespace") or DEFAULT_NAMESPACE), str(meta.get("name") or "")
