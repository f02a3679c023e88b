"""``efadoctor preflight``: manifests judged before they reach a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.diagnose_command import failing_levels
from efadoctor.cli.ignoring import Ignoring, ignoring
from efadoctor.cli.outputs import wanted_outputs, write
from efadoctor.cli.sources import read_everything, read_snapshot, say_unused
from efadoctor.cli.talk import say
from efadoctor.collect.manifests import Manifests, Problem, ProblemKind, read_manifests
from efadoctor.model.errors import UnreadableInputError, UsageError
from efadoctor.model.exit_status import ExitStatus
from efadoctor.preflight.annotations import Annotations
from efadoctor.preflight.diffs import write_safe
from efadoctor.preflight.judging import Base, Preflight, preflight
from efadoctor.preflight.written import Given, kustomizations
from efadoctor.report.exit_status import exit_status
from efadoctor.report.reports import InputProblem, Reports
from efadoctor.report.suppression import suppressing

if TYPE_CHECKING:
    from efadoctor.model.report import Report
    from efadoctor.preflight.subjects import Judged

_STDIN = "-"
_MOST_SAID = 20


def run(arguments: Arguments) -> int:
    """Judge, write every face that was asked for, and say how it ended.

    2 where a part of the input could not be read, whatever the rest of it came to.
    """
    outputs = wanted_outputs(arguments.output)
    fail_on = failing_levels(arguments.fail_on)
    ignored = ignoring(arguments)
    _refuse(arguments)
    manifests = _read(arguments)
    base = _base(arguments)

    def judged(read: Manifests) -> Preflight:
        return preflight(
            read,
            datetime.now(UTC),
            base=base,
            namespace=arguments.namespace or "",
            set_aside=lambda given: _setting(given, ignored),
        )

    found = judged(manifests)
    if arguments.write:
        names, fixes = write_safe(found.reports, found.given)
        for name in names:
            say(f"wrote {name}")
        say(f"{fixes} {'fix' if fixes == 1 else 'fixes'} applied")
        if names:
            found = judged(_read(arguments))
    _say(found, manifests)
    reports = Reports(
        reports=found.reports,
        nothing=_nothing(found),
        problems=tuple(_problem(p) for p in found.problems if p.kind is ProblemKind.BROKEN),
        notes=ignored.expired,
    )
    write(reports, outputs, no_color=arguments.no_color)
    if found.is_broken:
        return ExitStatus.WRONG_USE
    return exit_status(reports.reports, fail_on, exit_zero=arguments.exit_zero)


def _refuse(arguments: Arguments) -> None:
    """Raises UsageError for options that do not go together."""
    if not arguments.paths:
        raise UsageError("name the manifests: files, folders, or - for standard input")
    bases = [
        option
        for option, said in (
            ("--live", arguments.live),
            ("--bundle", arguments.bundle is not None),
            ("--baseline", arguments.baseline is not None),
        )
        if said
    ]
    if len(bases) > 1:
        raise UsageError(f"{' and '.join(bases)} exclude each other: judge on top of one")
    if arguments.write and _STDIN in arguments.paths:
        raise UsageError("--write changes files, and standard input is none")


def _read(arguments: Arguments) -> Manifests:
    """Raises UnreadableInputError where there is nothing at all to read."""
    found = read_manifests(arguments.paths, sys.stdin.buffer)
    if not found.objects and not found.problems:
        named = " ".join("standard input" if p == _STDIN else p for p in arguments.paths)
        raise UnreadableInputError(f"{named}: no manifests: nothing in YAML or JSON")
    return found


def _base(arguments: Arguments) -> Base | None:
    if arguments.baseline is not None:
        from efadoctor.collect.baseline import load_baseline

        say_unused(arguments, "the facts come from --baseline")
        return Base(snapshot=load_baseline(Path(arguments.baseline)), is_profile=True)
    if arguments.live:
        return Base(snapshot=read_everything(arguments))
    if arguments.bundle is not None:
        return Base(snapshot=read_snapshot(arguments))
    say_unused(arguments, "no cluster is asked without --live")
    return None


# ---- what is set aside ------------------------------------------------------


def _setting(given: Given, ignored: Ignoring) -> Callable[[Report, Judged], Report]:
    annotations = Annotations(given, ignored.codes)
    return lambda report, judged: suppressing(report, (*ignored.rules, *annotations.rules(judged)))


# ---- what is said besides ---------------------------------------------------


def _nothing(found: Preflight) -> str:
    if found.is_broken:
        return "Nothing was judged: what could be read of it holds no pod that can have EFA."
    if found.passed_over:
        pods = "1 pod asks" if found.passed_over == 1 else f"{found.passed_over} pods ask"
        return (
            f"Nothing to judge: {pods} for no device, and where such pods go is not known "
            "without --live, --bundle or --baseline."
        )
    return "Nothing to judge: no pod, no workload and no NodePool that can have EFA."


def _problem(problem: Problem) -> InputProblem:
    place = problem.location
    if place is None:
        return InputProblem(file=problem.file, reason=problem.reason)
    return InputProblem(
        file=place.file, reason=problem.reason, line=place.line, column=place.column
    )


def _say(found: Preflight, manifests: Manifests) -> None:
    """Standard error: what was not read, and what is probably not meant to be read."""
    for problem in found.problems[:_MOST_SAID]:
        word = "not read" if problem.kind is ProblemKind.BROKEN else "passed over"
        say(f"{word}: {problem}")
    if len(found.problems) > _MOST_SAID:
        say(f"{len(found.problems) - _MOST_SAID} more files or documents were not read")
    for note in found.given.notes[:_MOST_SAID]:
        say(note)
    if found.passed_over and found.reports:
        say(f"not judged: {found.passed_over} more that ask for no device")
    for manifest in kustomizations(manifests.objects):
        folder = Path(manifest.file).parent
        say(
            f"{manifest.file}: bases and patches are read as they stand; for what comes of them: "
            f"kubectl kustomize {folder} | efadoctor preflight -"
        )
