"""The command palette: every action of the screen, and the page of every check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from efadoctor.tui.own_bindings import own_bindings

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class Actions(Provider):
    """What a key does, found by its words."""

    async def discover(self) -> Hits:
        for text, help_, run in self._all():
            yield DiscoveryHit(Content(text), run, text=text, help=help_)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for text, help_, run in self._all():
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, matcher.highlight(text), run, text=text, help=help_)

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        for node, binding in own_bindings(self.screen):
            run = partial(self.app.run_action, binding.action, node)
            yield binding.description, f"key {self.app.get_key_display(binding)}", run


class Pages(Provider):
    """The page of every check, by code and by name."""

    async def search(self, query: str) -> Hits:
        from efadoctor.packs import installed_checks

        matcher = self.matcher(query)
        for check in installed_checks():
            text = f"{check.code} {check.name}"
            score = matcher.match(text)
            if score > 0:
                run = partial(self._open, check)
                yield Hit(
                    score, matcher.highlight(text), run, text=text, help="the page of a check"
                )

    def _open(self, check: Check) -> None:
        from efadoctor.tui.screens.page import PageScreen

        self.app.push_screen(PageScreen(check))
