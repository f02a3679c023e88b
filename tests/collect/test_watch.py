"""A snapshot that keeps up with its cluster."""

from __future__ import annotations

import copy
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from collect.servers.http import Asked, Reply
from collect.servers.kubernetes import KubernetesServer, Object, kubeconfig, status_reply

from efadoctor.collect import watch as watching
from efadoctor.collect.kube import stream
from efadoctor.collect.live import Request
from efadoctor.collect.watch import watch
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot

SUBJECT = "default/efa-test-pod"
WATCHED = {
    "cluster/nodes",
    "cluster/pods",
    "cluster/daemonsets.apps",
    "cluster/nodepools.karpenter.sh",
    "cluster/nodeclaims.karpenter.sh",
}


class Seen:
    """What a watch has told so far."""

    def __init__(self) -> None:
        self.snapshots: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
        self.ended = threading.Event()

    def next(self) -> Snapshot:
        return self.snapshots.get(timeout=5)

    def nothing(self) -> bool:
        time.sleep(0.3)
        return self.snapshots.empty()


class Started(Protocol):
    """Watches a server for as long as the context lasts."""

    def __call__(
        self, server: KubernetesServer, **options: Any
    ) -> AbstractContextManager[Seen]: ...


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Started:
    monkeypatch.setattr(watching, "SETTLE", 0.05)

    @contextmanager
    def start(server: KubernetesServer, **options: Any) -> Iterator[Seen]:
        seen, stop = Seen(), threading.Event()
        config = str(kubeconfig(server, tmp_path, context=server.context))
        request = Request(
            subject=SUBJECT, kubeconfig=config, no_aws=True, request_timeout=2, **options
        )

        def run() -> None:
            watch(request, seen.snapshots.put, stop=stop)
            seen.ended.set()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            stop.set()
            thread.join(5)
            server.end_watches()

    return start


def wait_for_watches(server: KubernetesServer, names: set[str] = WATCHED) -> None:
    end = time.monotonic() + 5
    while not names <= server.watched():
        assert time.monotonic() < end, server.watched()
        time.sleep(0.01)


def node_of(snapshot: Snapshot, name: str) -> Node:
    found = snapshot.get(Node, name)
    assert found is not None
    return found


def changed(server: KubernetesServer, source: str, index: int, **meta: object) -> Object:
    thing = copy.deepcopy(server.objects[source][index])
    thing["metadata"] |= {"resourceVersion": "999999999", **meta}
    return thing


def test_a_change_of_a_node_is_told(seed: KubernetesServer, started: Started) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        node = changed(seed, "cluster/nodes", 0)
        node["spec"]["taints"] = [{"key": "new", "effect": "NoSchedule"}]
        seed.change("cluster/nodes", "MODIFIED", node)
        snapshot = seen.next()
        found = node_of(snapshot, node["metadata"]["name"])
        assert [t.key for t in found.spec.taints] == ["new"]


def test_a_heartbeat_is_no_change(seed: KubernetesServer, started: Started) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        seed.change("cluster/nodes", "MODIFIED", changed(seed, "cluster/nodes", 0))
        assert seen.nothing()


def test_an_event_older_than_what_was_read_is_no_news(
    seed: KubernetesServer, started: Started
) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        node = changed(seed, "cluster/nodes", 0, resourceVersion="1")
        node["spec"]["taints"] = []
        seed.change("cluster/nodes", "MODIFIED", node)
        assert seen.nothing()


def test_it_ends_when_the_pod_is_bound(seed: KubernetesServer, started: Started) -> None:
    index = next(
        n
        for n, p in enumerate(seed.objects["cluster/pods"])
        if p["metadata"]["name"] == "efa-test-pod"
    )
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        pod = changed(seed, "cluster/pods", index)
        pod["spec"]["nodeName"] = seed.objects["cluster/nodes"][0]["metadata"]["name"]
        seed.change("cluster/pods", "MODIFIED", pod)
        bound = seen.next().get(Pod, "efa-test-pod", "default")
        assert bound is not None
        assert bound.spec.node_name
        assert seen.ended.wait(5)


