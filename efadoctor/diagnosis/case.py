"""From a subject to the case that the checks look at."""

from __future__ import annotations

import msgspec

from efadoctor.authoring import Case
from efadoctor.diagnosis.paths import ways_in
from efadoctor.diagnosis.subject import Subject
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owned_pods
from efadoctor.scheduling.intent import asking_within_reach
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.prediction import Prediction, predict
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.resource_names import with_meant_names


class OpenCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case, and what the scheduler would say about it."""

    case: Case
    prediction: Prediction


def open_case(snapshot: Snapshot, subject: Subject) -> OpenCase:
    """The case of a subject: predicted, with its ways in.

    A bound pod has one way in, the node it is on: checks then look for what will hurt it.
    Where the pod misspells a resource, or asks for more of a device than there can be, its ways
    in are those of the pod that was meant: what stands behind the slip is seen as well, and no
    node is refused for a name or for a number that nothing has.
    """
    pod = subject.pod
    meant = with_meant_names(snapshot, pod)
    demand = _demand(meant)
    prediction = predict(snapshot, pod)
    paths: tuple[Path, ...]
    if demand is None:
        paths = ()
    elif pod.spec.node_name:
        node = snapshot.get(Node, pod.spec.node_name)
        paths = (Path.of_node(node),) if node is not None else ()
    else:
        meant = asking_within_reach(snapshot, meant)
        as_meant = prediction if meant is pod else predict(snapshot, meant)
        paths = ways_in(snapshot, meant, pod_requests(meant), as_meant)
    peers = owned_pods(snapshot, subject.owners[-1]) if subject.owners else subject.pods
    case = Case(
        snapshot=snapshot,
        pod=pod,
        subject=subject.ref,
        owners=subject.owners,
        demand=demand or {},
        paths=paths,
        peers=tuple(p for p in peers if p.metadata.name != pod.metadata.name),
    )
    return OpenCase(case=case, prediction=prediction)


def _demand(pod: Pod) -> dict[str, int] | None:
    """What the pod requests; None where it asks for what is no quantity."""
    try:
        return dict(pod_requests(pod))
    except InvalidQuantityError:
        return None
