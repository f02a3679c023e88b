"""What is pending, a line for each cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import msgspec
from rich.cells import cell_len, chop_cells
from textual.content import Content

from efadoctor.model.clock import parse_time
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.states import VERDICTS

_SIZES = ((86400, "d"), (3600, "h"), (60, "m"))
_NARROWEST = 8
_LOOKED_AT = 500


class Group(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Pods that are pending for the same reason; without a report they are not judged yet."""

    subjects: tuple[ObjectRef, ...]
    report: Report | None = None
    since: datetime | None = None

    @cached_property
    def key(self) -> str:
        """The first of them, as a diagnosis takes it."""
        return f"{self.subjects[0].namespace}/{self.subjects[0].name}"

    @cached_property
    def sought(self) -> str:
        """What a filter looks at."""
        names = " ".join(wording.subject_name(s) for s in self.subjects)
        if self.report is None:
            return names
        codes = " ".join(f.code for f in self.report.root_causes)
        return f"{names} {codes} {self.report.verdict.value} {self.report.summary}"


def group_of(subjects: Sequence[ObjectRef], snapshot: Snapshot, report: Report | None) -> Group:
    """A group with the time at which the newest of its pods was made."""
    pods = (snapshot.get(Pod, s.name, s.namespace) for s in subjects)
    times = (parse_time(p.metadata.creation_timestamp) for p in pods if p is not None)
    since = max((t for t in times if t), default=None)
    return Group(subjects=tuple(subjects), report=report, since=since)


def newest_first(groups: Sequence[Group]) -> list[Group]:
    """In the order in which they are shown."""
    return sorted(groups, key=lambda g: (-(g.since.timestamp() if g.since else 0.0), g.key))


def heading(name: int) -> Content:
    """The names of the columns."""
    return Content.styled(f"  {'WHAT':<{name}}  {'PODS':>5}  {'AGE':>4}  WHY", "$muted")


def name_width(groups: Sequence[Group], width: int) -> int:
    """How wide the column of names is."""
    first = groups[:_LOOKED_AT]
    longest = max((cell_len(wording.subject_name(g.subjects[0])) for g in first), default=0)
    return max(min(longest, width // 3), _NARROWEST)


def squeezed(name: str, width: int) -> str:
    """A name in ``width`` columns: the middle goes first, for names differ in how they end."""
    if cell_len(name) <= width:
        return name
    tail = (width - 1) // 2
    end = chop_cells(name[::-1], tail)[0][::-1]
    return f"{chop_cells(name, width - 1 - tail)[0]}…{end}"


def group_line(group: Group, now: datetime, name: int, width: int) -> Content:
    """One line."""
    report = group.report
    glyph, style = VERDICTS[report.verdict] if report is not None else ("◌", "$key")
    named = squeezed(wording.subject_name(group.subjects[0]), name)
    what = Content.styled(named, "bold $strong")
    age = _age(now - group.since) if group.since is not None else ""
    content = Content.assemble(
        (f"{glyph} ", f"bold {style}"),
        what,
        " " * max(name - what.cell_length, 0),
        (f"  {len(group.subjects):>5,}  {age:>4}  ", "$muted"),
        *_why(report, style),
    )
    return content.truncate(width, ellipsis=True)


def _why(report: Report | None, style: str) -> Iterator[tuple[str, str]]:
    if report is None:
        yield ("judging…", "$muted")
        return
    codes = " ".join(dict.fromkeys(f.code for f in report.root_causes))
    yield (codes or report.verdict.value, f"bold {style}")
    yield (f"  {wording.prose(report.summary)}", "$foreground")


def _age(past: timedelta) -> str:
    """As kubectl writes it, to one unit."""
    seconds = max(int(past.total_seconds()), 0)
    for size, unit in _SIZES:
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
