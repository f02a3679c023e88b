"""The whole plan as a commented shell script. It is printed, never run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap

from efadoctor.fix.render.shell import Shell
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Command, Fix, Risk
from efadoctor.model.inert import inert
from efadoctor.model.report import Plan, Report

_RISKS = {
    Risk.SAFE: "safe",
    Risk.RESTARTS: "restarts pods",
    Risk.REPLACES_NODES: "replaces nodes",
    Risk.COSTS_MONEY: "costs money",
}
_WIDTH = 96

_SAY_WHY = (
    "trap 'echo \"Stopped at line $LINENO. Where a test failed, the object is not as it was read:"
    " diagnose again.\" >&2' ERR\n"
)
"""kubectl says no more than that a request is invalid."""


def render_script(report: Report) -> str:
    """The report's plan as a bash script, step by step; only comments where nothing is to do."""
    parts = ["#!/usr/bin/env bash\n", *_head(report)]
    plan = report.plan
    if plan is None or not plan.steps:
        return "".join([*parts, _comment(_nothing(report))])
    parts.extend(("set -euo pipefail\n", _SAY_WHY))
    for number, step in enumerate(plan.steps, start=1):
        finding = report.root_causes[step.finding]
        parts.append("\n")
        parts.extend(_step(number, len(plan.steps), finding, finding.fixes[step.fix], step.after))
    return "".join(parts)


def _head(report: Report) -> Iterator[str]:
    names = ", ".join(f"{s.namespace}/{s.name}" if s.namespace else s.name for s in report.subjects)
    yield _comment(f"Plan for {names}, from what efadoctor {report.version} read {_when(report)}.")
    yield _comment(report.summary)
    yield _comment(_proof(report.plan)) if report.plan else ""
    shell = Shell.of(report.source)
    if not shell.context:
        yield _comment("Acts on the current kube context: kubectl config current-context")
    if report.plan is not None and report.plan.steps:
        yield _comment(f"Read every step before you run it. {_again(report, report.plan)}")


def _again(report: Report, plan: Plan) -> str:
    """What a second run does; a command that nothing guards with ``||`` acts once more."""
    asks = "what follows || asks whether the change is made already, and changes nothing"
    fixes = [report.root_causes[s.finding].fixes[s.fix] for s in plan.steps]
    commands = [c for fix in fixes if not _only_looks(fix) for c in fix.commands]
    if not commands:
        return ""
    if all("||" in command for command in commands):
        return f"Run twice, it does nothing twice: {asks}."
    return f"A command without || acts each time it is run; {asks}."


def _only_looks(fix: Fix) -> bool:
    """Whether a fix is no more than a look at something."""
    return bool(fix.unprovable) and all(isinstance(e, Command) for e in fix.edits)


def _when(report: Report) -> str:
    return f"at {report.generated_at}" if report.generated_at else "before"


def _proof(plan: Plan) -> str:
    if plan.verified:
        return "Tried on a copy of the cluster: after the last step the pod can be scheduled."
    if plan.verified is None:
        return f"Not proved. {plan.why or 'No copy of the cluster can show it.'}"
    return f"Tried on a copy of the cluster, and NOT enough. {plan.why}"


def _nothing(report: Report) -> str:
    why = report.plan.why if report.plan is not None else ""
    return f"Nothing to do: the verdict is {report.verdict.value}. {why}".strip()


def _step(number: int, total: int, finding: Finding, fix: Fix, after: str) -> Iterator[str]:
    yield _comment(f"Step {number} of {total}: {fix.title} ({finding.code}, {_RISKS[fix.risk]})")
    if fix.warning:
        yield _comment(f"BEFORE YOU DO: {fix.warning}")
    if not fix.commands:
        yield _comment("No command does this.")
        if fix.manifest:
            yield _comment("In the manifest:")
            yield "".join(f"#   {inert(text)}\n" for text in fix.manifest.splitlines())
    for run, dry_run in zip_longest(fix.commands, fix.dry_runs, fillvalue=""):
        yield f"# dry run: {dry_run}\n" if dry_run else "# dry run: there is none for this\n"
        yield f"{run}\n"
    if after:
        yield _comment(f"After it: {after}")


def _comment(text: str) -> str:
    """Text as comment lines: no newline in it begins a command."""
    lines = [
        piece
        for part in inert(text).splitlines()
        for piece in wrap(part, _WIDTH, break_on_hyphens=False)
    ]
    return "".join(f"# {piece}\n" for piece in lines)
