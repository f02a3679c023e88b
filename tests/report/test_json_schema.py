"""The published JSON form meets the published schema, and the schema leaves nothing out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from clusters.names import Json
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from efadoctor.model.report import Report, Suppressed, Verdict
from efadoctor.report.as_json import schema
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports

DOCS = Path(__file__).parents[2] / "docs" / "report.schema.json"


def strict(node: Any) -> Any:
    """The schema with every object closed: what we emit must all be described."""
    if isinstance(node, list):
        return [strict(n) for n in node]
    if not isinstance(node, dict):
        return node
    closed = {k: strict(v) for k, v in node.items()}
    if "properties" in closed and isinstance(closed.get("required"), list):
        closed["additionalProperties"] = False
    return closed


def closed_schema() -> dict[str, Any]:
    found = copy.deepcopy(schema())
    found["$defs"] = strict(found["$defs"])
    return found


def assert_described(document: Any) -> None:
    """Valid, and without a field that the schema does not describe."""
    form = "reports" if document["schema"] == "efadoctor.reports/v1" else "report"
    described = closed_schema() | {"oneOf": [{"$ref": f"#/$defs/{form}"}]}
    fault = best_match(Draft202012Validator(described).iter_errors(document))
    assert fault is None, f"{fault.json_path}: {fault.message[:500]}"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_docs_and_package_hold_the_same_schema() -> None:
    assert json.loads(DOCS.read_text("utf-8")) == schema()


def test_one_report_is_valid_and_wholly_described(one: Reports) -> None:
    document = json.loads(render(Format.JSON, one))
    assert document["schema"] == "efadoctor.report/v1"
    assert_described(document)


def test_many_reports_are_valid(many: Reports) -> None:
    document = json.loads(render(Format.JSON, many))
    assert document["schema"] == "efadoctor.reports/v1"
    assert_described(document)


def test_no_report_is_an_empty_list() -> None:
    document = json.loads(render(Format.JSON, Reports(reports=())))
    assert document == {"schema": "efadoctor.reports/v1", "reports": []}
    assert_described(document)


def test_a_list_of_one_stays_a_list(walkthrough: Report) -> None:
    document = json.loads(render(Format.JSON, Reports(reports=(walkthrough,))))
    assert document["schema"] == "efadoctor.reports/v1"


def test_every_verdict_and_a_suppressed_finding_are_valid(walkthrough: Report) -> None:
    for verdict in Verdict:
        report = msgspec.structs.replace(
            walkthrough,
            verdict=verdict,
            plan=None,
            suppressed=(Suppressed(finding=walkthrough.warnings[0], rule="EFA703"),),
        )
        assert_described(report.to_dict())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("verdict"),
        lambda d: d.update(verdict="fine"),
        lambda d: d["root_causes"][0].pop("fingerprint"),
        lambda d: d["plan"]["fixes"].append([0]),
        lambda d: d["coverage"][0].update(status="partial"),
        lambda d: d.update(schema="efadoctor.report/v2"),
    ],
)
def test_a_spoilt_report_is_not_valid(spoil: Callable[[Json], object], one: Reports) -> None:
    document = json.loads(render(Format.JSON, one))
    spoil(document)
    assert not Draft202012Validator(schema()).is_valid(document)


def test_a_field_of_a_later_version_is_still_valid(one: Reports) -> None:
    document = json.loads(render(Format.JSON, one)) | {"mood": "hopeful"}
    Draft202012Validator(schema()).validate(document)


def test_json_is_ascii_whatever_the_names(hostile: Reports) -> None:
    assert render(Format.JSON, hostile).isascii()


def test_yaml_says_what_json_says(one: Reports, hostile: Reports) -> None:
    for reports in (one, hostile):
        assert yaml.safe_load(render(Format.YAML, reports)) == json.loads(
            render(Format.JSON, reports)
        )
