"""The words after ``-o`` and ``--fail-on``; imports nothing, so that ``--help`` is quick."""

from __future__ import annotations

from enum import Enum


class Format(Enum):
    """The output formats."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"
    SLACK = "slack"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


class FailOn(Enum):
    """What fails a run besides an unread cluster. Errors always do."""

    ERROR = "error"
    WARNING = "warning"  # a warning is a named problem too: 1
    UNKNOWN = "unknown"  # a check that could not tell makes the whole answer 3
