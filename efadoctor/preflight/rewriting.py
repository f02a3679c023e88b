"""Changes fields in the text of a manifest, and leaves everything else of it alone.

The object as it is and as it should be are compared, and each difference is written where it
stands: a scalar in its own quotes, an entry in the indentation of its neighbours. Comments,
order and layout stay. What comes out is read again: it must be the object that was wanted
and change no other, else nothing is written (a field that an anchor shares, for one).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

import jsonpatch
import jsonpointer
import msgspec

from efadoctor.collect.manifests import Manifest, SourceFile, Span, read_content
from efadoctor.model.decoding import without_nulls
from efadoctor.model.edits import plain
from efadoctor.model.fieldpath import FieldPath, Step
from efadoctor.model.fix import Operation
from efadoctor.preflight.yaml_style import Style

MOST_EDITS = 60
"""Places that one fix may touch in one object; a fix that needs more is no small change."""

_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLANK = re.compile(r"(?:\s|#[^\n]*(?=\n))*")


class CannotRewriteError(Exception):
    """A change that cannot be written into this text; the message says why."""


class Place(msgspec.Struct, frozen=True):
    """An object in a file: the number of its part of the text, and its own in there.

    Parts are what lies between the lines that begin with ``---``; no edit changes their number.
    """

    part: int
    number: int


def parts_of(text: str) -> list[str]:
    """The parts of a text; together they are the text."""
    starts = [0, *(m.start() for m in _DOCUMENT.finditer(text) if m.start())]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


class Parts:
    """The parts of a file as it was read, and which of them an object stands in."""

    def __init__(self, source: SourceFile) -> None:
        self.style = Style.of(source.text)
        self.texts = parts_of(source.text)
        self.begins = list(accumulate((len(t) for t in self.texts[:-1]), initial=0))

    def place_of(self, manifest: Manifest) -> Place:
        """Where the document of a manifest stands in its file. Raises CannotRewriteError."""
        if not manifest.source.exact:
            raise CannotRewriteError("the file had to be changed to be read, so it is not written")
        root = manifest.span(FieldPath())
        at = root.start.offset if root is not None else 0
        part = bisect_right(self.begins, at) - 1
        inside = read_content(manifest.file, self.texts[part].encode()).objects
        for number, other in enumerate(inside):
            span = other.span(FieldPath())
            if span is not None and span.start.offset + self.begins[part] == at:
                return Place(part, number)
        raise CannotRewriteError("its place in the file was not found again")


def rewritten(text: str, number: int, operations: Sequence[Operation], style: Style) -> str:
    """The text of one document with a JSON patch carried out on its object ``number``.

    Raises CannotRewriteError where that cannot be done without touching anything else.
    """
    before = _objects(text)
    wanted = _as_written(before[number].json, _patched(before[number].json, operations))
    for _ in range(MOST_EDITS):
        difference = _difference(before[number].json, wanted, FieldPath()) if before else None
        if difference is None:
            break
        text = _Page(text, before[number], style).with_(difference)
        after = _objects(text)
        if len(after) != len(before) or any(
            new.json != old.json
            for n, (new, old) in enumerate(zip(after, before, strict=True))
            if n != number
        ):
            raise CannotRewriteError("another object of the file would change with it")
        if not _only(difference, before[number].json, after[number].json):
            raise CannotRewriteError(
                f"{difference.path} is shared through an anchor or merge: change it by hand"
            )
        before = after
    if without_nulls(before[number].json) != without_nulls(wanted):
        raise CannotRewriteError("the change touches too many places: make it by hand")
    return text


def _objects(text: str) -> tuple[Manifest, ...]:
    found = read_content("", text.encode())
    if found.problems and not found.objects:
        raise CannotRewriteError("what came out cannot be read")
    return found.objects


def _patched(json: Any, operations: Sequence[Operation]) -> Any:
    """The object with the patch carried out; what an earlier one has added is not added again."""
    wanted = plain(json)
    try:
        for operation in operations:
            wanted = _after(wanted, operation)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise CannotRewriteError(f"the change does not fit the file: {error}") from None
    except (TypeError, KeyError, IndexError):
        raise CannotRewriteError("the change does not fit the file") from None
    return wanted


def _as_written(old: Any, new: Any) -> Any:
    """A quantity that was written as a number stays one: ``efa: 32``, not ``efa: "32"``."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {k: _as_written(old.get(k), v) for k, v in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_as_written(a, b) for a, b in zip(old, new, strict=True)]
    is_number = isinstance(old, int) and not isinstance(old, bool)
    return int(new) if is_number and isinstance(new, str) and new.isdecimal() else new


