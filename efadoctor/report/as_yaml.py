"""YAML: the JSON form for people who would rather read it."""

from __future__ import annotations

from typing import Any

from efadoctor.report.as_json import document
from efadoctor.report.reports import Reports, Style


def render(reports: Reports, _style: Style) -> str:
    """The published form as YAML without anchors."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    return str(yaml.dump(document(reports), Dumper=Dumper, sort_keys=False, width=100))
