"""The last line: the keys that work here and now, as many as there is room for."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen

from efadoctor.tui.widgets.prose import Prose

_ALWAYS = "show_help"


class KeyBar(Prose):
    """Shows the active bindings in the order of focus, screen, app; help always fits."""

    def on_mount(self) -> None:
        self._places: list[tuple[int, int, str]] = []
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.renew()

    def content(self, width: int) -> Content:
        shown: dict[str, Binding] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in shown:
                shown[binding.action] = binding
        last = [b for a, b in shown.items() if a == _ALWAYS]
        others = [b for a, b in shown.items() if a != _ALWAYS]
        room = width - sum(self._length(b) for b in last)
        chosen: list[Binding] = []
        for binding in others:
            if self._length(binding) <= room:
                chosen.append(binding)
                room -= self._length(binding)
        return self._written([*chosen, *last])

    def _length(self, binding: Binding) -> int:
        return len(self.app.get_key_display(binding)) + len(binding.description) + 3

    def _written(self, bindings: list[Binding]) -> Content:
        self._places = []
        parts: list[tuple[str, str]] = []
        x = 0
        for binding in bindings:
            key = self.app.get_key_display(binding)
            parts += [(key, "bold $key"), (f" {binding.description}  ", "$muted")]
            end = x + self._length(binding)
            self._places.append((x, end, binding.action))
            x = end
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for start, end, action in self._places:
            if start <= offset.x < end:
                focused = self.screen.focused or self.screen
                for node in focused.ancestors_with_self:
                    if await self.app.run_action(action, node):
                        return
