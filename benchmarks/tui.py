# ruff: noqa: INP001, T201
"""How quick the TUI is: its first paint as a ratio, a key's answer while a large cluster loads.

First paint: from the start of the process to the first text on a terminal of its own, against
an empty textual app with one line of text, in turns. A key: from its event to the moved cursor,
on the list of what is pending, while 5,000 nodes are decoded and the pods are judged.

    python benchmarks/tui.py [--write]

``--write`` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from select import select
from typing import Any

from page import write_section
from textual import events

from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.reading import Tell
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.widgets.pending_list import PendingList

ROUNDS = 7
NODES, JOBS = 5_000, 40
EFA = "vpc.amazonaws.com/efa"
TEXT = b"first-paint"

EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("first-paint")

Empty().run()
"""
OURS = """
from efadoctor.tui import open_live

open_live(lambda tell: iter(()), "default/some-pod", "first-paint")
"""
DEMO = """
from efadoctor.cli import main

main(["demo"])
"""


# ---- the first paint --------------------------------------------------------


def first_paint(program: str, awaited: bytes) -> float:
    """Seconds from the start of a process to this text on its terminal."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment.pop("CI", None)
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  (ourselves)
        [sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    said = b""
    while awaited not in said:
        if not select([master], [], [], 30)[0]:
            raise SystemExit(f"nothing was painted: {said[-300:]!r}")
        said += os.read(master, 65536)
    seconds = time.perf_counter() - started
    process.kill()
    process.wait()
    os.close(master)
    return seconds


def paints() -> dict[str, float]:
    """Medians, each program in turn so that a busy moment hits them all."""
    programs = {"empty": (EMPTY, TEXT), "ours": (OURS, TEXT), "demo": (DEMO, b"walkthrough")}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, (program, awaited) in programs.items():
            times[name].append(first_paint(program, awaited))
    return {name: statistics.median(found) for name, found in times.items()}


# ---- a key ------------------------------------------------------------------


def node(number: int) -> dict[str, Any]:
    """A node, of one of two types."""
    efa = number % 2 == 0
    labels = {
        "kubernetes.io/hostname": f"node-{number}",
        "node.kubernetes.io/instance-type": "p5.48xlarge" if efa else "m7i.large",
        "karpenter.sh/nodepool": "efa" if efa else "cpu",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number}", "labels": labels},
        "spec": {"taints": [{"key": EFA, "effect": "NoSchedule"}] if efa else []},
        "status": {"allocatable": {"cpu": "100", "pods": "110", EFA: "32" if efa else "0"}},
    }


def pod(number: int) -> dict[str, Any]:
    """A pod that waits, of a job of its own."""
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": f"job-{number}", "uid": str(number)}
    container = {"name": "c", "resources": {"requests": {EFA: "1"}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"pod-{number}", "namespace": "ml", "ownerReferences": [owner]},
        "spec": {"schedulerName": "default-scheduler", "containers": [container]},
        "status": {"phase": "Pending"},
    }


async def key_times() -> list[float]:
    """Seconds from each key to its answer, while the cluster is read and judged."""
    objects = [*map(node, range(NODES)), *map(pod, range(JOBS))]

    def read(_tell: Tell) -> Iterator[Snapshot]:
        yield Snapshot.from_objects(objects[NODES:], server_version="v1.36.2")
        yield Snapshot.from_objects(objects, server_version="v1.36.2")

    app = EfadoctorApp(read, None, "benchmark")
    times: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, PendingScreen)  # noqa: S101  (the first screen)
        lines = screen.query_one(PendingList)
        while len(lines.lines) < JOBS:
            await pilot.pause(0.01)
        down = True
        while not screen.is_judged or len(times) < ROUNDS:
            times.append(await _answered(app, lines, "down" if down else "up"))
            down = not down
            await asyncio.sleep(0.03)
    return times


async def _answered(app: EfadoctorApp, lines: PendingList, key: str) -> float:
    before, started = lines.cursor, time.perf_counter()
    app.post_message(events.Key(key, None))
    while lines.cursor == before and time.perf_counter() - started < 1:  # noqa: ASYNC110  (no hook)
        await asyncio.sleep(0.001)
    return time.perf_counter() - started


# ---- the table --------------------------------------------------------------


def table() -> str:
    """What was measured, as a section of the page."""
    painted = paints()
    keys = sorted(asyncio.run(key_times()))
    rows = [("first paint, an empty textual app", painted["empty"], "1")]
    for name, what in (("ours", "the TUI"), ("demo", "`efadoctor demo`")):
        ratio = painted[name] / painted["empty"]
        rows.append((f"first paint, {what}", painted[name], f"{ratio:.1f}"))
    middle, late = statistics.median(keys), keys[int(len(keys) * 0.95)]
    rows.append((f"a key while {NODES:,} nodes load, median of {len(keys)}", middle, ""))
    rows.append(("the same, 95 of 100", late, ""))
    head = "## Terminal UI\n\n| what | time | ratio |\n|---|---:|---:|\n"
    return head + "".join(f"| {a} | {b * 1000:.0f} ms | {c} |\n" for a, b, c in rows)


def main() -> None:
    """Measure, print, and on request keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    written = table()
    print(written)
    if parser.parse_args().write:
        write_section(written)


if __name__ == "__main__":
    main()
