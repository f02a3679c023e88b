"""Workflow commands: one line each, and nothing untrusted begins another."""

from __future__ import annotations

import msgspec

from efadoctor.model.report import Report, Verdict
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports


def lines(reports: Reports) -> list[str]:
    return render(Format.GITHUB, reports).splitlines()


def test_causes_are_errors_and_warnings_warnings(one: Reports) -> None:
    assert [line.split(" ")[0] for line in lines(one)] == ["::error"] * 3 + ["::warning"] * 2


def test_a_cause_carries_its_command_and_fingerprint(one: Reports, walkthrough: Report) -> None:
    cause = walkthrough.root_causes[1]
    line = lines(one)[1]
    assert cause.fixes[0].commands[0] in line
    assert line.endswith(f"%0Afingerprint {cause.fingerprint}")


def test_no_untrusted_text_ends_a_command_or_begins_one(hostile: Reports) -> None:
    found = lines(hostile)
    assert len(found) == 2
    assert all(line.startswith(("::error ", "::warning ")) for line in found)


def test_commas_and_colons_stay_inside_a_property(hostile: Reports) -> None:
    properties = lines(hostile)[0].split("::")[1]
    assert "%3A%3Aset-output name=x%3A%3Ay" in properties


def test_a_place_in_a_manifest_is_annotated_there(walkthrough: Report) -> None:
    finding = walkthrough.root_causes[0]
    placed = (msgspec.structs.replace(finding.evidence[0], location="deploy/pod.yaml:31:12"),)
    cause = msgspec.structs.replace(finding, evidence=placed)
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,), warnings=())
    line = lines(Reports(reports=(report,)))[0]
    assert line.startswith("::error file=deploy/pod.yaml,line=31,col=12,title=EFA105 Pod")


def test_what_could_not_be_told_is_a_warning(walkthrough: Report) -> None:
    report = msgspec.structs.replace(
        walkthrough, verdict=Verdict.UNKNOWN, root_causes=(), warnings=(), summary="Cannot tell."
    )
    assert lines(Reports(reports=(report,))) == [
        "::warning title=efadoctor%3A default/efa-test-pod::Cannot tell."
    ]


def test_nothing_is_one_notice() -> None:
    assert lines(Reports(reports=())) == ["::notice title=efadoctor::Nothing is pending."]
