"""One report for one subject (or a group with the same causes).

docs/report.schema.json is its published form, docs/bots.md says how to read it.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from efadoctor.model.coverage import Coverage
from efadoctor.model.finding import Awaited, Finding, PathId
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Origin


class Verdict(Enum):
    BLOCKED = "blocked"
    WAITING = "waiting"
    SCHEDULABLE = "schedulable"
    SCHEDULED = "scheduled"
    UNKNOWN = "unknown"


class CheckStatus(Enum):
    PASS = "pass"  # noqa: S105  (a status, not a secret)
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """How one check ended; with findings, one result per finding's object."""

    check: str
    code: str
    status: CheckStatus
    object: ObjectRef | None = None
    summary: str = ""


class PathReport(msgspec.Struct, frozen=True, kw_only=True):
    """A way in, and the codes that stand on it after consequences have collapsed."""

    id: PathId
    nodes: int
    blockers: tuple[str, ...]
    chosen: bool = False


class PlanStep(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of the plan, and what the pod does once it is applied."""

    finding: int
    fix: int
    after: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The fixes in order.

    ``verified``: the pod is schedulable after the last step; None where no copy can prove it.
    """

    steps: tuple[PlanStep, ...]
    verified: bool | None
    why: str = ""


class SchedulerView(msgspec.Struct, frozen=True, kw_only=True):
    """The scheduler's own message beside ours."""

    observed: str | None
    predicted: str
    agrees: bool | None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The check DAG as it was walked: names, and edges from cause or prerequisite on."""

    nodes: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that somebody has asked not to be told of, by which rule and why."""

    finding: Finding
    rule: str
    reason: str = ""


class Assumption(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not given and is taken for so.

    ``what`` is the sentence, ``dated`` the day of its source ("" where it has none),
    ``instead`` how to replace it by a fact.
    """

    what: str
    instead: str
    dated: str = ""


class Gang(msgspec.Struct, frozen=True, kw_only=True):
    """The pods of one owner: how many are bound, wait, and could land on the nodes there are."""

    pods: int
    bound: int
    pending: int
    can_land: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer. ``to_dict`` is its published form."""

    generated_at: str
    version: str
    source: Origin
    server_version: str
    subjects: tuple[ObjectRef, ...]
    verdict: Verdict
    summary: str
    root_causes: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    paths: tuple[PathReport, ...] = ()
    plan: Plan | None = None
    scheduler: SchedulerView = SchedulerView(observed=None, predicted="", agrees=None)
    checks: tuple[CheckResult, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    graph: Graph = Graph()
    gang: Gang | None = None
    suppressed: tuple[Suppressed, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The report as plain JSON, schema ``efadoctor.report/v1``."""
        from efadoctor.model.published import published_report

        return published_report(self)
