"""Puts preflight together: manifests in, located reports with diffs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from efadoctor.collect.manifests import Manifests, Problem, ProblemKind
from efadoctor.diagnosis import diagnose_subjects, grouped
from efadoctor.diagnosis.paths import NOT_YET_MADE
from efadoctor.model.finding import PathKind
from efadoctor.model.fix import ChartValues, Fix
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import DaemonSet
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Assumption, Plan, Report, SchedulerView, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.preflight import assumptions
from efadoctor.preflight.alike import likeness, once_each, retold
from efadoctor.preflight.assumptions import Assumed
from efadoctor.preflight.composing import alone, on_top_of
from efadoctor.preflight.diffs import with_diffs
from efadoctor.preflight.drafts import Drafts
from efadoctor.preflight.placing import Places
from efadoctor.preflight.subjects import (
    Judged,
    asks_devices,
    demanded,
    plain_pods,
    pods_of,
    unreadable,
)
from efadoctor.preflight.written import Given, written

SetAside = Callable[[Report, Judged], Report]
"""What sets findings of a report aside."""


def _nothing_aside(report: Report, _judged: Judged) -> Report:
    return report


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The cluster that manifests are judged on top of; a profile is a committed baseline."""

    snapshot: Snapshot
    is_profile: bool = False


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``passed_over`` pods ask for no device and were not judged."""

    reports: tuple[Report, ...]
    given: Given
    passed_over: int = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.given.problems

    @property
    def is_broken(self) -> bool:
        """Whether a part of the input could not be read."""
        return any(p.kind is ProblemKind.BROKEN for p in self.problems)


def preflight(
    manifests: Manifests,
    now: datetime,
    *,
    base: Base | None = None,
    namespace: str = "",
    set_aside: Callable[[Given], SetAside] = lambda _given: _nothing_aside,
) -> Preflight:
    """Judge every pod that the manifests hold or would make; without any, their NodePools.

    ``now`` stands for the time where there is no ``base`` that has one; ``namespace`` is meant
    where a manifest names none; ``set_aside``, asked once what it does with
    these manifests, takes from each report what is to be ignored.
    """
    meant = namespace or (base.snapshot.origin.namespace if base else "") or "default"
    given, pods, passed_over = _pods(written(manifests, meant), base, now)
    assumed, plain = _assumed(given, base, pods, now)
    snapshot = _composed(given, base, assumed, now)
    finisher, aside = _Finisher(given, assumed, snapshot), set_aside(given)
    asked = {(j.subject.ref, j.template) for j in pods}
    subjects = [j for j in pods_of(snapshot, given) if (j.subject.ref, j.template) in asked]
    subjects += [judged for judged, _ in plain]
    own = {judged.subject.ref: said for judged, said in plain}
    reports = [
        aside(finisher.finished(report, judged, own.get(judged.subject.ref)), judged)
        for judged, report in _diagnosed(snapshot, subjects)
    ]
    return Preflight(reports=_grouped(reports), given=given, passed_over=passed_over)


def _diagnosed(snapshot: Snapshot, subjects: Sequence[Judged]) -> Iterator[tuple[Judged, Report]]:
    """A report on each subject; of those that are alike one is judged."""
    known: dict[bytes, tuple[Judged, Report]] = {}
    for judged in subjects:
        key = likeness(judged)
        if key is not None and key in known:
            first, report = known[key]
            yield judged, retold(report, first, judged)
            continue
        (report,) = diagnose_subjects(snapshot, (judged.subject,))
        if key is not None:
            known[key] = (judged, report)
        yield judged, report


def _grouped(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Equal causes as one report, where they have the same diffs as well."""
    alike: dict[tuple[str, ...], list[Report]] = {}
    for report in reports:
        diffs = tuple(x.diff for f in report.root_causes for x in f.fixes)
        alike.setdefault(diffs, []).append(report)
    return once_each(r for group in alike.values() for r in grouped(group))


# ---- whom to judge, and on what --------------------------------------------


def _pods(given: Given, base: Base | None, now: datetime) -> tuple[Given, tuple[Judged, ...], int]:
    """The pods to judge; those that no API server would take are problems instead.

    Alone, only pods that ask for devices are judged: of where others go nothing is known.
    """
    draft = alone(given, (), now)
    refused: list[Problem] = []
    good: list[Judged] = []
    for judged in pods_of(draft, given):
        problem = unreadable(judged)
        if problem is None:
            good.append(judged)
        else:
            refused.append(problem)
    chosen = [j for j in good if base is not None or asks_devices(draft, j.pod)]
    told = msgspec.structs.replace(given, problems=(*given.problems, *refused))
    return told, tuple(chosen), len(good) - len(chosen)


