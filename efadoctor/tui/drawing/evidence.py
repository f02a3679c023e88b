"""The evidence of a finding, as an engineer wants to see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from textual.content import Content

from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.difference import aligned
from efadoctor.tui.drawing.paragraphs import hanging, paragraph

_TAINT = re.compile(r"(?:.*\.)?(?:startupT|t)aints\[\d+\]\Z")
_TOLERATION = re.compile(r"(?P<whole>(?:.*\.)?tolerations\[\d+\])(?:\.\w+)?\Z")
_PARTS = ("key", "operator", "value", "effect")
_LABEL = 9
_COLUMN = 21
"""Columns that a taint takes at least, where a toleration stands beside it."""


def evidence_lines(snapshot: Snapshot, finding: Finding, width: int) -> Iterator[Content]:
    """Every piece of evidence; a taint beside the toleration that was meant for it."""
    pair = _pair(finding.evidence)
    table = list(_side_by_side(snapshot, *pair)) if pair is not None else []
    if pair is None or any(row.cell_length > width for row in table):
        pair = None
    else:
        yield from table
        yield from _note(pair[1], width)
        yield Content()
    above = finding.object
    for evidence in finding.evidence:
        if pair is not None and evidence in pair:
            continue
        if evidence.object != above:
            yield _clip(wording.prose(wording.object_name(evidence.object)), "$muted", width)
            above = evidence.object
        yield from _one(evidence, width)


def _clip(text: str, style: str, width: int) -> Content:
    return Content.styled(text, style).truncate(width, ellipsis=True)


# ---- one field --------------------------------------------------------------


def _one(evidence: Evidence, width: int) -> Iterator[Content]:
    place = f"{evidence.location}: {evidence.field}" if evidence.location else evidence.field
    yield from paragraph(wording.one_line(place), "bold $key", width)
    value, expected = evidence.value, evidence.expected
    if isinstance(value, str) and isinstance(expected, str) and value and expected:
        has, wants = aligned(wording.one_line(value), wording.one_line(expected))
        yield from _labelled("is", has, width)
        yield from _labelled("wants", wants, width)
    else:
        style = "$strong" if expected is None else "$fail"
        yield from _values("is", value, style, width)
        if expected is not None:
            yield from _values("wants", expected, "$pass", width)
    yield from _note(evidence, width)


def _note(evidence: Evidence, width: int) -> Iterator[Content]:
    if evidence.note:
        note = Content.styled(wording.prose(evidence.note), "$muted italic")
        yield from _labelled("", note, width)


def _values(label: str, value: object, style: str, width: int) -> Iterator[Content]:
    """A list has a line for each entry."""
    several = isinstance(value, Sequence) and not isinstance(value, str) and value
    entries: Sequence[object] = value if several and isinstance(value, Sequence) else (value,)
    for number, entry in enumerate(entries):
        text = Content.styled(wording.value_text(entry), style)
        yield from _labelled("" if number else label, text, width)


def _labelled(label: str, text: Content, width: int) -> Iterator[Content]:
    return hanging(Content.styled(f"  {label:<{_LABEL - 2}}", "$muted"), text, width)


# ---- a taint and a toleration -----------------------------------------------


def _pair(evidence: Sequence[Evidence]) -> tuple[Evidence, Evidence] | None:
    """A taint, and a toleration that does not meet it; None where there are no such two."""
    taints = [e for e in evidence if _TAINT.match(e.field) and isinstance(e.value, Mapping)]
    tolerations = [e for e in evidence if _TOLERATION.match(e.field)]
    return (taints[0], tolerations[0]) if taints and tolerations else None


def _side_by_side(snapshot: Snapshot, taint: Evidence, tolerated: Evidence) -> Iterator[Content]:
    left = _text_parts(taint.value)
    right = _text_parts(_toleration(snapshot, tolerated))
    rows = [(part, *_compared(part, left[part], right[part])) for part in _PARTS]
    column = max(_COLUMN, *(row[1].cell_length + 2 for row in rows))
    yield _pair_row(
        "", Content.styled("taint", "bold"), Content.styled("toleration", "bold"), column
    )
    for label, a, b in rows:
        if a or b:
            yield _pair_row(label, a, b, column)
    first = Content.styled(taint.field, "$muted")
    match = _TOLERATION.match(tolerated.field)
    second = Content.styled(match["whole"] if match else tolerated.field, "$muted")
    yield _pair_row("at", first, second, column)
    name = wording.prose(wording.object_name(taint.object))
    where = Content.styled(name, "$muted").truncate(column - 2, ellipsis=True)
    yield _pair_row("of", where, Content.styled(tolerated.object.kind, "$muted"), column)


def _pair_row(label: str, left: Content, right: Content, column: int) -> Content:
    head = Content.styled(f"  {label:<{_LABEL}}", "$muted")
    return Content.assemble(head, left, " " * max(column - left.cell_length, 1), right)


def _toleration(snapshot: Snapshot, evidence: Evidence) -> object:
    """The whole toleration as the object has it; of a single field, what the evidence says."""
    match = _TOLERATION.match(evidence.field)
    found = snapshot.find(evidence.object)
    if match is not None and found is not None:
        try:
            return FieldPath.parse(match["whole"]).resolve(found)
        except (LookupError, ValueError):
            pass
    if isinstance(evidence.value, Mapping):
        return evidence.value
    part = evidence.field.rpartition(".")[2]
    return {part: evidence.value}


def _text_parts(value: object) -> dict[str, str]:
    def part(name: str) -> object:
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)

    return {name: wording.one_line(str(part(name) or "")) for name in _PARTS}


def _compared(part: str, taint: str, toleration: str) -> tuple[Content, Content]:
    """Equal parts plain, different ones letter by letter; a taint has no operator."""
    if part == "operator" or not (taint and toleration):
        return Content.styled(taint, "$strong"), Content.styled(toleration, "$strong")
    if taint == toleration:
        return Content.styled(taint, "$muted"), Content.styled(toleration, "$muted")
    has, wants = aligned(toleration, taint)
    return wants, has
