"""Every way in which an API server can fail, one at a time: a gap with a reason, never a crash."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from collect.conftest import Collecting, Serving
from collect.servers.http import Asked, Fault, Reply
from collect.servers.kubernetes import KubernetesServer, status_reply

from efadoctor.collect.kube import connection
from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import DaemonSet, Event, Node, Pod
from efadoctor.model.snapshot import Snapshot

SUBJECT = "default/efa-test-pod"
NODES = "/api/v1/nodes"


@pytest.fixture(autouse=True)
def _in_no_mood_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LONGEST_BACKOFF", 0.01)


def on(path: str, fault: Callable[[Reply], Reply], times: int = 10**9) -> Fault:
    """Does ``fault`` to the replies to one path, the first so many times."""
    left = [times]

    def change(asked: Asked, reply: Reply) -> Reply | None:
        if asked.path != path or left[0] <= 0:
            return None
        left[0] -= 1
        return fault(reply)

    return change


def cluster_gaps(snapshot: Snapshot) -> list[Gap]:
    return [g for g in snapshot.gaps if g.source.startswith("cluster")]


def cut_at(byte: int, reply: Reply) -> Reply:
    """The reply up to a byte that it has."""
    return replace(reply, cut_at=min(byte, len(reply.body) - 1))


def gap_of(snapshot: Snapshot, source: str) -> Gap:
    return next(g for g in snapshot.gaps if g.source == source)


CASES = {
    "unauthorized": (lambda _: status_reply(401, "Unauthorized"), CoverageStatus.DENIED, "401"),
    "forbidden": (
        lambda _: status_reply(403, "Forbidden", "no"),
        CoverageStatus.DENIED,
        "HTTP 403: no",
    ),
    "conflict": (lambda _: status_reply(409, "Conflict"), CoverageStatus.ERROR, "409"),
    "throttled for ever": (
        lambda _: replace(status_reply(429, "TooManyRequests"), headers={"Retry-After": "0"}),
        CoverageStatus.ERROR,
        "429",
    ),
    "server error": (lambda _: status_reply(500, "InternalError"), CoverageStatus.ERROR, "500"),
    "gateway page": (
        lambda _: Reply(b"<html>bad gateway", 502, content_type="text/html"),
        CoverageStatus.ERROR,
        "HTTP 502",
    ),
    "login page": (
        lambda _: Reply(b"<html>log in", content_type="text/html"),
        CoverageStatus.ERROR,
        "answered text/html, not JSON",
    ),
    "reset": (lambda r: replace(r, reset=True), CoverageStatus.ERROR, ""),
    "cut body": (lambda r: replace(r, cut_at=200), CoverageStatus.ERROR, ""),
    "half of the JSON": (
        lambda r: replace(r, body=r.body[: len(r.body) // 2]),
        CoverageStatus.ERROR,
        "the answer is damaged: ",
    ),
    "not JSON at all": (
        lambda r: replace(r, body=b"\x00\xff nodes"),
        CoverageStatus.ERROR,
        "the answer is damaged: ",
    ),
    "something else": (
        lambda r: replace(r, body=b'{"items": 7}'),
        CoverageStatus.ERROR,
        "the answer is damaged: ",
    ),
    "redirect elsewhere": (
        lambda _: Reply(b"", 302, {"Location": "http://127.0.0.1:9/"}),
        CoverageStatus.ERROR,
        "HTTP 302",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_list_that_fails_is_a_gap_and_the_rest_is_read(
    seed: KubernetesServer, collecting: Collecting, case: str
) -> None:
    fault, status, reason = CASES[case]
    seed.faults.append(on(NODES, fault))
    snapshot = collecting(seed, SUBJECT)
    gap = gap_of(snapshot, "cluster/nodes")
    assert gap.status is status
    assert reason in gap.reason
    assert gap.reason
    assert not snapshot.was_read(Node)
    assert snapshot.was_read_whole(DaemonSet)
    assert snapshot.get(Pod, "efa-test-pod", "default")


@pytest.mark.parametrize(
    "case",
    ["throttled for ever", "server error", "gateway page", "reset", "cut body", "unauthorized"],
)
def test_what_fails_once_is_tried_again(
    seed: KubernetesServer, collecting: Collecting, case: str
) -> None:
    seed.faults.append(on(NODES, CASES[case][0], times=1))
    snapshot = collecting(seed, SUBJECT)
    assert not cluster_gaps(snapshot)
    assert len(snapshot.all(Node)) == 3


def test_retry_after_is_honoured(seed: KubernetesServer, collecting: Collecting) -> None:
    wait = replace(status_reply(429, "TooManyRequests"), headers={"Retry-After": "1"})
    seed.faults.append(on(NODES, lambda _: wait, times=1))
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT)
    assert time.monotonic() - start >= 1
    assert not cluster_gaps(snapshot)


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    wait = replace(status_reply(429, "TooManyRequests"), headers={"Retry-After": "3600"})
    seed.faults.append(on(NODES, lambda _: wait))
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT)
    assert time.monotonic() - start < 5
    assert "429" in gap_of(snapshot, "cluster/nodes").reason


def test_bytes_that_trickle_in_do_not_outlive_the_deadline(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.faults.append(on(NODES, lambda r: replace(r, trickle=0.05)))
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT, deadline=1.5)
    assert time.monotonic() - start < 4
    assert "deadline of 1.5 s" in gap_of(snapshot, "cluster/nodes").reason
    assert snapshot.all(DaemonSet)


def test_a_server_that_says_nothing_is_given_up_after_the_request_timeout(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.faults.append(on(NODES, lambda r: replace(r, delay=3)))
    snapshot = collecting(seed, SUBJECT, request_timeout=0.2, deadline=6)
    assert "timed out" in gap_of(snapshot, "cluster/nodes").reason.lower()


def test_nobody_listening_leaves_a_snapshot_of_gaps(collecting: Collecting) -> None:
    server = KubernetesServer({})
    server.stop_listening()
    snapshot = collecting(server, SUBJECT)
    assert cluster_gaps(snapshot)
    assert not snapshot.was_read(Pod)
    assert "refused" in gap_of(snapshot, "cluster/nodes").reason.lower()


def test_a_token_that_expires_in_a_list_of_pages_is_read_on_from_the_start(
    serving: Serving, collecting: Collecting
) -> None:
    pods = [
        {"metadata": {"name": f"p{n}", "namespace": "default"}, "spec": {"containers": []}}
        for n in range(1200)
    ]
    server = serving(KubernetesServer({"cluster/pods": pods, "cluster/nodes": []}))
    gone = [True]

    def expire(asked: Asked, _reply: Reply) -> Reply | None:
        if "continue" in asked.query and gone:
            gone.pop()
            return status_reply(410, "Expired", "The provided continue parameter is too old")
        return None

    server.faults.append(expire)
    snapshot = collecting(server, whole=True)
    assert len({p.metadata.name for p in snapshot.all(Pod)}) == 1200
    assert len(snapshot.all(Pod)) == 1200
    assert not cluster_gaps(snapshot)


def test_a_group_that_is_not_served_is_read_and_empty(
    serving: Serving, collecting: Collecting
) -> None:
    server = serving(KubernetesServer({"cluster/nodes": []}))
    snapshot = collecting(server, whole=True)
    assert snapshot.was_read_whole(NodePool)
    assert snapshot.all(NodePool) == ()
    assert not cluster_gaps(snapshot)


def test_a_group_of_which_only_another_version_is_served_is_a_gap(
    serving: Serving, collecting: Collecting
) -> None:
    server = serving(
        KubernetesServer(
            {"cluster/nodes": [], "cluster/nodepools.karpenter.sh": []},
            versions={"karpenter.sh": ["v1beta1"]},
        )
    )
    snapshot = collecting(server, whole=True)
    gap = gap_of(snapshot, "cluster/nodepools.karpenter.sh")
    assert gap.status is CoverageStatus.ABSENT
    assert gap.reason == "karpenter.sh is served as v1beta1 only; nodepools are read as v1"
    assert not snapshot.was_read(NodePool)


def test_without_discovery_a_404_leaves_open_what_is_served(
    serving: Serving, collecting: Collecting
) -> None:
    server = serving(KubernetesServer({"cluster/nodes": []}))
    server.faults.append(on("/apis", lambda _: status_reply(403, "Forbidden")))
    snapshot = collecting(server, whole=True)
    assert not snapshot.was_read(NodePool)
    assert gap_of(snapshot, "cluster/nodepools.karpenter.sh").status is CoverageStatus.ABSENT


def test_who_may_read_one_namespace_only_gets_its_pods(
    serving: Serving, collecting: Collecting
) -> None:
    objects = {
        "cluster/pods": [
            {"metadata": {"name": "p", "namespace": n}, "spec": {"containers": []}}
            for n in ("mine", "other")
        ]
    }
    server = serving(KubernetesServer(objects))

    def forbid(asked: Asked, _reply: Reply) -> Reply | None:
        allowed = ("/apis", "/version")
        if asked.path in allowed or asked.path.startswith("/api/v1/namespaces/mine/pods"):
            return None
        return status_reply(403, "Forbidden", f"cannot list {asked.path}")

    server.faults.append(forbid)
    snapshot = collecting(server, "mine/p")
    assert [p.metadata.namespace for p in snapshot.all(Pod)] == ["mine"]
    assert not snapshot.was_read_whole(Pod)
    assert not snapshot.was_read(Node)
    assert gap_of(snapshot, "cluster/nodes").status is CoverageStatus.DENIED
    assert not snapshot.was_read(Event)


def test_an_object_of_the_wrong_shape_costs_itself_only(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.objects["cluster/nodes"][0]["status"] = "broken"
    snapshot = collecting(seed, SUBJECT)
    assert len(snapshot.all(Node)) == 2
    gap = gap_of(snapshot, "cluster/nodes")
    assert gap.place == seed.objects["cluster/nodes"][0]["metadata"]["name"]


def test_escape_sequences_in_names_are_made_inert(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.objects["cluster/nodes"][0]["metadata"]["labels"]["x"] = "\x1b]52;c;eA==\x07"
    snapshot = collecting(seed, SUBJECT)
    assert "\x1b" not in repr([n.metadata.labels for n in snapshot.all(Node)])
    assert not cluster_gaps(snapshot)


@pytest.mark.slow
def test_killed_at_any_byte_of_any_response_it_still_gives_a_snapshot(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    collecting(seed, SUBJECT)
    paths = sorted({a.path for a in seed.asked})
    chance = random.Random(7)  # noqa: S311
    for path in paths:
        for cut in (0, 1, chance.randrange(2, 150)):
            seed.faults[:] = [on(path, partial(cut_at, cut))]
            snapshot = collecting(seed, SUBJECT)
            assert cluster_gaps(snapshot), (path, cut)


@pytest.mark.slow
def test_a_server_that_dies_for_good_in_the_middle_leaves_what_was_read(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    for number in range(0, 30, 3):
        start = len(seed.asked)

        def die(asked: Asked, reply: Reply, last: int = start + number) -> Reply | None:
            return replace(reply, reset=True) if asked.number >= last else None

        seed.faults[:] = [die]
        snapshot = collecting(seed, SUBJECT, deadline=10)
        assert cluster_gaps(snapshot)
