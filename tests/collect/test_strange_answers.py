"""Answers that are well formed and say what no API server says: gaps, not facts."""

from __future__ import annotations

import json

import pytest
from collect.conftest import Collecting, Serving
from collect.servers.http import Reply
from collect.servers.kubernetes import KubernetesServer
from collect.test_faults import SUBJECT, cluster_gaps, gap_of, on

from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import DaemonSet, Node

MISSING = Reply(b"404 page not found\n", 404, content_type="text/plain")


def test_a_server_without_the_kinds_of_every_api_server_is_none(
    serving: Serving, collecting: Collecting
) -> None:
    server = serving(KubernetesServer({"cluster/nodes": []}))
    server.faults.append(lambda a, _: MISSING if a.path.startswith("/api/v1") else None)
    snapshot = collecting(server, SUBJECT)
    assert not snapshot.was_read(Node)
    sources = {g.source for g in cluster_gaps(snapshot)}
    assert {"cluster/nodes", "cluster/pods"} <= sources


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"metadata": {"name": "another"}}, "the answer is not the object that was asked for"),
        ({"metadata": {"name": "efa-test-pod"}, "spec": 7}, "the answer is damaged: "),
        ({"kind": "Status", "status": "Failure"}, "the answer is damaged: "),
    ],
)
def test_one_object_that_is_damaged_or_another_is_a_gap(
    seed: KubernetesServer, collecting: Collecting, body: dict[str, object], reason: str
) -> None:
    path = f"/api/v1/namespaces/default/pods/{SUBJECT.partition('/')[2]}"
    seed.faults.append(on(path, lambda _: Reply(json.dumps(body).encode())))
    assert reason in gap_of(collecting(seed, SUBJECT), "cluster/pods").reason


def test_that_built_in_kinds_are_not_served_is_not_believed(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.faults.append(on("/apis/apps/v1/daemonsets", lambda _: MISSING))
    snapshot = collecting(seed, SUBJECT)
    assert not snapshot.was_read(DaemonSet)
    assert gap_of(snapshot, "cluster/daemonsets.apps").reason


@pytest.mark.parametrize("groups", [[], [{"name": "apps", "versions": [{"version": "v1"}]}]])
def test_a_list_of_groups_without_the_built_in_ones_is_a_gap(
    seed: KubernetesServer, collecting: Collecting, groups: list[dict[str, object]]
) -> None:
    seed.faults.append(on("/apis", lambda _: Reply(json.dumps({"groups": groups}).encode())))
    snapshot = collecting(seed, SUBJECT)
    assert "lacks" in gap_of(snapshot, "cluster/apis").reason
    assert snapshot.all(NodePool)
    assert snapshot.all(DaemonSet)
