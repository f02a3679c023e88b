"""States recorded from a real control plane, and what a doctor must say of each."""

import json
from pathlib import Path

import msgspec
import pytest

from efadoctor import Snapshot, diagnose
from efadoctor.model.finding import Finding
from efadoctor.model.report import Report

SCENARIOS = Path(__file__).parent.parent / "scenarios"

Triple = tuple[str, str | None, str | None]


class Expected(msgspec.Struct):
    """What is right: the root causes, or one of the alternatives; nothing more, nothing less."""

    subject: str
    subject_kind: str
    verdict: str
    root_causes: tuple[Triple, ...]
    owner: tuple[str, str] | None = None
    alternatives: tuple[tuple[Triple, ...], ...] = ()
    warnings: tuple[Triple, ...] = ()
    acceptable: tuple[Triple, ...] = ()
    scheduler_agrees: bool = True

    def names(self, found: Finding, wanted: Triple) -> bool:
        """Whether a finding is the one wanted; a pod may be named by its owner."""
        code, kind, name = wanted
        if found.code != code:
            return False
        if kind is None or (found.object.kind == kind and name in (None, found.object.name)):
            return True
        own = {(self.subject_kind, self.subject.partition("/")[2]), self.owner}
        return kind == "Pod" and (found.object.kind, found.object.name) in own


def scenarios() -> list[str]:
    return sorted(p.parent.name for p in SCENARIOS.glob("*/expected.json"))


def report_of(name: str) -> tuple[Expected, Report]:
    folder = SCENARIOS / name
    expected = msgspec.json.decode((folder / "expected.json").read_bytes(), type=Expected)
    bundle = folder / "bundle"
    snapshot = Snapshot.load(bundle if bundle.is_dir() else folder / "bundle.tar.gz")
    namespace, _, subject = expected.subject.partition("/")
    return expected, diagnose(snapshot, f"{namespace}/{expected.subject_kind}/{subject}")


@pytest.mark.parametrize("name", scenarios())
def test_the_root_causes_of_a_recorded_state_are_named_exactly(name: str) -> None:
    expected, report = report_of(name)
    said = [(f.code, f.object.kind, f.object.name) for f in report.root_causes]

    def fits(option: tuple[Triple, ...]) -> bool:
        missed = [w for w in option if not any(expected.names(f, w) for f in report.root_causes)]
        known = (*option, *expected.acceptable)
        return not missed and all(
            any(expected.names(f, w) for w in known) for f in report.root_causes
        )

    options = (expected.root_causes, *expected.alternatives)
    assert any(map(fits, options)), f"said {said}, right is {json.dumps(options)}"


@pytest.mark.parametrize("name", scenarios())
def test_verdict_warnings_and_the_scheduler_agree_with_a_recorded_state(name: str) -> None:
    expected, report = report_of(name)
    assert report.verdict.value == expected.verdict
    for wanted in expected.warnings:
        assert any(expected.names(f, wanted) for f in report.warnings), wanted
    if report.scheduler.observed:
        assert report.scheduler.agrees is expected.scheduler_agrees


def test_the_walkthrough_needs_three_changes_in_order() -> None:
    _, report = report_of("seed-walkthrough")
    assert [(f.code, f.object.name) for f in report.root_causes] == [
        ("EFA105", "efa-test-pod"),
        ("EFA402", "aws-efa-k8s-device-plugin"),
        ("EFA412", "nvidia-device-plugin-daemonset"),
    ]
    assert report.plan is not None
    assert report.plan.verified is True
    assert [step.finding for step in report.plan.steps] == [0, 1, 2]
    assert all(step.after for step in report.plan.steps)
