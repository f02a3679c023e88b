"""What a face is given: the reports, and how they may look."""

from __future__ import annotations

import msgspec

from efadoctor.model.finding import Finding
from efadoctor.model.report import Assumption, Report


class InputProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file that could not be read; ``line`` and ``column`` count from 1."""

    file: str
    reason: str
    line: int | None = None
    column: int | None = None

    @property
    def location(self) -> str:
        """``file:line:column``, as far as it is known."""
        return ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """What one command has to say.

    ``single``: one subject was named, so the answer is one report and not a list of them.
    ``nothing`` is the sentence for a list that is empty. ``problems`` are parts of the input
    that could not be read, ``notes`` sentences on the whole run.
    """

    reports: tuple[Report, ...]
    single: bool = False
    nothing: str = "Nothing is pending."
    problems: tuple[InputProblem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every root cause and warning, each cause once, errors first."""
        found = [f for r in self.reports for f in r.root_causes]
        found += [f for r in self.reports for f in r.warnings]
        return tuple({(f.fingerprint, f.code, f.object): f for f in reversed(found)}.values())[::-1]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Everything that was assumed, once."""
        return tuple(dict.fromkeys(a for r in self.reports for a in r.assumptions))


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a person's terminal is: its width in columns, and whether it shows colour."""

    width: int = 80
    colour: bool = False


PLAIN = Style()
