"""What a judgement is: a report with the snapshot that it is about."""

from __future__ import annotations

import msgspec

from efadoctor.model.finding import Finding
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot


class Choice(msgspec.Struct, frozen=True, order=True):
    """A fix that is switched on: the fingerprint of its finding, and which of its fixes."""

    fingerprint: str
    fix: int = 0


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A report with the snapshot that it is about.

    ``others`` are the findings that are in no list of the report: causes on other paths.
    ``raw`` are the findings as the checks gave them, by fingerprint: their fixes fit the
    snapshot as it was read. ``choices`` are the fixes that were made on the copy first,
    ``said`` what the cluster did then, ``refused`` why one could not be made.
    """

    report: Report
    snapshot: Snapshot
    raw: dict[str, Finding]
    others: tuple[Finding, ...] = ()
    choices: tuple[Choice, ...] = ()
    said: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