def test_a_new_node_has_everything_in_question_read_anew(
    seed: KubernetesServer, started: Started
) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        node = changed(seed, "cluster/nodes", 0, name="new", uid="new")
        seed.objects["cluster/nodes"].append(node)
        before = len(seed.asked)
        seed.change("cluster/nodes", "ADDED", node)
        assert seen.next().get(Node, "new")
        assert len(seed.asked) > before


def test_after_410_the_watch_goes_on_from_a_new_reading(
    seed: KubernetesServer, started: Started
) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        seed.objects["cluster/nodes"][0]["spec"]["unschedulable"] = True
        gone = {"kind": "Status", "code": 410, "reason": "Expired"}
        seed.change("cluster/nodes", "ERROR", gone)
        name = seed.objects["cluster/nodes"][0]["metadata"]["name"]
        assert node_of(seen.next(), name).spec.unschedulable
        node = changed(seed, "cluster/nodes", 1)
        node["spec"]["unschedulable"] = True
        time.sleep(0.3)
        seed.change("cluster/nodes", "MODIFIED", node)
        assert node_of(seen.next(), node["metadata"]["name"]).spec.unschedulable


def test_a_watch_that_ends_is_resumed(seed: KubernetesServer, started: Started) -> None:
    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        seed.end_watches()
        wait_for_watches(seed)
        node = changed(seed, "cluster/nodes", 0)
        node["spec"]["unschedulable"] = True
        seed.change("cluster/nodes", "MODIFIED", node)
        assert node_of(seen.next(), node["metadata"]["name"]).spec.unschedulable


@pytest.mark.parametrize("status", [403, 401, 503])
def test_a_server_that_refuses_for_a_moment_after_a_restart_is_watched_on(
    seed: KubernetesServer, started: Started, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(stream, "_PAUSE", 0.02)
    left = [2 * len(WATCHED)]

    def refuse(asked: Asked, _reply: Reply) -> Reply | None:
        if not asked.query.get("watch") or left[0] <= 0:
            return None
        left[0] -= 1
        return status_reply(status, "NotYet")

    with started(seed) as seen:
        seen.next()
        wait_for_watches(seed)
        seed.faults.append(refuse)
        seed.end_watches()
        end = time.monotonic() + 5
        while left[0] > 0:
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.5)
        node = changed(seed, "cluster/nodes", 0)
        node["spec"]["unschedulable"] = True
        seed.objects["cluster/nodes"][0] = node
        seed.change("cluster/nodes", "MODIFIED", node)
        while not node_of(seen.next(), node["metadata"]["name"]).spec.unschedulable:
            assert time.monotonic() < end


def test_a_server_that_ends_every_watch_at_once_is_not_asked_without_a_pause(
    seed: KubernetesServer, started: Started
) -> None:
    ended = Reply(b"")
    seed.faults.append(lambda a, _: ended if a.query.get("watch") else None)
    with started(seed) as seen:
        seen.next()
        time.sleep(1.0)
        watches = [a for a in seed.asked if a.query.get("watch")]
        assert len(watches) <= 4 * len(WATCHED)


def test_where_watching_is_refused_it_reads_again_now_and_then(
    seed: KubernetesServer, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "UNWATCHED", 0.2)
    seed.faults.append(
        lambda a, _: status_reply(403, "Forbidden") if a.query.get("watch") else None
    )
    with started(seed) as seen:
        seen.next()
        seed.objects["cluster/nodes"][0]["spec"]["unschedulable"] = True
        name = seed.objects["cluster/nodes"][0]["metadata"]["name"]
        end = time.monotonic() + 5
        while not node_of(seen.next(), name).spec.unschedulable:
            assert time.monotonic() < end