def _after(json: Any, operation: Operation) -> Any:
    if operation.op == "test":
        seen = jsonpointer.resolve_pointer(json, operation.path, None)
        if not isinstance(seen, dict | list) and seen != plain(operation.value):
            raise CannotRewriteError(f"{operation.path} is not as it was read")
        return json
    value = plain(operation.value) if operation.op != "remove" else None
    parent, _, last = operation.path.rpartition("/")
    if operation.op == "add" and last == "-":
        if value in jsonpointer.resolve_pointer(json, parent):
            return json
    elif operation.op == "add" and isinstance(value, list):
        there = jsonpointer.resolve_pointer(json, operation.path, None) or []
        value = [*there, *(v for v in value if v not in there)]
        operation = msgspec.structs.replace(operation, value=value)
    return jsonpatch.JsonPatch([plain(operation)]).apply(json)


def _only(difference: _Difference, before: Any, after: Any) -> bool:
    """Whether nothing but the place of the difference has changed, and that has."""
    steps = difference.path.steps
    within = steps if difference.replaces else steps[:-1]
    changed = [d.path.steps[: len(within)] for d in _differences(before, after, FieldPath())]
    return bool(changed) and all(c == within for c in changed)


# ---- differences ------------------------------------------------------------


class _Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do: set, insert (``present`` false) or remove (``wanted`` false) a field."""

    path: FieldPath
    value: Any = None
    present: bool = True
    wanted: bool = True

    @property
    def replaces(self) -> bool:
        return self.present and self.wanted


def _difference(old: Any, new: Any, path: FieldPath) -> _Difference | None:
    return next(iter(_differences(old, new, path)), None)


def _differences(old: Any, new: Any, path: FieldPath) -> list[_Difference]:
    """What must be done to get from one value to the other, in the order of the old one."""
    if old == new and type(old) is type(new):
        return []
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        return _of_mappings(old, new, path)
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _of_lists(old, new, path)
    return [_Difference(path=path, value=new)]


def _of_mappings(old: dict[str, Any], new: dict[str, Any], path: FieldPath) -> list[_Difference]:
    found: list[_Difference] = []
    for key, value in old.items():
        if key in new:
            found += _differences(value, new[key], path / key)
        elif value is not None:
            found.append(_Difference(path=path / key, wanted=False))
    found += [
        _Difference(path=path / key, value=value, present=False)
        for key, value in new.items()
        if key not in old and value is not None
    ]
    # a mapping must not become empty on the way to something else
    return sorted(found, key=lambda d: not d.wanted)


def _of_lists(old: list[Any], new: list[Any], path: FieldPath) -> list[_Difference]:
    shortest = min(len(old), len(new))
    same = len(list(takewhile(lambda n: old[n] == new[n], range(shortest))))
    rest = shortest - same
    tail = len(list(takewhile(lambda n: old[-1 - n] == new[-1 - n], range(rest))))
    gone, come = old[same : len(old) - tail], new[same : len(new) - tail]
    found: list[_Difference] = []
    for n in range(min(len(gone), len(come))):
        found += _differences(gone[n], come[n], path / (same + n))
    both = same + min(len(gone), len(come))
    found += [
        _Difference(path=path / (both + n), value=value, present=False)
        for n, value in enumerate(come[len(gone) :])
    ]
    found += [_Difference(path=path / both, wanted=False) for _ in gone[len(come) :]]
    return found


# ---- the text ---------------------------------------------------------------


class _Page:
    """The text of one document, and where the fields of its object stand in it."""

    def __init__(self, text: str, manifest: Manifest, style: Style) -> None:
        self._text = text
        self._manifest = manifest
        self._style = style

    def with_(self, difference: _Difference) -> str:
        """The text with one difference written."""
        if difference.replaces:
            return self._replaced(difference.path, difference.value)
        parent, last = FieldPath(difference.path.steps[:-1]), difference.path.steps[-1]
        if not difference.wanted:
            return self._removed(parent, last)
        return self._inserted(parent, last, difference.value)

    # ---- replacing --------------------------------------------------------

    def _replaced(self, path: FieldPath, value: Any) -> str:
        span = self._span(path)
        start, end = self._content(span), span.end.offset
        old = self._text[start:end]
        is_list_or_map = isinstance(value, dict | list) and bool(value)
        if is_list_or_map and not self._in_flow(path) and span.key is not None:
            column = self._column(span.key.offset)
            deeper = column + 2 if isinstance(value, dict) or self._style.indents_lists else column
            lines = self._style.block(value, deeper)
            colon = self._text.index(":", self._key_end(span))
            rest = self._text[end : self._line_end(end)]
            if rest.strip() and not rest.strip().startswith("#"):
                raise CannotRewriteError(f"{path} shares its line with something else")
            return self._joined(colon + 1, end, "", ["", *lines], rest)
        is_block = isinstance(path.resolve(self._manifest.json), dict | list)
        if is_block and span.key is not None and not self._is_flow(path) and old[:1] != "*":
            colon = self._text.index(":", self._key_end(span))
            return f"{self._text[: colon + 1]} {self._style.flow(value)}{self._text[end:]}"
        new = self._style.flow(value)
        if not is_list_or_map and not isinstance(value, dict | list):
            new = self._style.scalar(value, like=old)
        if old.endswith("\n"):
            new += self._style.newline
        before = self._text[:start]
        if not old and before[-1:] == ":":
            new = f" {new}"
        return before + new + self._text[end:]

    def _joined(self, start: int, end: int, head: str, lines: list[str], rest: str) -> str:
        """Lines in the place of a range; a comment behind it stays on the first line."""
        newline = self._style.newline
        first, *others = lines
        body = head + first + rest.rstrip() + newline + newline.join(others)
        after = end + len(rest)
        if self._text[after : after + 1] not in {"", "\r", "\n"}:
            body += newline
        return self._text[:start] + body + self._text[after:]

    # ---- inserting --------------------------------------------------------

    def _inserted(self, parent: FieldPath, step: Step, value: Any) -> str:
        children = self._own_children(parent)
        if self._is_flow(parent):
            return self._into_flow(parent, children, step, value)
        if not children:
            raise CannotRewriteError(f"{parent} has nothing of its own to stand beside")
        if isinstance(step, int):
            first = children[0]
            dash = self._dash(first.start.offset)
            lines = self._style.item(value, self._column(dash))
            if step < len(children):
                at = self._line_start(self._dash(children[step].start.offset))
                return self._with_lines(at, lines)
        else:
            key = children[0].key or children[0].start
            lines = self._style.entry(step, value, self._column(key.offset))
        return self._with_lines(self._behind(children[-1].end.offset), lines)

    def _with_lines(self, at: int, lines: list[str]) -> str:
        newline = self._style.newline
        before = self._text[:at]
        lead = newline if before and not before.endswith("\n") else ""
        tail = newline if not lead or at < len(self._text) else ""
        return before + lead + newline.join(lines) + tail + self._text[at:]

    def _into_flow(
        self, parent: FieldPath, children: Sequence[Span], step: Step, value: Any
    ) -> str:
        span = self._span(parent)
        inside = self._style.flow(value)
        if isinstance(step, str):
            inside = f"{self._style.key(step)}: {inside}"
        if not children:
            open_ = self._content(span) + 1
            return self._text[:open_] + inside + self._text[span.end.offset - 1 :]
        if isinstance(step, int) and step < len(children):
            at = children[step].start.offset
            return f"{self._text[:at]}{inside}, {self._text[at:]}"
        last = children[-1]
        begin, at = (last.key or last.start).offset, last.end.offset
        own_line = self._text[self._line_start(begin) : begin].strip() == ""
        gap = self._style.newline + " " * self._column(begin) if own_line else " "
        return f"{self._text[:at]},{gap}{inside}{self._text[at:]}"

    # ---- removing ---------------------------------------------------------

    def _removed(self, parent: FieldPath, step: Step) -> str:
        children = self._own_children(parent)
        span = self._span(parent / step)
        begin = (span.key or span.start).offset
        others = [c for c in children if (c.key or c.start).offset != begin]
        if len(others) == len(children):
            raise CannotRewriteError(f"{parent / step} comes in through a merge")
        if not others:
            return self._replaced(parent, [] if isinstance(step, int) else {})
        if self._is_flow(parent):
            following = [c for c in others if (c.key or c.start).offset > begin]
            if following:
                upto = (following[0].key or following[0].start).offset
                return self._text[:begin] + self._text[upto:]
            before = max(c.end.offset for c in others)
            return self._text[:before] + self._text[span.end.offset :]
        if isinstance(step, int):
            begin = self._dash(begin)
        start, end = self._line_start(begin), self._behind(span.end.offset)
        if self._text[start:begin].strip():
            following = [c for c in others if (c.key or c.start).offset > begin]
            if not following or isinstance(step, int):
                raise CannotRewriteError(f"{parent / step} shares its line with something else")
            start, end = begin, (following[0].key or following[0].start).offset
        return self._text[:start] + self._text[end:]

    # ---- looking ----------------------------------------------------------

    def _span(self, path: FieldPath) -> Span:
        span = self._manifest.span(path)
        if span is None:
            raise CannotRewriteError(f"{path} is not written in the file")
        return span

    def _own_children(self, parent: FieldPath) -> list[Span]:
        """The entries that stand within their parent, in the order of the text."""
        whole = self._span(parent)
        if self._text[whole.start.offset : whole.start.offset + 1] == "*":
            raise CannotRewriteError(f"{parent} is an alias: change by hand what it stands for")
        value = parent.resolve(self._manifest.json)
        steps: Sequence[Step] = list(value) if isinstance(value, dict) else range(len(value))
        found = [s for step in steps if (s := self._manifest.span(parent / step)) is not None]
        begin, end = whole.start.offset, whole.end.offset
        own = [s for s in found if begin <= (s.key or s.start).offset <= end]
        return sorted(own, key=lambda s: (s.key or s.start).offset)

    def _content(self, span: Span) -> int:
        """Where a value begins behind its anchor and tag."""
        match = _PROPERTIES.match(self._text, span.start.offset, span.end.offset)
        return match.end() if match is not None else span.start.offset

    def _is_flow(self, path: FieldPath) -> bool:
        at = self._content(self._span(path))
        return self._text[at : at + 1] in {"{", "["}

    def _in_flow(self, path: FieldPath) -> bool:
        """Whether a field stands within braces or brackets, itself aside."""
        return any(self._is_flow(FieldPath(path.steps[:n])) for n in range(len(path.steps)))

    def _key_end(self, span: Span) -> int:
        """Behind the key, quotes included."""
        at = span.key.offset if span.key is not None else span.start.offset
        quote = self._text[at : at + 1]
        return self._text.index(quote, at + 1) + 1 if quote in {"'", '"'} else at

    def _dash(self, item: int) -> int:
        dash = self._text.rfind("-", 0, item)
        if dash < 0 or _BLANK.fullmatch(self._text, dash + 1, item) is None:
            raise CannotRewriteError("a list is written in a way that is not known")
        return dash

    def _column(self, offset: int) -> int:
        return offset - self._line_start(offset)

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        """The end of the line, without its line break."""
        end = self._text.find("\n", offset)
        end = len(self._text) if end < 0 else end
        return end - 1 if self._text[end - 1 : end] == "\r" and end > offset else end

    def _behind(self, end: int) -> int:
        """The start of the line after the one on which a value ends."""
        if self._text[end - 1 : end] == "\n":
            return end
        newline = self._text.find("\n", end)
        return len(self._text) if newline < 0 else newline + 1
