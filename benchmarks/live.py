# ruff: noqa: INP001, T201, S101, S603, E501
"""How fast and how large a collection is, on a synthetic cluster served on loopback.

``make bench-live`` runs it and prints the table for docs/performance.md. Every figure is a
ratio to a plain transfer of the same bytes in the same minute, for a shared machine's clock
says little. The server sends pages that were made before, so that its own work is a copy.

    python benchmarks/live.py [--nodes 5000] [--pods 50000] [--modest] [--kubectl] [--write]

``--write`` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
SECTION = re.compile(r"## Live\n.*?(?=\n## |\Z)", re.DOTALL)
ABOUT = """## Live

`make bench-live` serves a synthetic cluster on loopback (`benchmarks/live.py`), from a process of
its own that sends pages made beforehand:
{served}.
The median of {runs} runs of a whole process, its start included. The aims: one pod in 4 times a
plain transfer of the nodes plus 1.5 s and in 250 MB; everything pending in 6 times a transfer of
nodes and pods plus 1.5 s and in 700 MB.

Most of it is what is not asked for: of a large cluster only the pods of nodes that could serve
the pod in question are read. What is read is decoded straight into the few fields that are used,
page by page, with the garbage collector off; and equal parts of pods are kept once.

{table}"""

PAGE = 500
EFA_NODES = 40
KINDS = 20
SUBJECT = "training/train-0-0"


class Run(NamedTuple):
    """What one way of reading cost."""

    wall: float
    cpu: float
    rss: float
    sent: float = 0.0


# ---- a cluster --------------------------------------------------------------


def node(number: int) -> dict[str, Any]:
    """A node of about 20 kB: labels, conditions, and what makes it large, its images."""
    efa = number < EFA_NODES
    name = f"ip-10-{number >> 8 & 255}-{number & 255}-1.us-west-2.compute.internal"
    kind = "p5.48xlarge" if efa else "m5.2xlarge"
    resources = {"cpu": "8", "memory": "32Gi", "pods": "58", "ephemeral-storage": "100Gi"}
    if efa:
        resources |= {
            "cpu": "192",
            "memory": "2048Gi",
            "nvidia.com/gpu": "8",
            "vpc.amazonaws.com/efa": "32",
        }
    return {
        "metadata": {
            "name": name,
            "uid": noise(number, 36),
            "resourceVersion": str(100000 + number),
            "creationTimestamp": "2026-11-01T00:00:00Z",
            "labels": {
                "node.kubernetes.io/instance-type": kind,
                "topology.kubernetes.io/zone": f"us-west-2{'abc'[number % 3]}",
                "topology.kubernetes.io/region": "us-west-2",
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "karpenter.sh/nodepool": "efa" if efa else "web",
                **{f"label-{n}.example.com/key": f"value-{number}-{n}" for n in range(10)},
            },
            "annotations": {"csi.volume.kubernetes.io/nodeid": "x" * 100, "note": "y" * 400},
            "managedFields": [
                {
                    "manager": "kubelet",
                    "fieldsV1": {f"f:field-{n}": {"f:x": {}} for n in range(120)},
                }
            ],
        },
        "spec": {
            "providerID": f"aws:///us-west-2a/i-{number:017x}",
            "taints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
            if efa
            else [],
        },
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                {
                    "type": t,
                    "status": "True" if t == "Ready" else "False",
                    "reason": "KubeletHas" + t,
                    "message": f"kubelet says {t} " * 3,
                    "lastHeartbeatTime": "2026-11-20T09:00:00Z",
                    "lastTransitionTime": "2026-11-01T00:01:00Z",
                }
                for t in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
            ],
            "images": [
                {
                    "names": [
                        f"registry.example.com/team-{n}/image@sha256:{noise(n * 31 + number % 50, 64)}",
                        f"registry.example.com/team-{n}/image:v1.{n}.{number % 97}",
                    ],
                    "sizeBytes": 123456789 + n,
                }
                for n in range(75)
            ],
            "nodeInfo": {
                "kubeletVersion": "v1.36.2-eks-1",
                "architecture": "amd64",
                "operatingSystem": "linux",
            },
        },
    }


def noise(number: int, length: int) -> str:
    """Hexadecimal digits that do not pack well, as digests and ids do not."""
    return hashlib.shake_128(str(number).encode()).hexdigest(length // 2)


def pod(number: int, nodes: int, pending: int, *, modest: bool) -> dict[str, Any]:
    """A pod of about 6 kB; the first ``pending`` of them wait, of so many kinds.

    ``modest`` pods would fit on any node, so that the pods of all nodes count.
    """
    waits = number < pending
    kind = number % KINDS
    name = f"train-{kind}-{number // KINDS}" if waits else f"web-{number % 700}-{number:06x}"
    owner = f"train-{kind}" if waits else f"web-{number % 700}"
    resources = (
        {"cpu": "16", "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": str(4 + kind % 8)}
        if waits
        else {"cpu": "250m", "memory": "512Mi"}
    )
    found: dict[str, Any] = {
        "metadata": {
            "name": name,
            "namespace": "training" if waits else f"team-{number % 50}",
            "uid": noise(-number, 36),
            "resourceVersion": str(200000 + number),
            "creationTimestamp": "2026-11-20T08:00:00Z",
            "labels": {"app": owner, "pod-template-hash": f"{number % 700:08x}"},
            "annotations": {"prometheus.io/scrape": "true", "checksum/config": "z" * 64},
            "ownerReferences": [
                {
                    "apiVersion": "batch/v1" if waits else "apps/v1",
                    "kind": "Job" if waits else "ReplicaSet",
                    "name": owner,
                    "uid": f"20000000-0000-0000-0000-{kind if waits else 1000 + number % 700:012d}",
                    "controller": True,
                }
            ],
            "managedFields": [
                {
                    "manager": "controller",
                    "fieldsV1": {f"f:field-{n}": {"f:x": {}} for n in range(45)},
                }
            ],
        },
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "image": f"registry.example.com/{owner}:v1",
                    "command": ["/bin/serve", "--flag"],
                    "env": [
                        {
                            "name": f"VARIABLE_{n}",
                            "value": f"value-{n}-{noise(number % 700 + n, 16)}",
                        }
                        for n in range(20)
                    ],
                    "resources": {"requests": resources, "limits": resources},
                    "volumeMounts": [
                        {"name": "token", "mountPath": "/var/run/secrets/x", "readOnly": True}
                    ],
                    "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
                }
            ],
            "volumes": [
                {
                    "name": "token",
                    "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]},
                }
            ],
            "tolerations": [
                {
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                },
                {
                    "key": "node.kubernetes.io/unreachable",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                },
            ],
            "serviceAccountName": "default",
            "schedulerName": "default-scheduler",
            "priority": 0,
        },
        "status": {
            "phase": "Pending" if waits else "Running",
            "conditions": [
                {"type": t, "status": "True", "lastTransitionTime": "2026-11-20T08:00:01Z"}
                for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
        },
    }
    if waits and modest:
        for side in ("requests", "limits"):
            found["spec"]["containers"][0]["resources"][side] = {"cpu": str(1 + kind % 4)}
    if not waits:
        # the web pods stay on the nodes that they can have
        on = EFA_NODES + number % (nodes - EFA_NODES)
        found["spec"]["nodeName"] = node_name(on)
        found["status"]["containerStatuses"] = [
            {
                "name": "main",
                "ready": True,
                "restartCount": 0,
                "image": f"registry.example.com/{owner}:v1",
                "imageID": f"registry.example.com/{owner}@sha256:{noise(number % 700, 64)}",
                "containerID": f"containerd://{noise(number + 7, 64)}",
                "state": {"running": {"startedAt": "2026-11-20T08:00:10Z"}},
            }
        ]
    return found


def node_name(number: int) -> str:
    return f"ip-10-{number >> 8 & 255}-{number & 255}-1.us-west-2.compute.internal"


def job(kind: int, *, modest: bool) -> dict[str, Any]:
    template = {"spec": pod(kind, EFA_NODES + 1, KINDS, modest=modest)["spec"]}
    return {
        "metadata": {
            "name": f"train-{kind}",
            "namespace": "training",
            "uid": f"20000000-0000-0000-0000-{kind:012d}",
        },
        "spec": {"selector": {"matchLabels": {"app": f"train-{kind}"}}, "template": template},
        "status": {},
    }


# ---- a server of pages ------------------------------------------------------


def version(group: str) -> dict[str, str]:
    return {"groupVersion": f"{group}/v1", "version": "v1"}


class Pages:
    """Answers made before they are asked for: bytes, and the same bytes packed."""

    def __init__(self, nodes: int, pods: int, pending: int, *, modest: bool) -> None:
        self.answers: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        self._put("/version", "", {"gitVersion": "v1.36.2"})
        groups = [
            "apps",
            "batch",
            "storage.k8s.io",
            "scheduling.k8s.io",
            "resource.k8s.io",
            "apiextensions.k8s.io",
        ]
        listed = [
            {"name": g, "versions": [version(g)], "preferredVersion": version(g)} for g in groups
        ]
        self._put("/api", "", {"kind": "APIVersions", "versions": ["v1"]})
        served = [
            {"name": n, "kind": k, "namespaced": n == "pods", "verbs": ["get", "list"]}
            for n, k in (("nodes", "Node"), ("pods", "Pod"))
        ]
        named = {"kind": "APIResourceList", "groupVersion": "v1", "resources": served}
        self._put("/api/v1", "", named)
        self._put("/apis", "", {"kind": "APIGroupList", "groups": listed})
        self._list("/api/v1/nodes", "NodeList", [node(n) for n in range(nodes)])
        every = [pod(n, nodes, pending, modest=modest) for n in range(pods)]
        self._list("/api/v1/pods", "PodList", every)
        waiting = [p for p in every if "nodeName" not in p["spec"]]
        self._list("/api/v1/pods?spec.nodeName=", "PodList", waiting)
        for p in waiting[:KINDS]:
            meta = p["metadata"]
            self._put(
                f"/api/v1/namespaces/training/pods/{meta['name']}",
                "",
                {"kind": "Pod", "apiVersion": "v1", **p},
            )
        for kind in range(KINDS):
            thing = {"kind": "Job", "apiVersion": "batch/v1", **job(kind, modest=modest)}
            self._put(f"/apis/batch/v1/namespaces/training/jobs/train-{kind}", "", thing)
            mine = [p for p in waiting if p["metadata"]["labels"]["app"] == f"train-{kind}"]
            self._list(f"/api/v1/namespaces/training/pods?app=train-{kind}", "PodList", mine)
        self.sizes = {
            p: sum(len(a[0]) for (q, _), a in self.answers.items() if q == p)
            for p, _ in self.answers
        }

    def _put(self, path: str, token: str, thing: Any) -> None:
        raw = json.dumps(thing, separators=(",", ":")).encode()
        self.answers[path, token] = (raw, gzip.compress(raw, 1))

    def _list(self, path: str, kind: str, items: list[Any]) -> None:
        for start in range(0, max(1, len(items)), PAGE):
            meta = {"resourceVersion": "1"}
            if start + PAGE < len(items):
                meta["continue"] = str(start + PAGE)
            page = {
                "kind": kind,
                "apiVersion": "v1",
                "metadata": meta,
                "items": items[start : start + PAGE],
            }
            self._put(path, str(start) if start else "", page)


def serve(options: argparse.Namespace, ready: Any, stop: Any) -> None:
    """Runs in a process of its own, so that its memory and time are not the client's."""
    pages = Pages(options.nodes, options.pods, options.pending, modest=options.modest)
    empty = json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []}).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            selector = query.get("fieldSelector") or query.get("labelSelector") or ""
            key = split.path + (f"?{selector}" if selector else "")
            found = pages.answers.get((key, query.get("continue", "")), (empty, empty))
            status = 200
            if found[0] is empty and re.search(
                r"/(configmaps|customresourcedefinitions)/", split.path
            ):
                found, status = (b'{"kind":"Status"}', b'{"kind":"Status"}'), 404
            packed = "gzip" in self.headers.get("Accept-Encoding", "") and found[1] is not found[0]
            body = found[1] if packed else found[0]
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready.put((server.server_address[1], pages.sizes))
    stop.wait()


