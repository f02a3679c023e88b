"""Puts one YAML document after the other together from the parser's events.

No recursion and no second look: whatever a document does (nests, repeats, refers to itself),
each event costs the same, and what aliases would unfold into is counted before it is built.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from efadoctor.bundle.limits import MAX_ALIASED, MAX_NESTING
from efadoctor.bundle.yaml_nodes import ListNode, MappingNode, Node, Reference, extent_of
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

    __slots__ = ("anchor", "key", "key_start", "merged", "node", "value", "weight_before")

    def __init__(self, value: Any, node: MappingNode | ListNode, anchor: str | None) -> None:
        self.value = value
        self.node = node
        self.anchor = anchor
        self.weight_before = 0
        self.key: str | None = None
        self.key_start = 0
        self.merged: list[tuple[dict[str, Any], MappingNode]] = []

    @property
    def awaits_key(self) -> bool:
        return self.key is None and isinstance(self.node, MappingNode)


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
        self._last_end = 0
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

    def _scalar(self, event: Any) -> None:
        frame = self._frame
        text = event.value
        start = event.start_mark.index
        end = self._last_end = event.end_mark.index
        weight = 1 + len(text) // _CHARACTERS_A_PART
        self._weight += weight
        value = self._meaning(event, text)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, (start, end), weight)
        if frame is not None and frame.awaits_key:
            self._key(frame, event, value)
        else:
            self._place(value, (start, end))

    def _meaning(self, event: Any, text: str) -> Scalar:
        try:
            if event.implicit[0]:
                if text not in self._plain:
                    self._plain[text] = resolve(text)
                return self._plain[text]
            return text if event.tag is None else resolve_tagged(text, event.tag)
        except ScalarError as error:
            raise self._wrong(str(error), event) from None

    def _key(self, frame: _Frame, event: Any, value: Scalar) -> None:
        frame.key_start = event.start_mark.index
        if event.value == _MERGE and event.implicit[0]:
            frame.key = _MERGE
            frame.key_start = -1
            return
        try:
            key = key_text(value, event.value)
        except ScalarError as error:
            raise self._wrong(str(error), event) from None
        if isinstance(frame.node, MappingNode) and key in frame.value:
            raise self._wrong(f"the key {key[:80]!r} occurs twice", event, frame.node.keys[key])
        frame.key = key

    # ---- mappings and lists -------------------------------------------------

    def _start_mapping(self, event: Any) -> None:
        self._open(event, _Frame({}, MappingNode(event.start_mark.index), event.anchor))

    def _start_list(self, event: Any) -> None:
        self._open(event, _Frame([], ListNode(event.start_mark.index), event.anchor))

    def _open(self, event: Any, frame: _Frame) -> None:
        if len(self._frames) >= MAX_NESTING:
            raise self._wrong(f"nested more than {MAX_NESTING} levels deep", event)
        if self._frame is not None and self._frame.awaits_key:
            raise self._wrong("a key must be a text, not a mapping or list", event)
        frame.weight_before = self._weight
        self._weight += 1
        self._last_end = event.end_mark.index
        self._frame = frame
        self._frames.append(frame)

    def _end(self, event: Any) -> None:
        frame = self._frames.pop()
        self._frame = self._frames[-1] if self._frames else None
        if event.end_mark.index > event.start_mark.index:
            self._last_end = event.end_mark.index
        # without a closing bracket it ends where its last part did
        frame.node.end = self._last_end
        for merged, node in frame.merged:
            _merge(frame, merged, node)
        if frame.anchor is not None:
            weight = self._weight - frame.weight_before
            self._anchors[frame.anchor] = _Anchored(frame.value, frame.node, weight)
        self._place(frame.value, frame.node)

    def _place(self, value: Any, node: Node) -> None:
        """Puts a finished value where it belongs."""
        frame = self._frame
        if frame is None:
            self._value, self._node = value, node
        elif isinstance(frame.node, ListNode):
            frame.value.append(value)
            frame.node.children.append(node)
        elif frame.key is not None and frame.key_start >= 0:
            frame.value[frame.key] = value
            frame.node.children[frame.key] = node
            frame.node.keys[frame.key] = frame.key_start
            frame.key = None
        else:
            self._note_merge(frame, value, node)
            frame.key = None

    # ---- aliases ------------------------------------------------------------

    def _alias(self, event: Any) -> None:
        name = str(event.anchor)
        anchored = self._anchors.get(name)
        if anchored is None:
            inside = any(frame.anchor == name for frame in self._frames)
            reason = "stands for a part that it is in" if inside else "has no anchor"
            raise self._wrong(f"the alias *{name[:80]} {reason}", event)
        if self._frame is not None and self._frame.awaits_key:
            raise self._wrong("a key must be a text, not an alias", event)
        self._aliased += anchored.weight
        if self._aliased > MAX_ALIASED:
            raise self._wrong(f"aliases unfold into more than {MAX_ALIASED:,} parts", event)
        self._weight += anchored.weight
        self._last_end = event.end_mark.index
        node = Reference(event.start_mark.index, event.end_mark.index, anchored.node)
        self._place(anchored.value, node)

    def _note_merge(self, frame: _Frame, value: Any, node: Node) -> None:
        """``<<: *a`` or ``<<: [*a, *b]``: the keys come in when the mapping is complete."""
        target = node.target if isinstance(node, Reference) else node
        if isinstance(target, MappingNode):
            frame.merged.append((value, target))
        elif isinstance(target, ListNode) and all(isinstance(part, dict) for part in value):
            for part, part_node in zip(value, target.children, strict=True):
                self._note_merge(frame, part, part_node)
        else:
            raise YamlError("only mappings can be merged", self.base + extent_of(node)[0])

    def _wrong(self, reason: str, event: Any, since: int | None = None) -> YamlError:
        offset = self.base + int(event.start_mark.index)
        return YamlError(reason, offset, None if since is None else self.base + since)


def _merge(frame: _Frame, merged: dict[str, Any], node: MappingNode) -> None:
    """Own keys win, then those of the first mapping named (https://yaml.org/type/merge.html)."""
    if not isinstance(frame.node, MappingNode):
        return
    for key, value in merged.items():
        if key not in frame.value:
            frame.value[key] = value
            frame.node.children[key] = node.children[key]
            frame.node.keys[key] = node.keys[key]
