"""Answers without end or measure: given up in time, and before they fill the memory."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected

import pytest
from collect.conftest import Collecting
from collect.servers.http import Asked, Reply
from collect.servers.kubernetes import KubernetesServer
from collect.test_faults import NODES, SUBJECT, cluster_gaps, gap_of, on
from urllib3.exceptions import ProtocolError

from efadoctor.collect.kube import connection, holding, listing
from efadoctor.collect.kube.refusal import words
from efadoctor.model.kubernetes import DaemonSet, Node


def page(number: int, following: int) -> Reply:
    """The page of this number, and the number of the one that is said to follow it."""
    token = base64.b64encode(str(following).encode()).decode()
    body = {"metadata": {"continue": token}, "items": [{"metadata": {"name": f"node-{number}"}}]}
    return Reply(json.dumps(body).encode())


def asked_for(asked: Asked) -> int:
    """The number of the page that is asked for."""
    return int(base64.b64decode(asked.query.get("continue", "MA==")))


@pytest.mark.parametrize("length", [1, 2, 5])
def test_pages_that_follow_each_other_in_a_circle_are_a_gap(
    seed: KubernetesServer, collecting: Collecting, length: int
) -> None:
    def circle(asked: Asked, _reply: Reply) -> Reply | None:
        at = asked_for(asked)
        return page(at, 1 + at % length) if asked.path == NODES else None

    seed.faults.append(circle)
    snapshot = collecting(seed, SUBJECT)
    assert "circle" in gap_of(snapshot, "cluster/nodes").reason
    assert not snapshot.was_read(Node)
    assert snapshot.all(DaemonSet)


def test_a_list_with_ever_new_pages_is_a_gap(
    seed: KubernetesServer, collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_OBJECTS", 50)

    def onward(asked: Asked, _reply: Reply) -> Reply | None:
        at = asked_for(asked)
        return page(at, at + 1) if asked.path == NODES else None

    seed.faults.append(onward)
    assert "no end" in gap_of(collecting(seed, SUBJECT), "cluster/nodes").reason


def packed_spaces(_reply: Reply) -> Reply:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packer.compress(b" " * (64 * holding.MIB)) + packer.flush()
    # this server packs only what is long, and this is not
    assert len(body) > 1024
    return Reply(stream=iter([body]), headers={"Content-Encoding": "gzip"})


def spaces(_reply: Reply) -> Reply:
    return Reply(stream=(b" " * holding.MIB for _ in range(64)))


@pytest.mark.parametrize("body", [spaces, packed_spaces])
def test_a_body_beyond_measure_is_given_up(
    seed: KubernetesServer,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
    body: Callable[[Reply], Reply],
) -> None:
    monkeypatch.setattr(holding, "MAX_HELD_BYTES", 8 * holding.MIB)
    seed.faults.append(on(NODES, body))
    snapshot = collecting(seed, SUBJECT)
    assert gap_of(snapshot, "cluster/nodes").reason == "more than 8 MiB in one answer, or in a few"
    assert snapshot.all(DaemonSet)


def test_answers_that_were_read_make_room_for_others(
    seed: KubernetesServer, collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MAX_HELD_BYTES", 256 * 1024)
    for _ in range(3):
        assert not cluster_gaps(collecting(seed, SUBJECT))


def test_of_a_refusal_only_so_much_is_read(
    seed: KubernetesServer, collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REFUSAL_BYTES", 1000)
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        for number in range(10**6):
            sent.append(number)
            yield b"x" * 1000

    seed.faults.append(on(NODES, lambda _: Reply(status=403, stream=endless())))
    assert gap_of(collecting(seed, SUBJECT), "cluster/nodes").reason == "HTTP 403"
    assert len(sent) < 10**5


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (IncompleteRead(b"1234567890", 5), "the answer was cut short"),
        (BadStatusLine("SSH-2.0-OpenSSH"), "the answer is not HTTP"),
        (RemoteDisconnected("Remote end closed"), "Remote end closed"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_a_connection_that_breaks_is_told_in_words(inner: Exception, said: str) -> None:
    assert words(ProtocolError(f"Connection broken: {inner!r}", inner)) == said


def test_even_discovery_ends_at_the_deadline(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.faults.append(on("/apis", lambda r: replace(r, delay=4)))
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT, deadline=1.0, request_timeout=0)
    assert time.monotonic() - start < 3.5
    assert cluster_gaps(snapshot)
