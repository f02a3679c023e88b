"""Where the parts of a YAML document stand in its text.

The tree mirrors the JSON value that was read with it: a scalar is its event, mappings
and lists have children, an alias refers to what its anchor named. Places are character offsets.
"""

from typing import Any

import yaml

from efadoctor.model.fieldpath import Step


class MappingNode:
    """A mapping; keys that were merged in stand where they were written."""

    __slots__ = ("children", "end", "keys", "start")

    def __init__(self, start: yaml.MappingStartEvent) -> None:
        self.start = start
        self.end: yaml.Event = start
        self.children: dict[str, Node] = {}
        self.keys: dict[str, yaml.ScalarEvent] = {}


class ListNode:
    """A list."""

    __slots__ = ("children", "end", "start")

    def __init__(self, start: yaml.SequenceStartEvent) -> None:
        self.start = start
        self.end: yaml.Event = start
        self.children: list[Node] = []


class Reference:
    """An alias, and what it stands for."""

    __slots__ = ("event", "target")

    def __init__(self, event: yaml.AliasEvent, target: "Node") -> None:
        self.event = event
        self.target = target


Branch = MappingNode | ListNode
Node = MappingNode | ListNode | Reference | yaml.ScalarEvent


def child(node: Node, step: Step) -> tuple[yaml.ScalarEvent | None, Node] | None:
    """The key (None in a list) and the node one step below; None where there is none."""
    if isinstance(node, Reference):
        node = node.target
    if isinstance(node, MappingNode) and isinstance(step, str):
        found = node.children.get(step)
        return None if found is None else (node.keys.get(step), found)
    if isinstance(node, ListNode) and isinstance(step, int) and 0 <= step < len(node.children):
        return (None, node.children[step])
    return None


def start_of(node: Node) -> int:
    """The offset of a node's first character, anchor and tag included."""
    return event_start(_first_event(node))


def end_of(node: Node) -> int:
    """The offset behind a node's last character: of its last child where it has no bracket."""
    while isinstance(node, Branch) and event_start(node.end) == event_end(node.end):
        inside = node.children if isinstance(node, ListNode) else node.children.values()
        own = [c for c in inside if start_of(c) >= start_of(node)]
        if not own:
            return event_end(node.start)
        node = max(own, key=start_of)
    return event_end(node.end if isinstance(node, Branch) else _first_event(node))


def event_start(event: Any) -> int:
    """The offset of an event's first character."""
    return int(event.start_mark.index)


def event_end(event: Any) -> int:
    """The offset behind an event's last character."""
    return int(event.end_mark.index)


def _first_event(node: Node) -> Any:
    if isinstance(node, Branch):
        return node.start
    return node.event if isinstance(node, Reference) else node
