"""Finds the face of an output format; a face is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from efadoctor.report.choices import Format
from efadoctor.report.reports import PLAIN, Reports, Style

Face = Callable[[Reports, Style], str]

_MODULES = {
    Format.TEXT: "text",
    Format.JSON: "as_json",
    Format.YAML: "as_yaml",
    Format.MARKDOWN: "markdown",
    Format.SLACK: "slack",
    Format.SARIF: "sarif",
    Format.JUNIT: "junit",
    Format.GITHUB: "github",
}


def render(format_: Format, reports: Reports, style: Style = PLAIN) -> str:
    """The reports in one format, ending in a newline. Only the text face looks at ``style``."""
    module = import_module(f"efadoctor.report.{_MODULES[format_]}")
    return cast("Face", module.render)(reports, style)
