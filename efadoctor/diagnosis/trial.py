"""Judges a subject again on a copy of the snapshot: what a fix is proved with."""

from __future__ import annotations

import msgspec

from efadoctor.diagnosis.case import open_case
from efadoctor.diagnosis.examination import examine
from efadoctor.diagnosis.root_cause import Obstacles, choose, obstacles
from efadoctor.diagnosis.subject import Subject, of_pod, of_template, of_workload
from efadoctor.fix.plan import Outcome
from efadoctor.graph import CheckGraph
from efadoctor.model.finding import PathId
from efadoctor.model.kubernetes import Pod, Workload
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """Judges the subject on snapshot copies, looking at the chosen path."""

    subject: Subject
    graph: CheckGraph
    path: PathId

    def __call__(self, snapshot: Snapshot) -> Outcome:
        """Whether a node would take the pod now, and which causes still stand on the path."""
        opened = open_case(snapshot, _found_in(snapshot, self.subject))
        if opened.prediction.feasible and not self.subject.imagined:
            return Outcome(feasible=opened.prediction.feasible)
        ways = obstacles(examine(opened.case, self.graph), self.graph)
        here = _nearest(ways, self.path)
        open_way = next((w for w in ways if not w.blocked and not w.causes), None)
        return Outcome(
            feasible=_unrefused(ways, opened.prediction.feasible),
            message=opened.prediction.message,
            remaining=here.causes if here else (),
            admitted_by=open_way.path if open_way else None,
        )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Judges the subject on snapshot copies, looking at every finding, warnings among them."""

    subject: Subject
    graph: CheckGraph

    def __call__(self, snapshot: Snapshot) -> Outcome:
        opened = open_case(snapshot, _found_in(snapshot, self.subject))
        return Outcome(
            feasible=opened.prediction.feasible,
            message=opened.prediction.message,
            remaining=examine(opened.case, self.graph).findings,
        )


def _found_in(snapshot: Snapshot, subject: Subject) -> Subject:
    """The subject as it is on a copy."""
    if subject.template is not None:
        workload = snapshot.find(subject.ref)
        if isinstance(workload, Workload):
            return of_template(snapshot, workload, subject.template)
    pod = snapshot.get(Pod, subject.pod.metadata.name, subject.pod.metadata.namespace)
    if pod is None:
        workload = snapshot.find(subject.ref) if subject.imagined else None
        return of_workload(snapshot, workload) if isinstance(workload, Workload) else subject
    return msgspec.structs.replace(of_pod(snapshot, pod), ref=reference(pod))


def _unrefused(ways: tuple[Obstacles, ...], feasible: tuple[str, ...]) -> tuple[str, ...]:
    """The nodes, if nothing but a scheduler is to be asked: a quota stands on every way."""
    free = {name for w in ways if not w.causes for name in w.path.nodes}
    return feasible if free & set(feasible) else ()


def _nearest(ways: tuple[Obstacles, ...], path: PathId) -> Obstacles | None:
    """The chosen path, or what has come to be nearer: one with some of its causes and no other.

    A path may end with a fix (its node is replaced): the pod's best way in then counts.
    """
    here = next((w for w in ways if w.path.id == path), None)
    if here is None:
        return choose(ways)
    standing = {f.fingerprint for f in here.causes}
    fewer = (w for w in ways if w.causes and {f.fingerprint for f in w.causes} < standing)
    return choose((here, *fewer))
