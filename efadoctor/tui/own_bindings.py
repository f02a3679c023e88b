"""The bindings that are worth telling of: ours, not the scroll keys that every box has."""

from __future__ import annotations

from textual.app import App
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.dom import DOMNode
from textual.screen import Screen

_THEIRS = {
    (binding.action, binding.description)
    for kind in (App, Screen, ScrollableContainer)
    for binding in Binding.make_bindings(kind.BINDINGS)
}


def own_bindings(screen: Screen[object]) -> list[tuple[DOMNode, Binding]]:
    """Each action that can be taken on the screen now, once, with the node that takes it."""
    found: dict[str, tuple[DOMNode, Binding]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        theirs = (binding.action, binding.description) in _THEIRS or binding.system
        if binding.description and not theirs and active.enabled:
            found.setdefault(binding.action, (active.node, binding))
    return list(found.values())
