"""The words that several faces share, so that all say the same."""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.model.facts import Coverage, CoverageStatus, sources_of
from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.fix import Fix, Risk
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import CheckStatus, Plan, Report
from efadoctor.packs import installed_checks

RISKS = {
    Risk.SAFE: "safe: nothing restarts",
    Risk.RESTARTS: "restarts what it changes",
    Risk.REPLACES_NODES: "replaces nodes: what runs there is evicted",
    Risk.COSTS_MONEY: "costs money",
}
_VALUE_LENGTH = 160


def one_line(text: str) -> str:
    """``text`` on one line: a newline from a cluster must not begin a line of ours."""
    return " ".join(text.split())


def object_name(ref: ObjectRef) -> str:
    """Kind, namespace and name: ``DaemonSet kube-system/aws-node``."""
    place = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return one_line(f"{ref.kind} {place}")


def subject_name(ref: ObjectRef) -> str:
    """A subject as the command line takes it: ``default/train-0``, ``default/job/train``."""
    kind = "" if ref.kind == "Pod" else f"{ref.kind.lower()}/"
    return one_line(f"{ref.namespace}/{kind}{ref.name}")


def subjects_text(subjects: Sequence[ObjectRef], most: int = 3) -> str:
    """The first subjects by name, and how many more there are."""
    if not subjects:
        return "no subject"
    named = ", ".join(subject_name(s) for s in subjects[:most])
    others = len(subjects) - most
    return f"{named} and {others} more" if others > 0 else named


def value_text(value: object, length: int = _VALUE_LENGTH) -> str:
    """A JSON value for a person, on one line, shortened after ``length`` characters."""
    text = one_line(_flow(value))
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _flow(value: object) -> str:
    match value:
        case None:
            return "absent"
        case bool():
            return str(value).lower()
        case "":
            return '""'
        case dict():
            return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return str(value)


def evidence_place(evidence: Evidence, about: ObjectRef) -> str:
    """Where the evidence is: the field, and the object too where it is another one."""
    place = evidence.field if evidence.object == about else _place_elsewhere(evidence)
    return one_line(f"{evidence.location}: {place}" if evidence.location else place)


def _place_elsewhere(evidence: Evidence) -> str:
    return f"{object_name(evidence.object)}: {evidence.field}".rstrip(": ")


def risk_text(fix: Fix) -> str:
    """What a fix does besides mending, in words, to be read before it is pasted."""
    return one_line(fix.warning.rstrip(".")) or RISKS[fix.risk]


def tried_text(fix: Fix, after: str = "") -> str:
    """What a copy of the cluster showed once the fix was applied to it."""
    after = one_line(after or fix.after)
    if fix.verified is None:
        why = one_line(fix.unprovable) or after
        return f"not tried on a copy: {why}" if why else "not tried on a copy"
    if fix.verified:
        return f"tried on a copy: {after}" if after else "tried on a copy: it removes this cause"
    return f"tried on a copy, not enough by itself: {after}" if after else "tried: not enough"


def plan_text(plan: Plan) -> str:
    """Whether the whole plan gets the pod scheduled."""
    if plan.verified is None:
        why = one_line(plan.why)
        return f"No copy can show that this is enough{': ' + why if why else ''}"
    if plan.verified:
        return "Tried on a copy: after the last step the pod is schedulable"
    why = one_line(plan.why)
    return f"Tried on a copy: this is not enough{': ' + why if why else ''}"


def chosen_fix(report: Report, finding: int) -> tuple[Fix | None, str]:
    """The plan's fix of the numbered root cause (else its first), and what comes after it."""
    fixes = report.root_causes[finding].fixes
    steps = report.plan.steps if report.plan is not None else ()
    for step in steps:
        if step.finding == finding and step.fix < len(fixes):
            return fixes[step.fix], step.after
    return (fixes[0], fixes[0].after) if fixes else (None, "")


def source_text(report: Report) -> str:
    """Where the facts come from and how old they are, on one line."""
    source = report.source
    where = f"cluster {source.cluster}" if source.cluster else (source.context or "")
    parts = (
        f"{source.kind}: {where}" if where and source.kind != "cluster" else where or source.kind,
        source.region or "",
        f"Kubernetes {report.server_version}" if report.server_version else "",
        f"as of {source.captured_at or report.generated_at}",
    )
    return one_line(", ".join(p for p in parts if p))


class Unread:
    """Sources that could not be read, and the checks that could not tell for want of them."""

    def __init__(self, why: str) -> None:
        self.why = why
        self.sources: list[str] = []
        self.codes: list[str] = []


_READ = (CoverageStatus.READ, CoverageStatus.PARTIAL)


def unread(report: Report) -> tuple[Unread, ...]:
    """What was not read and matters: refused, failed, or wanted by a check that cannot tell."""
    unknown = {r.code for r in report.checks if r.status is CheckStatus.UNKNOWN}
    hidden: dict[str, list[str]] = {}
    for check in installed_checks():
        if check.code in unknown:
            for name in {s.name for t in check.needs for s in sources_of(t)}:
                hidden.setdefault(name, []).append(check.code)
    groups: dict[str, Unread] = {}
    for coverage in report.coverage:
        codes = hidden.get(coverage.source, [])
        if _matters(coverage, codes):
            why = one_line(coverage.detail) or coverage.status.value
            group = groups.setdefault(why, Unread(why))
            group.sources.append(coverage.source)
            group.codes.extend(c for c in codes if c not in group.codes)
    return tuple(groups.values())


def _matters(coverage: Coverage, hidden: Sequence[str]) -> bool:
    if coverage.status in (CoverageStatus.DENIED, CoverageStatus.ERROR):
        return True
    return coverage.status not in _READ and bool(hidden)


def location_of(finding: Finding) -> tuple[str, int] | None:
    """The file and line of a finding's first evidence that has them."""
    for evidence in finding.evidence:
        file, _, line = (evidence.location or "").rpartition(":")
        if file and line.isdigit():
            return file, int(line)
    return None
