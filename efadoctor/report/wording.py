"""The words that several faces share, so that all say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec

from efadoctor.model.clock import parse_time
from efadoctor.model.finding import Awaited, Evidence, Finding
from efadoctor.model.fix import Fix, Risk
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Assumption, Plan, Report
from efadoctor.model.snapshot import EPOCH

RISKS = {
    Risk.SAFE: "safe: nothing restarts",
    Risk.RESTARTS: "restarts what it changes",
    Risk.REPLACES_NODES: "replaces nodes: what runs there is evicted",
    Risk.COSTS_MONEY: "costs money",
}
_VALUE_LENGTH = 160
_MOST_ITEMS = 6
_SOME_ITEMS = 3


def one_line(text: str) -> str:
    """``text`` on one line: a newline from a cluster must not begin a line of ours."""
    return " ".join(text.split())


_EC2_HOST = re.compile(
    r"\b(i-[0-9a-f]{8,17}|ip(?:-\d{1,3}){4})\.(?:[a-z0-9-]+\.compute|ec2)\.internal\b"
)
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html"""


def prose(text: str) -> str:
    """Text for a terminal, on one line; of a node's private DNS name its host says enough."""
    return _EC2_HOST.sub(r"\1", one_line(text))


def object_name(ref: ObjectRef) -> str:
    """Kind, namespace and name: ``DaemonSet kube-system/aws-node``."""
    place = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return one_line(f"{ref.kind} {place}")


def subject_name(ref: ObjectRef) -> str:
    """A subject as the command line takes it: ``default/train-0``, ``default/job/train``."""
    kind = "" if ref.kind == "Pod" else f"{ref.kind.lower()}/"
    namespace = f"{ref.namespace}/" if ref.namespace else ""
    return one_line(f"{namespace}{kind}{ref.name}")


def subjects_text(subjects: Sequence[ObjectRef], most: int = 3) -> str:
    """The first subjects by name, and how many more there are."""
    if not subjects:
        return "no subject"
    named = ", ".join(subject_name(s) for s in subjects[:most])
    others = len(subjects) - most
    return f"{named} and {others} more" if others > 0 else named


def value_text(value: object, length: int = _VALUE_LENGTH) -> str:
    """A JSON value for a person, on one line, shortened after ``length`` characters."""
    text = one_line(_flow(msgspec.to_builtins(value)))
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _flow(value: object) -> str:
    match value:
        case None:
            return "absent"
        case bool():
            return str(value).lower()
        case "":
            return '""'
        case dict() if "operator" in value or {"key", "effect"} <= set(value):
            return _taint_or_toleration(value)
        case dict():
            return _mapping(value)
        case list() | tuple() if len(value) > _MOST_ITEMS:
            more = len(value) - _SOME_ITEMS
            return f"[{', '.join(map(_flow, value[:_SOME_ITEMS]))} and {more} more]"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return str(value)


def _mapping(value: Mapping[Any, object]) -> str:
    return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"


def _taint_or_toleration(value: Mapping[Any, object]) -> str:
    """In kubectl's form: ``nvidia.com/gpu=present:NoSchedule``, ``nvidia.com/gpu Exists``."""
    known = {k: str(value.get(k) or "") for k in ("key", "operator", "value", "effect")}
    if set(value) - {*known, "timeAdded", "tolerationSeconds", "values"}:
        return _mapping(value)
    if "values" in value:
        return f"{known['key']} {known['operator']} {_flow(value['values'])}".strip()
    if known["operator"]:
        return " ".join(w for w in known.values() if w)
    pair = f"{known['key']}={known['value']}" if known["value"] else known["key"]
    return f"{pair}:{known['effect']}"


def evidence_place(evidence: Evidence, about: ObjectRef) -> str:
    """Where the evidence is: the field, and the object too where it is another one."""
    place = evidence.field if evidence.object == about else _place_elsewhere(evidence)
    at = location(evidence)
    return one_line(f"{at}: {place}" if at is not None else place)


def _place_elsewhere(evidence: Evidence) -> str:
    return f"{object_name(evidence.object)} {evidence.field}".rstrip()


def risk_text(fix: Fix) -> str:
    """What a fix does besides mending, in words, to be read before it is pasted."""
    return one_line(fix.warning.rstrip(".")) or RISKS[fix.risk]


def tried_text(fix: Fix, after: str = "") -> tuple[str, str]:
    """``tried`` and what a copy of the cluster showed, or ``note`` and why none can show it."""
    after = one_line(after or fix.after)
    if fix.verified is None:
        why = one_line(fix.unprovable) or after
        return "note", f"not tried on a copy: {why}".rstrip(": ")
    if fix.verified:
        return "tried", f"on a copy: {after or 'it removes this cause'}"
    return "tried", f"on a copy, and not enough by itself: {after}".rstrip(": ")


