"""Puts one YAML document after the other together from the parser's events.

No recursion and no second look: whatever a document does (nests, repeats, refers to itself),
each event costs the same, and what aliases would unfold into is counted before it is built.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from efadoctor.bundle.limits import MAX_ALIASED, MAX_NESTING
from efadoctor.bundle.yaml_nodes import (
    Branch,
    ListNode,
    MappingNode,
    Node,
    Reference,
    event_start,
    start_of,
)
from efadoctor.bundle.yaml_scalars import Scalar, ScalarError, key_text, resolve, resolve_tagged

_MERGE = "<<"
_CHARACTERS_A_PART = 64
"""A long text weighs more than a short one, so that aliases to it cannot be piled up."""


class Document(msgspec.Struct):
    """One document: its value as plain JSON, and its tree, whose offsets count from ``base``."""

    number: int
    value: Any
    node: Node
    base: int


class YamlError(Exception):
    """What is wrong with a document, at which offset, and where the broken part began."""

    def __init__(self, reason: str, offset: int, since: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.since = since


class _Anchored(msgspec.Struct, frozen=True):
    """What an anchor names, and how many parts it has."""

    value: Any
    node: Node
    weight: int


class _Frame:
    """A mapping or list that is not finished."""

    __slots__ = ("branch", "key", "key_event", "merged", "value", "weight_before")

    def __init__(self, value: Any, branch: Branch, weight_before: int) -> None:
        self.value = value
        self.branch = branch
        self.weight_before = weight_before
        self.key: str | None = None
        self.key_event: yaml.ScalarEvent | None = None
        self.merged: list[tuple[dict[str, Any], MappingNode]] = []


class Builder:
    """Takes events one by one. ``number`` is that of the last document begun."""

    def __init__(self, base: int, number: int) -> None:
        self.base = base
        self.number = number
        self._aliased = 0
        self._plain: dict[str, Scalar] = {}
        self._take: dict[type[Any], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_list,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }
        self._clear()

    def _clear(self) -> None:
        self._frames: list[_Frame] = []
        self._frame: _Frame | None = None
        self._anchors: dict[str, _Anchored] = {}
        self._weight = 0
        self._value: Any = None
        self._node: Node | None = None

    def take(self, event: Any) -> Document | None:
        """The document that this event completes, if any and if there is something in it.

        Raises YamlError.
        """
        take = self._take.get(type(event))
        if take is not None:
            take(event)
        elif type(event) is yaml.DocumentEndEvent and self._value is not None and self._node:
            return Document(self.number, self._value, self._node, self.base)
        return None

    def _start_document(self, _event: Any) -> None:
        self.number += 1
        self._clear()

    # ---- scalars ------------------------------------------------------------

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._frame
        text = event.value
        weight = 1 + len(text) // _CHARACTERS_A_PART
        self._weight += weight
        value = self._meaning(event, text)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, event, weight)
        if frame is not None and frame.key is None and isinstance(frame.branch, MappingNode):
            self._key(frame, event, value)
        else:
            self._place(value, event)

    def _meaning(self, event: yaml.ScalarEvent, text: str) -> Scalar:
        try:
            if event.implicit[0]:
                if text not in self._plain:
                    self._plain[text] = resolve(text)
                return self._plain[text]
            return text if event.tag is None else resolve_tagged(text, event.tag)
        except ScalarError as error:
            raise self._wrong(str(error), event) from None

    def _key(self, frame: _Frame, event: yaml.ScalarEvent, value: Scalar) -> None:
        if event.value == _MERGE and event.implicit[0]:
            frame.key, frame.key_event = _MERGE, None
            return
        try:
            key = key_text(value, event.value)
        except ScalarError as error:
            raise self._wrong(str(error), event) from None
        if isinstance(frame.branch, MappingNode) and key in frame.value:
            first = event_start(frame.branch.keys[key])
            raise self._wrong(f"the key {key[:80]!r} occurs twice", event, first)
        frame.key, frame.key_event = key, event

    # ---- mappings and lists -------------------------------------------------

    def _start_mapping(self, event: yaml.MappingStartEvent) -> None:
        self._open({}, MappingNode(event))

    def _start_list(self, event: yaml.SequenceStartEvent) -> None:
        self._open([], ListNode(event))

    def _open(self, value: Any, branch: Branch) -> None:
        if len(self._frames) >= MAX_NESTING:
            raise self._wrong(f"nested more than {MAX_NESTING} levels deep", branch.start)
        frame = self._frame
        if frame is not None and frame.key is None and isinstance(frame.branch, MappingNode):
            raise self._wrong("a key must be a text, not a mapping or list", branch.start)
        self._frame = _Frame(value, branch, self._weight)
        self._frames.append(self._frame)
        self._weight += 1

    def _end(self, event: Any) -> None:
        frame = self._frames.pop()
        frame.branch.end = event
        for merged, node in frame.merged:
            _merge(frame, merged, node)
        self._frame = self._frames[-1] if self._frames else None
        anchor = frame.branch.start.anchor
        if anchor is not None:
            weight = self._weight - frame.weight_before
            self._anchors[anchor] = _Anchored(frame.value, frame.branch, weight)
        self._place(frame.value, frame.branch)

    def _place(self, value: Any, node: Node) -> None:
        """Puts a finished value where it belongs."""
        frame = self._frame
        if frame is None:
            self._value, self._node = value, node
        elif isinstance(frame.branch, ListNode):
            frame.value.append(value)
            frame.branch.children.append(node)
        elif frame.key is not None and frame.key_event is not None:
            frame.value[frame.key] = value
            frame.branch.children[frame.key] = node
            frame.branch.keys[frame.key] = frame.key_event
            frame.key = frame.key_event = None
        else:
            self._note_merge(frame, value, node)
            frame.key = None

    # ---- aliases ------------------------------------------------------------

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        anchored = self._anchors.get(name)
        if anchored is None:
            inside = any(frame.branch.start.anchor == name for frame in self._frames)
            reason = "stands for a part that it is in" if inside else "has no anchor"
            raise self._wrong(f"the alias *{name[:80]} {reason}", event)
        frame = self._frame
        if frame is not None and frame.key is None and isinstance(frame.branch, MappingNode):
            raise self._wrong("a key must be a text, not an alias", event)
        self._aliased += anchored.weight
        if self._aliased > MAX_ALIASED:
            raise self._wrong(f"aliases unfold into more than {MAX_ALIASED:,} parts", event)
        self._weight += anchored.weight
        self._place(anchored.value, Reference(event, anchored.node))

    def _note_merge(self, frame: _Frame, value: Any, node: Node) -> None:
        """``<<: *a`` or ``<<: [*a, *b]``: the keys come in when the mapping is complete."""
        target = node.target if isinstance(node, Reference) else node
        if isinstance(target, MappingNode):
            frame.merged.append((value, target))
        elif isinstance(target, ListNode) and all(isinstance(part, dict) for part in value):
            for part, part_node in zip(value, target.children, strict=True):
                self._note_merge(frame, part, part_node)
        else:
            raise YamlError("only mappings can be merged", self.base + start_of(node))

    def _wrong(self, reason: str, event: Any, since: int | None = None) -> YamlError:
        offset = self.base + event_start(event)
        return YamlError(reason, offset, None if since is None else self.base + since)


def _merge(frame: _Frame, merged: dict[str, Any], node: MappingNode) -> None:
    """Own keys win, then those of the first mapping named (https://yaml.org/type/merge.html)."""
    if not isinstance(frame.branch, MappingNode):
        return
    for key, value in merged.items():
        if key not in frame.value:
            frame.value[key] = value
            frame.branch.children[key] = node.children[key]
            frame.branch.keys[key] = node.keys[key]
