"""What a face is given: the reports, and how they may look."""

from __future__ import annotations

import msgspec

from efadoctor.model.finding import Finding
from efadoctor.model.report import Report


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """What one command has to say.

    ``single``: one subject was named, so the answer is one report and not a list of them.
    ``nothing`` is the sentence for a list that is empty.
    """

    reports: tuple[Report, ...]
    single: bool = False
    nothing: str = "Nothing is pending."

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every root cause and warning, each cause once, errors first."""
        found = [f for r in self.reports for f in r.root_causes]
        found += [f for r in self.reports for f in r.warnings]
        return tuple({(f.fingerprint, f.code, f.object): f for f in reversed(found)}.values())[::-1]


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a person's terminal is: its width in columns, and whether it shows colour."""

    width: int = 80
    colour: bool = False


PLAIN = Style()
