"""Where the parts of a YAML document stand in its text.

The tree mirrors the JSON value that was read with it, in character offsets. A scalar is no
more than its extent: a file has hundreds of thousands, and what is kept of each is what
reading it costs.
"""

from efadoctor.model.fieldpath import Step

Extent = tuple[int, int]
"""From the first character (anchor and tag included) to behind the last."""


class MappingNode:
    """A mapping; keys that were merged in stand where they were written."""

    __slots__ = ("children", "end", "keys", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.children: dict[str, Node] = {}
        self.keys: dict[str, int] = {}


class ListNode:
    """A list."""

    __slots__ = ("children", "end", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.children: list[Node] = []


class Reference:
    """An alias, and what it stands for."""

    __slots__ = ("end", "start", "target")

    def __init__(self, start: int, end: int, target: "Node") -> None:
        self.start = start
        self.end = end
        self.target = target


Node = MappingNode | ListNode | Reference | Extent


def child(node: Node, step: Step) -> tuple[int | None, Node] | None:
    """The key's offset (None in a list) and the node one step below; None where nothing is."""
    if isinstance(node, Reference):
        node = node.target
    if isinstance(node, MappingNode) and isinstance(step, str):
        found = node.children.get(step)
        return None if found is None else (node.keys.get(step), found)
    if isinstance(node, ListNode) and isinstance(step, int) and 0 <= step < len(node.children):
        return (None, node.children[step])
    return None


def extent_of(node: Node) -> Extent:
    """Where a node begins and ends; an alias is no longer than its name."""
    return node if isinstance(node, tuple) else (node.start, node.end)