# ---- measuring --------------------------------------------------------------


def measured(command: list[str], env: dict[str, str] | None = None) -> Run:
    """A command's wall clock, its own CPU seconds and its peak memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"{command[0]} failed: {said}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def median(runs: Iterator[Run]) -> Run:
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
snapshot = collect(Request(subject=subject, kubeconfig=kubeconfig, all_namespaces=not subject, no_aws=True))
bad = [g for g in snapshot.gaps if g.source.startswith("cluster")]
sys.exit(repr(bad[:3]) if bad else 0)
"""
_DIAGNOSE = """
import sys
from efadoctor.collect.live import Request, collect
from efadoctor.diagnosis import diagnose, diagnose_pending
subject, kubeconfig = sys.argv[1] or None, sys.argv[2]
snapshot = collect(Request(subject=subject, kubeconfig=kubeconfig, all_namespaces=not subject, no_aws=True))
print(diagnose(snapshot, subject) if subject else len(diagnose_pending(snapshot)))
"""


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


def write(text: str) -> None:
    """Puts the section into the page, in the place of the old one."""
    page = DOCUMENT.read_text() if DOCUMENT.exists() else "# Performance\n"
    if SECTION.search(page):
        page = SECTION.sub(lambda _: text.rstrip("\n") + "\n", page)
    else:
        page = page.rstrip("\n") + "\n\n" + text
    DOCUMENT.write_text(page)


