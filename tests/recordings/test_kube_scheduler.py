"""kube-scheduler 1.36.2's own verdicts: one case for each recorded cluster.

Each pod was created alone in the state of its cluster. A bound pod's node must be among the
feasible ones; for a refused pod no node is, and the message is the scheduler's to the letter.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from recordings.minimal import shown, smallest

from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.prediction import Prediction, predict

DATA = Path(__file__).parent / "data"

Json = dict[str, Any]


def read(name: str) -> list[Json]:
    with gzip.open(DATA / name, "rt") as lines:
        return [json.loads(line) for line in lines]


LIFELIKE = read("kube-scheduler-1.36.jsonl.gz")
# States in which one plugin after the other has much to say: volumes, devices, spread,
# affinity, host ports, resizes, nominated pods.
OF_PLUGINS = read("kube-scheduler-1.36-plugins.jsonl.gz")
CLUSTERS = LIFELIKE + OF_PLUGINS


def objects(cluster: Json, tried: Json) -> list[Json]:
    kept = [
        *({"apiVersion": "v1", "kind": "Node", **node} for node in cluster["nodes"]),
        *({"apiVersion": "v1", "kind": "Pod", **pod} for pod in cluster["pods"]),
        # the API server leaves the kind out of the items of a list
        *cluster["namespaces"],
        *cluster["storageClasses"],
        *cluster.get("others", ()),
    ]
    return [*kept, *tried["volumes"]]


def predicted(cluster: Json, state: list[Json], pod: Json) -> Prediction:
    snapshot = Snapshot.from_objects(state, server_version=cluster["server_version"])
    return predict(snapshot, pod)


def agrees(prediction: Prediction, verdict: Json) -> bool:
    if "node" in verdict:
        return verdict["node"] in prediction.feasible and prediction.message == ""
    return prediction.message == verdict["filter_message"] and not prediction.feasible


def explanation(cluster: Json, tried: Json) -> str:
    """The difference, in the smallest state in which the prediction is the same."""
    state, pod, verdict = objects(cluster, tried), tried["pod"], tried["verdict"]
    ours = predicted(cluster, state, pod)

    def keeps(fewer: list[Json]) -> bool:
        again = predicted(cluster, fewer, pod)
        return (again.feasible, again.message) == (ours.feasible, ours.message)

    wanted = verdict.get("node") or verdict["filter_message"]
    got = ours.message or ours.feasible
    return f"recorded: {wanted}\npredicted: {got}\n{shown(smallest(state, keeps), pod)}"


@pytest.mark.parametrize(
    "cluster", CLUSTERS, ids=[f"{c['cluster']}-{len(c['tried'])}-pods" for c in CLUSTERS]
)
def test_every_pod_of_the_cluster_fares_as_recorded(cluster: Json) -> None:
    differing = [
        tried
        for tried in cluster["tried"]
        if not agrees(predicted(cluster, objects(cluster, tried), tried["pod"]), tried["verdict"])
    ]
    agreed, total = len(cluster["tried"]) - len(differing), len(cluster["tried"])
    assert not differing, f"{agreed} of {total} agree\n{explanation(cluster, differing[0])}"


def test_the_recordings_are_all_there() -> None:
    assert (len(LIFELIKE), sum(len(c["tried"]) for c in LIFELIKE)) == (45, 2581)
    assert (len(OF_PLUGINS), sum(len(c["tried"]) for c in OF_PLUGINS)) == (24, 255)


def test_views_are_judged_like_the_objects_they_were_made_from() -> None:
    """The index reads plain JSON and decoded views in two ways; both must count alike."""
    for cluster in (*LIFELIKE[:10], *OF_PLUGINS):
        for tried in cluster["tried"][:10]:
            state = objects(cluster, tried)
            plain = predicted(cluster, state, tried["pod"])
            snapshot = Snapshot.from_objects(state, server_version=cluster["server_version"])
            snapshot.all(Pod)
            decoded = predict(snapshot, tried["pod"])
            assert (decoded.feasible, decoded.message) == (plain.feasible, plain.message)
            assert decoded.blockers == plain.blockers


def test_a_difference_is_shown_in_its_smallest_state() -> None:
    cluster = CLUSTERS[3]
    tried = next(t for t in cluster["tried"] if "Insufficient" in str(t["verdict"]))
    text = explanation(cluster, tried)
    assert text.count('"kind": "Node"') >= 1
    assert len(text) < len(json.dumps(objects(cluster, tried)))
