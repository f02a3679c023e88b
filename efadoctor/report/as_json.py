"""JSON, schema ``efadoctor.report/v1`` (one subject) or ``efadoctor.reports/v1``."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from efadoctor.model.published import published_report, published_reports
from efadoctor.report.reports import Reports, Style


def document(reports: Reports) -> dict[str, Any]:
    """The published form: one report where one subject was named, else all of them."""
    if reports.single and len(reports.reports) == 1:
        return published_report(reports.reports[0])
    whole = published_reports(reports.reports)
    if reports.problems:
        told = [{"location": p.location, "reason": p.reason} for p in reports.problems]
        whole |= {"problems": told}
    if reports.notes:
        whole |= {"notes": list(reports.notes)}
    return whole


def render(reports: Reports, _style: Style) -> str:
    """JSON in ASCII, so that no terminal, log or encoding can spoil it."""
    return json.dumps(document(reports), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that both forms meet."""
    text = files("efadoctor.report").joinpath("schemas/report.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
