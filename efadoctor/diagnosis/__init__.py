"""Puts the pieces together: one subject in, one report out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from efadoctor.authoring import Check
from efadoctor.diagnosis.case import OpenCase, open_case
from efadoctor.diagnosis.examination import Examination, Observer, examine, silent
from efadoctor.diagnosis.root_cause import Obstacles, obstacles
from efadoctor.diagnosis.scheduler_view import scheduler_view
from efadoctor.diagnosis.settling import settle
from efadoctor.diagnosis.subject import Subject, find_subject, is_pending, of_pod
from efadoctor.diagnosis.trial import Standing
from efadoctor.diagnosis.verdict import Decision
from efadoctor.fix.alone import tried_alone
from efadoctor.graph import CheckGraph
from efadoctor.model.clock import timestamp
from efadoctor.model.coverage import Coverage, CoverageStatus
from efadoctor.model.finding import Finding, Severity
from efadoctor.model.garbage import heap_set_aside
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import reference
from efadoctor.model.report import Gang, PathReport, Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.packs import installed_checks
from efadoctor.scheduling.gang import room_for
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.version import __version__


def diagnose(
    snapshot: Snapshot,
    subject: str,
    namespace: str = "default",
    *,
    checks: Sequence[Check] | None = None,
    observe: Observer = silent,
) -> Report:
    """The report on one pod (``namespace/pod``) or owner (``namespace/Kind/name``).

    ``namespace`` holds where the subject names none; ``checks`` default to those of every
    installed pack; ``observe`` is told of each check as it ends. Raises SubjectNotFoundError.
    """
    found = find_subject(snapshot, subject, namespace)
    return report_on(snapshot, found, CheckGraph(_checks(checks)), observe)


def diagnose_pending(
    snapshot: Snapshot,
    namespace: str | None = None,
    *,
    checks: Sequence[Check] | None = None,
    observe: Observer = silent,
) -> tuple[Report, ...]:
    """A report for each kind of pending pod (of one namespace, or all): equal causes grouped."""
    return grouped(each_pending(snapshot, namespace, checks=checks, observe=observe))


def each_pending(
    snapshot: Snapshot,
    namespace: str | None = None,
    *,
    checks: Sequence[Check] | None = None,
    observe: Observer = silent,
) -> Iterator[Report]:
    """The reports that ``diagnose_pending`` groups, each as soon as it is there."""
    graph = CheckGraph(_checks(checks))
    for alike in pending_kinds(snapshot, namespace):
        subject = of_pod(snapshot, alike[0])
        yield _for_all(report_on(snapshot, subject, graph, observe), alike)


def pending_kinds(snapshot: Snapshot, namespace: str | None = None) -> tuple[tuple[Pod, ...], ...]:
    """The pending pods (of one namespace, or all), those of one owner and one spec together."""
    pending = [p for p in snapshot.all(Pod) if is_pending(p) and _in(p, namespace)]
    return tuple(tuple(alike) for alike in _alike(pending))


def diagnose_subjects(
    snapshot: Snapshot, subjects: Iterable[Subject], *, checks: Sequence[Check] | None = None
) -> Iterator[Report]:
    """A report on each of the subjects, in their order, as soon as it is there."""
    graph = CheckGraph(_checks(checks))
    for subject in subjects:
        yield report_on(snapshot, subject, graph)


def _checks(checks: Sequence[Check] | None) -> Sequence[Check]:
    return installed_checks() if checks is None else checks


def _in(pod: Pod, namespace: str | None) -> bool:
    return namespace is None or pod.metadata.namespace == namespace


def _alike(pods: Iterable[Pod]) -> Iterable[list[Pod]]:
    """Pods of one owner with the same spec are judged once."""
    kinds: dict[bytes, list[Pod]] = {}
    for pod in sorted(pods, key=lambda p: (p.metadata.namespace, p.metadata.name)):
        owners = pod.metadata.owner_references
        owner = owners[0].uid or owners[0].name if owners else ""
        labels = pod.metadata.labels if pod.spec.affinity else {}
        key = msgspec.json.encode((pod.metadata.namespace, owner, pod.spec, labels), order="sorted")
        kinds.setdefault(key, []).append(pod)
    return kinds.values()


def _for_all(report: Report, pods: Sequence[Pod]) -> Report:
    return msgspec.structs.replace(report, subjects=tuple(reference(p) for p in pods))


def grouped(reports: Iterable[Report]) -> tuple[Report, ...]:
    """The reports with those of equal causes made one, in the order of the first of them."""
    groups: dict[tuple[object, ...], Report] = {}
    for report in reports:
        causes = tuple(f.fingerprint for f in report.root_causes)
        # without a cause there is nothing to have in common but the sentence
        key = (report.verdict, causes or report.summary)
        if key in groups:
            first = groups[key]
            merged = (*first.subjects, *report.subjects)
            groups[key] = msgspec.structs.replace(first, subjects=merged)
        else:
            groups[key] = report
    return tuple(groups.values())


def report_on(
    snapshot: Snapshot, subject: Subject, graph: CheckGraph, observe: Observer = silent
) -> Report:
    """The report on a subject already found."""
    with heap_set_aside():
        return _report_on(snapshot, subject, graph, observe)


def _report_on(
    snapshot: Snapshot, subject: Subject, graph: CheckGraph, observe: Observer
) -> Report:
    opened = open_case(snapshot, subject)
    examination = examine(opened.case, graph, observe)
    ways = obstacles(examination, graph)
    settled = settle(opened, examination, ways, subject, graph)
    decision, plan = settled.decision, settled.plan
    standing = Standing(subject=subject, graph=graph)
    return Report(
        generated_at=timestamp(snapshot.now),
        version=__version__,
        source=snapshot.origin,
        server_version=str(snapshot.server_version) if snapshot.server_version else "",
        subjects=(subject.ref,),
        verdict=decision.verdict,
        summary=decision.summary,
        root_causes=decision.causes,
        warnings=tried_alone(snapshot, _warnings(examination), standing),
        awaited=decision.awaited,
        paths=tuple(_path_report(w, settled.chosen) for w in settled.ways),
        plan=plan,
        scheduler=scheduler_view(opened),
        checks=examination.results,
        coverage=_coverage(snapshot),
        graph=graph.published(),
        gang=_gang(opened, subject),
    )


def _coverage(snapshot: Snapshot) -> tuple[Coverage, ...]:
    """How far each source was read, objects with impossible quantities included."""
    covered = {c.source: c for c in snapshot.coverage()}
    for gap in ClusterIndex.of(snapshot).gaps:
        known = covered.get(gap.source)
        if known is None or known.status is CoverageStatus.READ:
            detail = f"{gap.place}: {gap.reason}"
            covered[gap.source] = Coverage(source=gap.source, status=gap.status, detail=detail)
    return tuple(covered.values())


def _gang(opened: OpenCase, subject: Subject) -> Gang | None:
    """The gang view of an owner with several pods."""
    pods = subject.pods
    if len(pods) <= 1:
        return None
    pending = sum(map(is_pending, pods))
    feasible = opened.prediction.feasible
    room = room_for(opened.case.snapshot, subject.pod, feasible) if feasible else 0
    return Gang(
        pods=len(pods),
        bound=sum(bool(p.spec.node_name) for p in pods),
        pending=pending,
        can_land=min(room, pending),
    )


def _warnings(examination: Examination) -> tuple[Finding, ...]:
    return tuple(f for f in examination.findings if f.severity is not Severity.ERROR)


def _path_report(way: Obstacles, chosen: Obstacles | None) -> PathReport:
    return PathReport(
        id=way.path.id,
        nodes=len(way.path.nodes),
        blockers=tuple(dict.fromkeys(f.code for f in way.causes)),
        chosen=chosen is not None and way.path.id == chosen.path.id,
    )


__all__ = [
    "Decision",
    "OpenCase",
    "diagnose",
    "diagnose_pending",
    "diagnose_subjects",
    "each_pending",
    "grouped",
    "pending_kinds",
    "report_on",
]
