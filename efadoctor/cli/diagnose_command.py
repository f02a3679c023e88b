"""``efadoctor diagnose``: one subject, or everything that is pending."""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.ignoring import NOTHING, Ignoring, ignoring, set_aside
from efadoctor.cli.outputs import wanted_outputs, write
from efadoctor.cli.parsing import nearest
from efadoctor.cli.sources import namespace_of, read_snapshot
from efadoctor.cli.unseen import unseen_subject, were_pending_pods_read
from efadoctor.cli.watching import watched
from efadoctor.diagnosis import diagnose, diagnose_pending
from efadoctor.diagnosis.subject import is_pending
from efadoctor.diagnosis.unread_pods import report_without_pods
from efadoctor.model.errors import SubjectNotFoundError, UsageError
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.report.choices import FailOn
from efadoctor.report.exit_status import exit_status
from efadoctor.report.reports import Reports

_MOST_PARTS = 3


def run(arguments: Arguments) -> int:
    """Diagnose, write every face that was asked for, and say how it ended."""
    outputs = wanted_outputs(arguments.output)
    fail_on = failing_levels(arguments.fail_on)
    ignored = ignoring(arguments)
    refuse_both(arguments)

    def show(reports: Reports) -> None:
        write(reports, outputs, no_color=arguments.no_color)

    if arguments.watch:
        reports = watched(arguments, lambda s: judged(s, arguments, ignored), show)
    else:
        reports = judged(read_snapshot(arguments), arguments, ignored)
        show(reports)
    return exit_status(reports.reports, fail_on, exit_zero=arguments.exit_zero)


def refuse_both(arguments: Arguments) -> None:
    """Raises UsageError where one pod is named and all are asked for, or none is named rightly."""
    subject = arguments.subject
    if subject is None:
        return
    if arguments.all_namespaces:
        raise UsageError("a subject by name and -A exclude each other")
    parts = subject.split("/")
    if len(parts) > _MOST_PARTS or not all(parts):
        raise UsageError(
            f"{subject!r} names no subject: want POD, NAMESPACE/POD, KIND/NAME "
            "or NAMESPACE/KIND/NAME, as in ml/job/train"
        )


def failing_levels(texts: Sequence[str]) -> tuple[FailOn, ...]:
    """What ``--fail-on`` adds; words may be joined by commas. Raises UsageError."""
    words = [word for text in texts for word in text.split(",")]
    names = [f.value for f in FailOn]
    for word in words:
        if word not in names:
            hint = nearest(word, names)
            raise UsageError(f"--fail-on {word!r}{hint} (one of {', '.join(names)})")
    return tuple(map(FailOn, words))


def judged(snapshot: Snapshot, arguments: Arguments, ignored: Ignoring = NOTHING) -> Reports:
    """The reports that the command line asks for. Raises SubjectNotFoundError."""
    namespace = namespace_of(arguments, snapshot)
    if arguments.subject is not None:
        report = _of_subject(snapshot, arguments.subject, namespace)
        kept = set_aside(report, snapshot, ignored)
        return Reports(reports=(kept,), single=True, notes=ignored.expired)
    inside = None if arguments.all_namespaces else namespace
    found = diagnose_pending(snapshot, inside)
    if not found and not were_pending_pods_read(snapshot, inside):
        return Reports(reports=(report_without_pods(snapshot),))
    where = "the cluster" if arguments.all_namespaces else f"namespace {namespace}"
    elsewhere = "" if found or arguments.all_namespaces else _elsewhere(snapshot, namespace)
    return Reports(
        reports=tuple(set_aside(r, snapshot, ignored) for r in found),
        nothing=f"Nothing is pending in {where}.{elsewhere}",
        notes=ignored.expired,
    )


def _elsewhere(snapshot: Snapshot, namespace: str) -> str:
    """Where else pods are pending, as far as they were read: a bundle holds every namespace."""
    pods = (pod for pod in snapshot.all(Pod) if is_pending(pod))
    others = sorted(
        {inert(p.metadata.namespace) for p in pods if p.metadata.namespace != namespace}
    )
    if not others:
        return ""
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""  # noqa: PLR2004 - the two named
    return f" Pods are pending in {', '.join(others[:2])}{more}: -A shows them."


def _of_subject(snapshot: Snapshot, subject: str, namespace: str) -> Report:
    """A subject that is not among things that nobody read may well be there: that is unknown."""
    try:
        return diagnose(snapshot, subject, namespace)
    except SubjectNotFoundError:
        source = unseen_subject(snapshot, subject, namespace)
        if source is None:
            raise
        asked = () if "/" in subject else (ObjectRef("v1", "Pod", namespace, inert(subject)),)
        return report_without_pods(snapshot, asked, source)
