"""The text of one document: where the fields of its object stand, and how each is changed.

https://yaml.org/spec/1.1/ : block collections by indentation, flow collections in braces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from efadoctor.collect.manifests import Manifest, Span
from efadoctor.model.fieldpath import FieldPath, Step
from efadoctor.preflight.differences import Difference
from efadoctor.preflight.yaml_style import Style

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLANK = re.compile(r"(?:\s|#[^\n]*(?=\n))*")


class CannotRewriteError(Exception):
    """A change that cannot be written into this text; the message says why."""


class Page:
    """The text of one document, and where the fields of its object stand in it."""

    def __init__(self, text: str, manifest: Manifest, style: Style) -> None:
        self._text = text
        self._manifest = manifest
        self._style = style

    def with_(self, difference: Difference) -> str:
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
