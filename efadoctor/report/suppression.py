"""Sets aside what somebody asked not to be told: ``--ignore EFA703=NodePool/gpu-efa``.

A suppressed finding leaves the report's root causes and warnings and stays in
``suppressed``, with the rule that moved it: SARIF and JSON keep it. The verdict is not touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

import msgspec

from efadoctor.model.errors import UsageError
from efadoctor.model.finding import Finding
from efadoctor.model.inert import inert
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Plan, PlanStep, Report, Suppressed

LIKE_A_CODE = 0.8
"""Codes are alike by nature: only one slip in six characters is taken for one."""
_LEFT_OUT = "a cause on the way was suppressed, and its fix left out"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings to set aside: all of a code, or those on one object."""

    code: str
    kind: str = ""
    namespace: str = ""
    name: str = ""
    reason: str = ""

    def __str__(self) -> str:
        place = "/".join(p for p in (self.kind, self.namespace, self.name) if p)
        return f"{self.code}={place}" if place else self.code

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is one of those; kinds are compared ignoring case."""
        ref = finding.object
        return finding.code == self.code and (not self.kind or self._names(ref))

    def _names(self, ref: ObjectRef) -> bool:
        same = (self.kind.lower(), self.name) == (ref.kind.lower(), ref.name)
        return same and self.namespace in ("", ref.namespace)


def parse_rule(text: str, codes: Collection[str], reason: str = "") -> Rule:
    """The rule of ``CODE``, ``CODE=Kind/name`` or ``CODE=Kind/namespace/name``.

    Raises UsageError for any other form and for a code that no check has.
    """
    code, equals, place = text.partition("=")
    try:
        code = known_code(code, codes)
    except UsageError as error:
        raise UsageError(f"--ignore {text!r}: {error}") from None
    if not equals:
        return Rule(code=code, reason=reason)
    kind, slash, name = place.strip().partition("/")
    namespace, _, last = name.rpartition("/")
    if not (kind and slash and last) or "/" in namespace:
        raise UsageError(f"--ignore {text!r}: want CODE or CODE=Kind/name")
    return Rule(code=code, kind=kind, namespace=namespace, name=last, reason=reason)


def known_code(text: str, codes: Collection[str]) -> str:
    """The code that a text names. Raises UsageError for one that no check has."""
    code = text.strip().upper()
    if code not in codes:
        near = get_close_matches(code, codes, n=1, cutoff=LIKE_A_CODE)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"no check has the code {inert(code)!r}{hint}")
    return code


def suppressing(report: Report, rules: Sequence[Rule]) -> Report:
    """The report with what the rules cover set aside; its plan keeps pointing at what is left."""
    kept: list[int] = []
    aside: list[Suppressed] = list(report.suppressed)
    for number, finding in enumerate(report.root_causes):
        rule = _rule_for(finding, rules)
        if rule is None:
            kept.append(number)
        else:
            aside.append(_suppressed(finding, rule))
    warned = [(f, _rule_for(f, rules)) for f in report.warnings]
    aside.extend(_suppressed(f, rule) for f, rule in warned if rule is not None)
    if len(aside) == len(report.suppressed):
        return report
    return msgspec.structs.replace(
        report,
        root_causes=tuple(report.root_causes[n] for n in kept),
        warnings=tuple(f for f, rule in warned if rule is None),
        plan=_plan(report.plan, kept, len(report.root_causes)),
        suppressed=tuple(aside),
    )


def _rule_for(finding: Finding, rules: Iterable[Rule]) -> Rule | None:
    return next((r for r in rules if r.covers(finding)), None)


def _suppressed(finding: Finding, rule: Rule) -> Suppressed:
    return Suppressed(finding=finding, rule=str(rule), reason=rule.reason)


def _plan(plan: Plan | None, kept: Sequence[int], causes: int) -> Plan | None:
    """The steps of the findings that are left, by their new numbers."""
    if plan is None or len(kept) == causes:
        return plan
    if not kept:
        return None
    new = {old: number for number, old in enumerate(kept)}
    steps = tuple(
        PlanStep(finding=new[s.finding], fix=s.fix, after=s.after)
        for s in plan.steps
        if s.finding in new
    )
    return Plan(steps=steps, verified=None, why=_LEFT_OUT)