def main() -> None:
    options = _options()
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Queue(), context.Event()
    server = context.Process(target=serve, args=(options, ready, stop), daemon=True)
    server.start()
    port, sizes = ready.get()
    nodes, pods = (sizes[f"/api/v1/{kind}"] / 1e6 for kind in ("nodes", "pods"))
    served = (
        f"{options.nodes:,} nodes ({nodes:.0f} MB), {options.pods:,} pods ({pods:.0f} MB),"
        f" {options.pending:,} of them pending"
    )
    with tempfile.TemporaryDirectory() as folder:
        found = table(_compare(options, port, Path(folder)))
    stop.set()
    server.join()
    print(f"{served}\n\n{found}")
    if options.write:
        write(ABOUT.format(served=served, runs=options.runs, table=found))


def _compare(options: argparse.Namespace, port: int, folder: Path) -> list[Row]:
    root = f"http://127.0.0.1:{port}/api/v1"
    config = str(kubeconfig(port, folder))

    def times(command: list[str], env: dict[str, str] | None = None) -> Run:
        return median(measured(command, env) for _ in range(options.runs))

    def ours(script: str, subject: str) -> Run:
        return times([sys.executable, "-c", script, subject, config])

    nodes = times(transfer(f"{root}/nodes", -(-options.nodes // PAGE)))
    pods = times(transfer(f"{root}/pods", -(-options.pods // PAGE)))
    both = Run(nodes.wall + pods.wall, nodes.cpu + pods.cpu, pods.rss)
    rows = [
        Row("one pod, collected", ours(_COLLECT, SUBJECT), nodes, 4, 250),
        Row("every pending pod (`-A`), collected", ours(_COLLECT, ""), both, 6, 700),
    ]
    if options.diagnose:
        rows += [
            Row("one pod, diagnosed", ours(_DIAGNOSE, SUBJECT), nodes, 4, 250),
            Row("every pending pod (`-A`), diagnosed", ours(_DIAGNOSE, ""), both, 6, 700),
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