def _assumed(
    given: Given, base: Base | None, judged: Sequence[Judged], now: datetime
) -> tuple[tuple[Assumed, ...], tuple[tuple[Judged, Assumption], ...]]:
    """What is assumed, and the plain pods where no given pod asks for a device."""
    known = base.snapshot if base is not None else None
    made = tuple(assumptions.claims(known, given, [j.pod for j in judged]))
    if base is not None and base.is_profile:
        made = (assumptions.idle(base.snapshot), *made)
    if base is None:
        made = (*assumptions.pools(given), *assumptions.node_classes(given), *made)
    draft = _composed(given, base, made, now)
    devices = demanded(draft, (j.pod for j in judged))
    pools = frozenset[str]() if devices else _pools_meant(given, draft)
    plain = tuple(p for p in plain_pods(draft) if p[0].subject.ref.name in pools)
    if base is None:
        devices |= demanded(draft, (j.pod for j, _ in plain))
        made = (*assumptions.plugins(given, devices), *made)
    return made, plain


def _pools_meant(given: Given, snapshot: Snapshot) -> frozenset[str]:
    """The NodePools that the manifests are about: given, of given classes, or under plugins."""
    own = {w.ref.name for w in given.of(NodePool)}
    classes = {w.ref.name for w in given.of(EC2NodeClass)}
    every = bool(given.of(DaemonSet)) and not own and not classes
    return frozenset(
        pool.metadata.name
        for pool in snapshot.all(NodePool)
        if every
        or pool.metadata.name in own
        or pool.spec.template.spec.node_class_ref.name in classes
    )


def _composed(given: Given, base: Base | None, made: Iterable[Assumed], now: datetime) -> Snapshot:
    if base is None:
        return alone(given, made, now)
    return on_top_of(base.snapshot, given, made, is_profile=base.is_profile)


# ---- finishing a report -----------------------------------------------------


class _Finisher:
    """Makes of a diagnosis what is said of manifests."""

    def __init__(self, given: Given, assumed: tuple[Assumed, ...], snapshot: Snapshot) -> None:
        self._assumed = assumed
        self._not_given = assumptions.refs(assumed)
        self._fresh = snapshot.drafts
        self._knows_pools = snapshot.was_read(NodePool)
        self._drafts = Drafts(given)
        self._places = Places(given, self._not_given)

    def finished(self, report: Report, judged: Judged, own: Assumption | None) -> Report:
        """The report in the words of preflight, with places, diffs and assumptions."""
        report = _worded(_by_chart(report, self._not_given), knows_pools=self._knows_pools)
        report = with_diffs(report, self._drafts, self._fresh)
        report = self._places.located(report, judged)
        said = tuple(a.said for a in self._assumed)
        return msgspec.structs.replace(
            report,
            source=msgspec.structs.replace(report.source, kind="manifests"),
            # what the scheduler said was of the pod as it was
            scheduler=SchedulerView(
                observed=None, predicted=report.scheduler.predicted, agrees=None
            ),
            assumptions=(own, *said) if own is not None else said,
        )


def _worded(report: Report, *, knows_pools: bool) -> Report:
    """Waiting is for pods that are there; and of nodes that nobody described nothing is known."""
    chosen = next((p for p in report.paths if p.chosen), None)
    if report.verdict not in (Verdict.WAITING, Verdict.UNKNOWN) or chosen is None:
        return report
    if chosen.id.name == NOT_YET_MADE:
        why = (
            "none of these NodePools could serve it, and what else there is was not given; try"
            if knows_pools
            else "nothing here says what nodes there could be; give the NodePool too, or"
        )
        said = f"Cannot tell: {why} {assumptions.A_BASE}."
        return msgspec.structs.replace(report, verdict=Verdict.UNKNOWN, awaited=(), summary=said)
    if chosen.nodes or report.verdict is Verdict.UNKNOWN:
        return report
    kind = "NodePool" if chosen.id.kind is PathKind.NODEPOOL else "node group"
    said = f"Nothing keeps it Pending: {kind} {chosen.id.name} would make a node for it."
    return msgspec.structs.replace(report, summary=said)


def _by_chart(report: Report, assumed: frozenset[ObjectRef]) -> Report:
    """An assumed plugin is mended in its chart: nobody knows the DaemonSet that is there."""
    causes = list(report.root_causes)
    steps = list(report.plan.steps) if report.plan is not None else []
    for number, finding in enumerate(causes):
        charts = [f for f in finding.fixes if _sets_values(f)]
        if finding.object not in assumed or not charts:
            continue
        causes[number] = msgspec.structs.replace(finding, fixes=tuple(charts))
        steps = [msgspec.structs.replace(s, fix=0) if s.finding == number else s for s in steps]
    plan = report.plan
    if plan is not None:
        plan = Plan(steps=tuple(steps), verified=plan.verified, why=plan.why)
    return msgspec.structs.replace(report, root_causes=tuple(causes), plan=plan)


def _sets_values(fix: Fix) -> bool:
    return any(isinstance(e, ChartValues) for e in fix.edits)
