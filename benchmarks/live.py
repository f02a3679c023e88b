# ruff: noqa: INP001, T201, S101, S603
"""How fast and how large a collection is, on a synthetic cluster served on loopback.

``make bench-live`` runs it and prints the table for docs/performance.md. Every figure is a
ratio to a plain transfer of the same bytes in the same minute, for a shared machine's clock
says little. The server sends pages that were made before, so that its own work is a copy.

    python benchmarks/live.py [--nodes 5000] [--pods 50000] [--modest] [--kubectl] [--write]

``--write`` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from large_cluster import Size
from page import write_section
from serving import PAGE, serving

ABOUT = """## Live

`make bench-live` serves a synthetic cluster on loopback (`benchmarks/live.py`), from a process of
its own that sends pages made beforehand:
{served}.
The median of {runs} runs of a whole process, its start included; what is diagnosed is diagnosed by
`efadoctor diagnose -o json`, from kubeconfig to causes with their plans. The aims: one pod in 4
times a plain transfer of the nodes plus 1.5 s and in 250 MB; everything pending in 6 times a
transfer of nodes and pods plus 1.5 s and in 700 MB.

Most of it is what is not asked for: of a large cluster only the pods of nodes that could serve
the pod in question are read. What is read is decoded straight into the few fields that are used,
page by page, with the garbage collector off; and equal parts of pods are kept once.

{table}"""

SUBJECT = "training/train-0-0"


class Run(NamedTuple):
    """What one way of reading cost."""

    wall: float
    cpu: float
    rss: float


def measured(command: list[str]) -> Run:
    """A command's wall clock, its own CPU seconds and its peak memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in (0, BLOCKED):
        sys.exit(f"{command[0]} failed: {said}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def median(runs: Iterable[Run]) -> Run:
    found = sorted(runs)
    return found[len(found) // 2]


def transfer(url: str, pages: int) -> list[str]:
    """Curl of all pages, packed, thrown away: what any client has to wait for."""
    urls = [f"{url}?limit={PAGE}" + (f"&continue={n * PAGE}" if n else "") for n in range(pages)]
    return [
        "curl",
        "-s",
        "-H",
        "Accept-Encoding: gzip",
        *(a for u in urls for a in ("-o", "/dev/null", u)),
    ]


_COLLECT = """
import sys
from efadoctor.collect.live import Request, collect
subject, kubeconfig = sys.argv[1] or None, sys.argv[2]
every = not subject
snapshot = collect(
    Request(subject=subject, kubeconfig=kubeconfig, all_namespaces=every, no_aws=True)
)
bad = [g for g in snapshot.gaps if g.source.startswith("cluster")]
if bad:
    print(bad[:3], file=sys.stderr)
    sys.exit(2)
"""
BLOCKED = 1
"""The exit status of a diagnosis that found a cause."""


def kubeconfig(port: int, folder: Path) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "me"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


class Row(NamedTuple):
    """What was measured, the transfer it is held against, and how much it may take."""

    name: str
    run: Run
    floor: Run
    times: float | None = None
    megabytes: int | None = None


START_UP = 1.5
"""Seconds that starting Python, kubernetes and the first connection may take."""


def table(rows: list[Row]) -> str:
    """The figures as Markdown; a share of 1 of an aim or less meets it."""
    lines = [
        "| what | of its aim in time | of its aim in memory | CPU s | peak MB |",
        "|---|---|---|---|---|",
    ]
    for name, run, floor, times, megabytes in rows:
        in_time, in_memory = f"{run.wall / floor.wall:.0f} times the transfer", ""
        if times is not None and megabytes is not None:
            in_time = f"{run.wall / (times * floor.wall + START_UP):.2f}"
            in_memory = f"{run.rss / megabytes:.2f}"
        lines.append(f"| {name} | {in_time} | {in_memory} | {run.cpu:.2f} | {run.rss:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    options = _options()
    size = Size(options.nodes, options.pods, options.pending, options.modest)
    with serving(size) as served, tempfile.TemporaryDirectory() as folder:
        found = table(_compare(options, served.port, Path(folder)))
    what = (
        f"{size.nodes:,} nodes ({served.nodes_mb:.0f} MB), {size.pods:,} pods"
        f" ({served.pods_mb:.0f} MB), {size.pending:,} of them pending"
    )
    print(f"{what}\n\n{found}")
    if options.write:
        write_section(ABOUT.format(served=what, runs=options.runs, table=found))


def _compare(options: argparse.Namespace, port: int, folder: Path) -> list[Row]:
    root = f"http://127.0.0.1:{port}/api/v1"
    config = str(kubeconfig(port, folder))

    def times(command: list[str]) -> Run:
        return median(measured(command) for _ in range(options.runs))

    def collected(subject: str) -> Run:
        return times([sys.executable, "-c", _COLLECT, subject, config])

    def diagnosed(subject: str) -> Run:
        efadoctor = [sys.executable, "-m", "efadoctor", "diagnose", subject or "-A"]
        return times([*efadoctor, "--kubeconfig", config, "--no-aws", "--output", "json"])

    nodes = times(transfer(f"{root}/nodes", -(-options.nodes // PAGE)))
    pods = times(transfer(f"{root}/pods", -(-options.pods // PAGE)))
    both = Run(nodes.wall + pods.wall, nodes.cpu + pods.cpu, pods.rss)
    rows = [
        Row("one pod, collected", collected(SUBJECT), nodes, 4, 250),
        Row("every pending pod (`-A`), collected", collected(""), both, 6, 700),
    ]
    if options.diagnose:
        rows += [
            Row("one pod, diagnosed", diagnosed(SUBJECT), nodes, 4, 250),
            Row("every pending pod (`-A`), diagnosed", diagnosed(""), both, 6, 700),
        ]
    kubectl = shutil.which("kubectl")
    if options.kubectl and kubectl:
        rows += [
            Row(f"`kubectl get {kind} -o json`", _kubectl(kubectl, port, kind, folder), floor)
            for kind, floor in (("nodes", nodes), ("pods", pods))
        ]
    return rows


def _kubectl(kubectl: str, port: int, kind: str, folder: Path) -> Run:
    """Once, for it takes long."""
    server = f"--server=http://127.0.0.1:{port}"
    cache = f"--cache-dir={folder / 'cache'}"
    return measured([kubectl, server, cache, "get", kind, "-A", "-o", "json"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--pods", type=int, default=50_000)
    parser.add_argument("--pending", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--modest", action="store_true", help="pods that any node could take")
    parser.add_argument("--diagnose", action="store_true", help="from cluster to causes too")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--kubectl", action="store_true", help="kubectl too, which takes minutes")
    return parser.parse_args()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
