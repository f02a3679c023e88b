"""Classes of equal nodes: what refuses the pod there, and how much is free of what it asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from efadoctor.model.finding import Evidence
from efadoctor.model.kubernetes import Node
from efadoctor.model.reference import reference
from efadoctor.report import wording
from efadoctor.scheduling.refusals import InsufficientResource, Refusal, UntoleratedTaint
from efadoctor.tui.drawing.amounts import amount_text, bar
from efadoctor.tui.drawing.paragraphs import hanging
from efadoctor.tui.widgets.line_list import Line
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.kinds_of_node import KindOfNode, Room
from efadoctor.tui.work.scene import Scene

_BAR, _SHORTEST_BAR = 20, 6
_NAME, _SHORTEST_NAME = 24, 10
_ROOMY = 70


class NodesPane(Pane):
    """One block a class; ``enter`` opens a class to its nodes, and a node as YAML."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", key_display="enter"),
        Binding("e", "open_all", "open all", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._found: tuple[KindOfNode, ...] | None = None
        self._open: set[str] = set()

    def show_classes(self, classes: tuple[KindOfNode, ...]) -> None:
        """Show the classes that were found in the scene."""
        self._found = classes
        self.renew()

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        del scene
        if self._found is None:
            return [Line(Content.styled("◌ looking at the nodes…", "$key"))]
        if not self._found:
            return [Line(Content.styled("There are no nodes.", "$muted"))]
        return [line for found in self._found for line in self._block(found, width)]

    def _block(self, found: KindOfNode, width: int) -> Iterator[Line]:
        opened = found.nodes[0] in self._open
        key = f"class {found.nodes[0]}"
        heading = _heading(found, opened=opened).truncate(width, ellipsis=True)
        yield Line(heading, key, partial(_sought, found))
        if opened:
            yield from (Line(partial(_node, name), f"node {name}", name) for name in found.nodes)
        for content in _refusals(found, width):
            yield Line(content, of=key)
        whole = max((len(amount_text(r.resource, r.allocatable)) for r in found.rooms), default=0)
        for room in found.rooms:
            yield Line(_room(room, width, whole), of=key)
        yield Line(Content(), of=key)

    def action_choose(self) -> None:
        kind, _, name = self.key.partition(" ")
        if kind == "class":
            self._open ^= {name}
            self.renew()
        else:
            super().action_choose()

    def action_open_all(self) -> None:
        every = {found.nodes[0] for found in self._found or ()}
        self._open = set() if self._open == every else every
        self.renew()

    def evidence(self) -> Evidence | None:
        """The node under the cursor, as evidence of itself."""
        name = self.key.partition(" ")[2]
        scene = self._scene
        node = scene.judged.snapshot.get(Node, name) if scene is not None else None
        return Evidence(object=reference(node), field="") if node is not None else None


def _sought(found: KindOfNode) -> str:
    return f"{found.instance_type} {found.maker} {' '.join(found.nodes)}"


def _node(name: str) -> Content:
    return Content.assemble(("    ○ ", "$muted"), name)


def _heading(found: KindOfNode, *, opened: bool) -> Content:
    count = len(found.nodes)
    mark = ("✓", "$pass") if not found.refusals else ("✗", "$fail")
    number = wording.prose(found.nodes[0]) if count == 1 else f"{count:,} nodes"
    parts: list[tuple[str, str]] = [
        ("▾ " if opened else "▸ ", "$key"),
        (f"{mark[0]} ", f"bold {mark[1]}"),
        (f"{found.instance_type or 'node'}  ", "bold $strong"),
        (number, "$foreground"),
    ]
    parts += [(f"  {text}", "$muted") for text in (found.maker, ", ".join(found.zones)) if text]
    if found.chosen:
        parts.insert(4, ("  ◀ the pod's way in", "bold $key"))
    return Content.assemble(*parts)


def _refusals(found: KindOfNode, width: int) -> Iterator[Content]:
    """The first refusal is what the scheduler says; the others stand behind it."""
    said = list(dict.fromkeys(map(_refusal, found.refusals)))
    for number, text in enumerate(said):
        label = Content.styled("      refused  " if number == 0 else "         also  ", "$muted")
        style = "$fail" if number == 0 else "$foreground"
        yield from hanging(label, Content.styled(wording.one_line(text), style), width)


def _refusal(refusal: Refusal) -> str:
    if isinstance(refusal, UntoleratedTaint):
        taint = refusal.taint
        value = {"key": taint.key, "value": taint.value, "effect": taint.effect}
        return f"untolerated taint {wording.value_text(value)}"
    if isinstance(refusal, InsufficientResource) and not refusal.allocatable:
        return f"{refusal.reason} (it has none)"
    return refusal.reason


def _room(room: Room, width: int, widest: int) -> Content:
    """One resource; ``widest`` is the length of the longest amount beside it."""
    enough = room.free >= room.asked
    free = amount_text(room.resource, room.free)
    whole = amount_text(room.resource, room.allocatable)
    asked = amount_text(room.resource, room.asked)
    indent = "      " if width >= _ROOMY else "  "
    asks, has = f"  asks {asked:>6}", f"  free {free:>6} of {whole}"
    rest = width - len(indent) - len(asks) - len(has) - widest + len(whole) - 1
    wide = min(rest - _NAME, _BAR)
    wide = wide if wide >= _SHORTEST_BAR else 0
    name = max(min(rest - wide, _NAME), _SHORTEST_NAME)
    label = Content.styled(room.resource, "$muted" if enough else "bold $strong")
    label = label.truncate(name, ellipsis=True)
    return Content.assemble(
        indent,
        label,
        " " * (name - label.cell_length + 1),
        bar(room.free, room.asked, room.allocatable, wide) if wide else "",
        (asks, "$muted" if enough else "bold $fail"),
        (has, "$muted"),
    )
