"""Pictures of the TUI for README and docs, taken of the incident that ships: ``make pictures``.

Each is an SVG as textual exports it, without the web font that it would fetch. ``demo.svg``
is a short recording: the frames of a session, one after another.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from efadoctor.incidents import incidents
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.pending import PendingScreen

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
FONTS = '"Fira Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
PATIENCE = 30.0
SECONDS = 2.6
"""How long a frame of the recording stands."""

WIDE, LOW = (120, 40), (80, 24)
PICTURES: dict[str, tuple[str, tuple[int, int], str, Sequence[str]]] = {
    "cause": ("walkthrough", WIDE, "dark", ()),
    "cause-light": ("walkthrough", WIDE, "light", ("j",)),
    "cause-80x24": ("walkthrough", LOW, "dark", ()),
    "what-if": ("walkthrough", WIDE, "dark", ("6", "space", "j", "space")),
    "what-if-proved": ("walkthrough", WIDE, "dark", ("6", "a")),
    "nodes": ("walkthrough", WIDE, "dark", ("2",)),
    "yaml": ("walkthrough", (100, 30), "dark", ("y",)),
    "page": ("walkthrough", (100, 34), "dark", ("d",)),
    "node-without-efa": ("node-without-efa", WIDE, "dark", ()),
}
"""By name: the incident, columns and rows, the theme, and the keys that lead there."""

RECORDING: Sequence[Sequence[str]] = (
    (),
    ("j",),
    ("j",),
    ("k", "k", "space"),
    ("space",),
    ("space",),
)
"""The keys between one frame and the next."""


async def frames(
    name: str, size: tuple[int, int], theme: str, steps: Sequence[Sequence[str]]
) -> list[str]:
    """A picture after each step of a session."""
    incident = next(i for i in incidents() if i.name == name)
    app = EfadoctorApp(lambda _: iter((incident.snapshot(),)), incident.subject, f"demo {name}")
    pictures: list[str] = []
    async with app.run_test(size=size) as pilot:
        app.theme = f"efadoctor-{theme}"
        for keys in steps:
            for key in ("", *keys):
                if key:
                    await pilot.press(key)
                deadline = monotonic() + PATIENCE
                while not _is_quiet(app) and monotonic() < deadline:
                    await pilot.pause(0.02)
            await pilot.pause()
            pictures.append(_without_web_font(app.export_screenshot(title="efadoctor")))
    return pictures


def _is_quiet(app: EfadoctorApp) -> bool:
    screen = app.screen_stack[0]
    judged = not isinstance(screen, DiagnosisScreen | PendingScreen) or screen.is_judged
    working = any(w.is_running for w in app.workers if w.group in ("judging", "nodes"))
    return judged and not working


def _without_web_font(picture: str) -> str:
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return picture.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")


def _recording(pictures: Sequence[str]) -> str:
    """One SVG that shows each picture in turn; the last stands longest."""
    size = re.search(r'viewBox="([^"]+)"', pictures[0])
    count = len(pictures) + 1
    share = 100 / count
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size[1] if size else ""}">']
    shown = [f"0%, {share:.2f}% {{ opacity: 1 }} {share + 0.01:.2f}%, 100% {{ opacity: 0 }}"]
    parts.append(f"<style>@keyframes frame {{ {shown[0]} }}")
    last = 2 * share
    parts.append(f"@keyframes last {{ 0%, {last:.2f}% {{ opacity: 1 }} ")
    parts.append(f"{last + 0.01:.2f}%, 100% {{ opacity: 0 }} }}")
    for number in range(len(pictures)):
        kind = "last" if number == len(pictures) - 1 else "frame"
        delay = f"{number * SECONDS:.1f}s"
        time = f"{count * SECONDS:.1f}s"
        first = "1" if number == 0 else "0"
        parts.append(
            f".frame-{number} {{ opacity: {first}; "
            f"animation: {kind} {time} step-end {delay} infinite }}"
        )
    parts.append("</style>")
    for number, picture in enumerate(pictures):
        parts.append(f'<g class="frame-{number}">{picture}</g>')
    return "\n".join([*parts, "</svg>\n"])


async def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (incident, size, theme, keys) in PICTURES.items():
        picture = (await frames(incident, size, theme, (tuple(keys),)))[-1]
        (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(f"docs/pictures/{name}.svg")
    session = await frames("walkthrough", (100, 32), "dark", RECORDING)
    (FOLDER / "demo.svg").write_text(_recording(session), encoding="utf-8")
    print("docs/pictures/demo.svg")


if __name__ == "__main__":
    asyncio.run(main())
