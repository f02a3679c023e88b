"""YAML: the JSON form for people who would rather read it."""

from __future__ import annotations

from efadoctor.bundle.yaml_writing import as_yaml
from efadoctor.report.as_json import document
from efadoctor.report.reports import Reports, Style


def render(reports: Reports, _style: Style) -> str:
    """The published form as YAML, in ASCII as the JSON is."""
    return as_yaml(document(reports), width=100, allow_unicode=False)