def assumption_text(assumption: Assumption) -> str:
    """What is taken for so, of which day, and what would replace it."""
    dated = f" (of {assumption.dated})" if assumption.dated else ""
    return one_line(f"{assumption.what}{dated}; else {assumption.instead}")


def lines_of(fix: Fix) -> tuple[str, ...]:
    """What to paste: the commands, or the diff."""
    return (*fix.commands, *fix.diff.replace("\r\n", "\n").splitlines())


def plan_text(plan: Plan) -> str:
    """Whether the whole plan gets the pod scheduled."""
    said = one_line(plan.why).rstrip(".")
    why = f": {said}" if said else ""
    if plan.verified is None:
        return said if said.startswith("No copy") else f"No copy can show that this is enough{why}"
    if plan.verified:
        return "Tried on a copy: with all of this the pod is scheduled"
    return f"Tried on a copy: all of this is not enough{why}"


def shortfall_text(plan: Plan | None) -> str:
    """What is to be said of a plan that was not proved, "" where its steps have said it all."""
    if plan is None or plan.verified:
        return ""
    said = " ".join(step.after for step in plan.steps)
    if plan.verified is None and plan.why in said:
        return ""
    _, colon, last = plan.why.partition(": ")
    if colon and last.rstrip(".") in said:
        plan = msgspec.structs.replace(plan, why="")
    return plan_text(plan)


def outcome_text(plan: Plan | None) -> str:
    """What the plan comes to: that it was proved, or where it falls short."""
    return plan_text(plan) if plan is not None and plan.verified else shortfall_text(plan)


def chosen_fix(report: Report, finding: int) -> tuple[Fix | None, str]:
    """The plan's fix of the numbered root cause (else its first), and what comes after it."""
    fixes = report.root_causes[finding].fixes
    steps = report.plan.steps if report.plan is not None else ()
    for step in steps:
        if step.finding == finding and step.fix < len(fixes):
            return fixes[step.fix], step.after
    return (fixes[0], fixes[0].after) if fixes else (None, "")


def verdict_text(report: Report) -> str:
    """The report's sentence; the causes behind the first are counted, for they follow."""
    behind = len(report.root_causes) - 1
    first = report.root_causes[0].summary.rstrip(".") if report.root_causes else ""
    if behind < 1 or not report.summary.startswith(first):
        return prose(report.summary)
    return prose(f"{first}; {behind} more behind it.")


def source_text(report: Report) -> str:
    """Where the facts come from and when, on one line."""
    source = report.source
    named = source.cluster or source.context or ""
    kind = f"{source.kind} of" if source.kind == "bundle" and named else source.kind
    time = source.captured_at or report.generated_at
    # a bundle in which nothing has a time cannot say when it was made
    when = "" if parse_time(time) == EPOCH else minute(time)
    return one_line(", ".join(filter(None, (f"{kind} {named}".strip(), when))))


def awaited_text(awaited: Awaited, report: Report) -> str:
    """What is awaited, where the report's sentence has not said it, since when and until when."""
    what = prose(awaited.what)
    said = [] if what in prose(report.summary) else [what]
    said += [f"since {minute(awaited.since)}"] if awaited.since else []
    said += [f"look again at {minute(awaited.until)}"] if awaited.until else []
    return "; ".join(said)


def gang_text(report: Report) -> str:
    """How many of an owner's pods have a node, wait, and could land now; "" where it has one."""
    gang = report.gang
    if gang is None:
        return ""
    return (
        f"Of {gang.pods} pods {gang.bound} are bound and {gang.pending} wait; "
        f"{gang.can_land} of those could land on the nodes there are."
    )


def minute(text: str) -> str:
    """A time to the minute in UTC, for people; as it is where it is no time."""
    time = parse_time(text)
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if time else one_line(text)


class Location(msgspec.Struct, frozen=True):
    """A place in a manifest; lines and columns count from 1."""

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)


_LOCATION = re.compile(r"(?P<file>.+?):(?P<line>[1-9]\d{0,8})(?::(?P<column>[1-9]\d{0,8}))?")


def location(evidence: Evidence) -> Location | None:
    """Where in a manifest the evidence is, None for what was read from a cluster."""
    found = _LOCATION.fullmatch(evidence.location or "")
    if found is None:
        return None
    column = int(found["column"]) if found["column"] else evidence.column
    return Location(found["file"], int(found["line"]), column)


def location_of(finding: Finding) -> Location | None:
    """The place of a finding's first evidence that has one, of what must change if it has."""
    own = [e for e in finding.evidence if e.object == finding.object]
    return next((place for e in (*own, *finding.evidence) if (place := location(e))), None)


def advice(finding: Finding) -> str:
    """The finding's first fix in a sentence with its first command, "" where it has none."""
    if not finding.fixes:
        return ""
    fix = finding.fixes[0]
    title = one_line(fix.title).rstrip(".")
    text = f"Fix: {title} ({risk_text(fix)})"
    return f"{text}: {fix.commands[0]}" if len(fix.commands) == 1 else f"{text}."
