"""Runs the checks over one case, in the order of the DAG, and tells an observer as it goes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from efadoctor.authoring import Answer, Case, Check
from efadoctor.diagnosis.fingerprint import fingerprint
from efadoctor.graph import CheckGraph
from efadoctor.model.facts import sources_of
from efadoctor.model.finding import Awaited, Evidence, Finding, Severity, Untold
from efadoctor.model.report import CheckResult, CheckStatus

NOT_READ = "not read: "
"""Before the sources without which a check cannot tell."""

Observer = Callable[[Check, CheckResult, tuple[Finding, ...]], None]
"""Called once for every check as it ends, with what it found."""


def silent(_check: Check, _result: CheckResult, _found: tuple[Finding, ...]) -> None:
    """The observer that does nothing."""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What all checks said of one case."""

    case: Case
    findings: tuple[Finding, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    untold: tuple[Untold, ...] = ()
    results: tuple[CheckResult, ...] = ()

    def unknown(self) -> tuple[CheckResult, ...]:
        """The checks that could not tell."""
        return tuple(r for r in self.results if r.status is CheckStatus.UNKNOWN)


def examine(case: Case, graph: CheckGraph, observe: Observer = silent) -> Examination:
    """Ask every check about the case."""
    findings: list[Finding] = []
    awaited: list[Awaited] = []
    untold: list[Untold] = []
    results: list[CheckResult] = []
    ended: dict[str, CheckStatus] = {}
    for check in graph.in_order():
        result, answers = _ask(check, case, ended)
        found = tuple(a for a in answers if isinstance(a, Finding))
        findings.extend(found)
        awaited.extend(a for a in answers if isinstance(a, Awaited))
        untold.extend(a for a in answers if isinstance(a, Untold))
        ended[check.name] = result.status
        results.append(result)
        observe(check, result, found)
    return Examination(
        case=case,
        findings=tuple(findings),
        awaited=tuple(awaited),
        untold=tuple(untold),
        results=tuple(results),
    )


def _ask(
    check: Check, case: Case, ended: dict[str, CheckStatus]
) -> tuple[CheckResult, tuple[Answer, ...]]:
    """One check's result; a missing prerequisite or fact, or an exception, is said, not hidden."""
    for name in check.requires:
        if ended[name] in (CheckStatus.FAIL, CheckStatus.WARN, CheckStatus.SKIPPED):
            return _result(check, CheckStatus.SKIPPED, f"makes sense once {name} has passed"), ()
    missing = [t for t in check.needs if not case.snapshot.was_read(t)]
    if missing:
        names = ", ".join(s.name for t in missing for s in sources_of(t)[:1])
        return _result(check, CheckStatus.UNKNOWN, f"{NOT_READ}{names}"), ()
    try:
        answers = tuple(check.ask(case))
    except Exception as error:  # noqa: BLE001  (one check's defect must not hide the others' answers)
        reason = f"the check failed: {type(error).__name__}: {error}"
        return _result(check, CheckStatus.UNKNOWN, reason), ()
    labelled = tuple(_label(a, check, case) if isinstance(a, Finding) else a for a in answers)
    found = [a for a in labelled if isinstance(a, Finding)]
    if not found:
        lacking = next((a.what for a in answers if isinstance(a, Untold)), "")
        status = CheckStatus.UNKNOWN if lacking else CheckStatus.PASS
        return _result(check, status, lacking), labelled
    blocking = any(f.severity is Severity.ERROR for f in found)
    status = CheckStatus.FAIL if blocking else CheckStatus.WARN
    result = CheckResult(
        check=check.name,
        code=check.code,
        status=status,
        object=found[0].object,
        summary=found[0].summary,
    )
    return result, labelled


def _result(check: Check, status: CheckStatus, summary: str) -> CheckResult:
    return CheckResult(check=check.name, code=check.code, status=status, summary=summary)


def _label(finding: Finding, check: Check, case: Case) -> Finding:
    """The finding with what its check knows: code, title, stage, severity, page, fingerprint."""
    return msgspec.structs.replace(
        finding,
        code=check.code,
        check=check.name,
        title=check.title,
        stage=check.stage,
        severity=finding.severity or check.severity,
        docs=check.docs,
        fingerprint=fingerprint(check.code, finding, case),
        evidence=tuple(map(_plain, finding.evidence)),
    )


def _plain(evidence: Evidence) -> Evidence:
    """The evidence with its values as the API writes them."""
    return msgspec.structs.replace(
        evidence,
        value=msgspec.to_builtins(evidence.value),
        expected=msgspec.to_builtins(evidence.expected),
    )
