"""The DaemonSet controller 1.36.2's own choice of nodes: one case for each recorded cluster."""

from pathlib import Path
from typing import Any

import pytest
from recordings.minimal import shown
from recordings.recorded import recorded

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.daemonset import daemonset_nodes

RECORDING = Path(__file__).parent / "data" / "daemonset-controller-1.36.jsonl.gz"

Json = dict[str, Any]


CLUSTERS = recorded(RECORDING)


def difference(nodes: list[Json], tried: Json, got: list[str]) -> str:
    wrong = set(got) ^ set(tried["nodes"])
    judged = [node for node in nodes if node["metadata"]["name"] in wrong]
    return f"recorded: {tried['nodes']}\npredicted: {got}\n{shown(judged, tried['daemonset'])}"


@pytest.mark.parametrize("number", range(len(CLUSTERS)))
def test_every_daemonset_of_the_cluster_runs_where_recorded(number: int) -> None:
    cluster = CLUSTERS[number]
    nodes = [{"apiVersion": "v1", "kind": "Node", **node} for node in cluster["nodes"]]
    snapshot = Snapshot.from_objects(nodes, server_version="v1.36.2")
    differing = []
    for tried in cluster["tried"]:
        got = sorted(daemonset_nodes(snapshot, tried["daemonset"]))
        if got != tried["nodes"]:
            differing.append(difference(nodes, tried, got))
    total = len(cluster["tried"])
    assert not differing, f"{total - len(differing)} of {total} agree\n{differing[0]}"


def test_the_recording_is_all_there() -> None:
    assert sum(len(c["tried"]) for c in CLUSTERS) == 400
