# ruff: noqa: INP001
"""Serves a synthetic cluster on loopback: pages that were made before they are asked for."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from large_cluster import KINDS, Json, Size, job, node, pods

PAGE = 500
"""Objects on a page."""

_GROUPS = (
    "apps",
    "batch",
    "storage.k8s.io",
    "scheduling.k8s.io",
    "resource.k8s.io",
    "apiextensions.k8s.io",
)
_NAMED_ONLY = re.compile(r"/(configmaps|customresourcedefinitions)/")
"""What is got by its name, and is not there; every other list is empty."""


class Answer(NamedTuple):
    """A body, and the same packed."""

    raw: bytes
    packed: bytes

    @classmethod
    def of(cls, thing: object) -> Answer:
        raw = json.dumps(thing, separators=(",", ":")).encode()
        return cls(raw, gzip.compress(raw, 1))


_EMPTY = Answer.of({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []})
_NOT_FOUND = Answer.of({"kind": "Status"})


class Pages:
    """Answers by path, selector and continue token."""

    def __init__(self, size: Size) -> None:
        self._answers: dict[tuple[str, str], Answer] = {}
        self._discovery()
        self._list("/api/v1/nodes", "NodeList", [node(n) for n in range(size.nodes)])
        every = list(pods(size))
        waiting = [p for p in every if "nodeName" not in p["spec"]]
        self._list("/api/v1/pods", "PodList", every)
        self._list("/api/v1/pods?spec.nodeName=", "PodList", waiting)
        for pod in waiting[:KINDS]:
            path = f"/api/v1/namespaces/training/pods/{pod['metadata']['name']}"
            self._put(path, {"kind": "Pod", "apiVersion": "v1", **pod})
        for kind in range(KINDS):
            self._job(kind, waiting, modest=size.modest)

    def answer(self, path: str, token: str) -> tuple[int, Answer]:
        """Status and body of what is asked for."""
        found = self._answers.get((path, token))
        if found is not None:
            return 200, found
        return (404, _NOT_FOUND) if _NAMED_ONLY.search(path) else (200, _EMPTY)

    def megabytes(self, path: str) -> float:
        """How much all pages of a list are, unpacked."""
        return sum(len(a.raw) for (p, _), a in self._answers.items() if p == path) / 1e6

    def _discovery(self) -> None:
        self._put("/version", {"gitVersion": "v1.36.2"})
        self._put("/api", {"kind": "APIVersions", "versions": ["v1"]})
        served = [
            {"name": n, "kind": k, "namespaced": n == "pods", "verbs": ["get", "list"]}
            for n, k in (("nodes", "Node"), ("pods", "Pod"))
        ]
        core = {"kind": "APIResourceList", "groupVersion": "v1", "resources": served}
        self._put("/api/v1", core)
        versions = {g: {"groupVersion": f"{g}/v1", "version": "v1"} for g in _GROUPS}
        groups = [{"name": g, "versions": [v], "preferredVersion": v} for g, v in versions.items()]
        self._put("/apis", {"kind": "APIGroupList", "groups": groups})

    def _job(self, kind: int, waiting: Sequence[Json], *, modest: bool) -> None:
        name = f"train-{kind}"
        owner = {"kind": "Job", "apiVersion": "batch/v1", **job(kind, modest=modest)}
        self._put(f"/apis/batch/v1/namespaces/training/jobs/{name}", owner)
        mine = [p for p in waiting if p["metadata"]["labels"]["app"] == name]
        self._list(f"/api/v1/namespaces/training/pods?app={name}", "PodList", mine)

    def _put(self, path: str, thing: object, token: str = "") -> None:
        self._answers[path, token] = Answer.of(thing)

    def _list(self, path: str, kind: str, items: Sequence[Json]) -> None:
        for start in range(0, max(1, len(items)), PAGE):
            meta = {"resourceVersion": "1"}
            if start + PAGE < len(items):
                meta["continue"] = str(start + PAGE)
            head = {"kind": kind, "apiVersion": "v1", "metadata": meta}
            page = {**head, "items": items[start : start + PAGE]}
            self._put(path, page, str(start) if start else "")


class Served(NamedTuple):
    """Where the cluster is, and how much of it there is."""

    port: int
    nodes_mb: float
    pods_mb: float


@contextmanager
def serving(size: Size) -> Iterator[Served]:
    """From a process of its own, so that its memory and time are not the client's."""
    context = multiprocessing.get_context("spawn")
    ready: Queue[Served] = context.Queue()
    stop = context.Event()
    server = context.Process(target=_serve, args=(size, ready, stop), daemon=True)
    server.start()
    try:
        yield ready.get()
    finally:
        stop.set()
        server.join()


def _serve(size: Size, ready: Queue[Served], stop: Event) -> None:
    pages = Pages(size)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            selector = query.get("fieldSelector") or query.get("labelSelector") or ""
            path = split.path + (f"?{selector}" if selector else "")
            status, answer = pages.answer(path, query.get("continue", ""))
            packed = "gzip" in self.headers.get("Accept-Encoding", "")
            body = answer.packed if packed else answer.raw
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
    nodes_mb, pods_mb = pages.megabytes("/api/v1/nodes"), pages.megabytes("/api/v1/pods")
    ready.put(Served(server.server_address[1], nodes_mb, pods_mb))
    stop.wait()
