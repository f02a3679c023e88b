"""Nodes and pods that nothing can tell apart are judged once."""

import msgspec
import pytest
from tiny import ZONE, Json, judged, node, pod, snapshot

from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.prediction import predict, predict_many

TAINT = {"key": "k", "effect": "NoSchedule"}


def test_nodes_that_no_filter_can_tell_apart_are_one_class() -> None:
    nodes = [node(f"n{i}", labels={"n": str(i)}) for i in range(50)]
    nodes += [node(f"t{i}", taints=[TAINT], zone="b") for i in range(50)]
    prediction = judged(pod(nodeSelector={ZONE: "a"}, requests={"cpu": "1"}), *nodes)
    assert sorted(len(c.nodes) for c in prediction.classes) == [50, 50]


def test_pods_of_equal_needs_are_judged_once() -> None:
    found = snapshot(node(), node("m", taints=[TAINT]))
    same = [pod(f"p{i}", labels={"index": str(i)}, requests={"cpu": "1"}) for i in range(3)]
    first, second, third = predict_many(found, same)
    assert first is second is third
    other = predict(found, pod("q", requests={"cpu": "2"}))
    assert other is not first


@pytest.mark.parametrize(
    "more",
    [
        {"requests": {"cpu": "2"}},
        {"limits": {"cpu": "2"}},
        {"tolerations": [{"operator": "Exists"}]},
        {"nodeSelector": {ZONE: "b"}},
        {"ports": [{"containerPort": 1, "hostPort": 80}]},
        {"schedulerName": "other"},
        {"schedulingGates": [{"name": "g"}]},
        {"overhead": {"cpu": "1"}},
        {"resources": {"requests": {"cpu": "2"}}},
        {"initContainers": [{"name": "i", "resources": {"requests": {"cpu": "2"}}}]},
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]},
        {"resourceClaims": [{"name": "c", "resourceClaimName": "c"}]},
        {"hostNetwork": True, "hostUsers": False},
    ],
)
def test_whatever_a_filter_reads_makes_another_kind(more: Json) -> None:
    """Judging this pod after a plain one gives what judging it alone gives."""
    full = pod("full", on="n", requests={"cpu": "7"}, ports=[{"containerPort": 1, "hostPort": 80}])
    state = (node(), node("m", zone="b", taints=[TAINT]), full)
    together = snapshot(*state)
    predict(together, pod(requests={"cpu": "1"}))
    written: Json = {"requests": {"cpu": "1"}} | more
    wants = pod("q", **written)
    alone = judged(wants, *state)
    for judged_later in (wants, msgspec.convert(wants, Pod)):
        found = predict(together, judged_later)
        assert (found.feasible, found.message) == (alone.feasible, alone.message)
        assert found.blockers == alone.blockers


def test_labels_tell_pods_apart_where_a_bound_pod_s_rule_may_mean_them() -> None:
    rule = {"labelSelector": {"matchLabels": {"app": "x"}}, "topologyKey": ZONE}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}}
    found = snapshot(node(), pod("guard", on="n", affinity=affinity))
    assert predict(found, pod("p", labels={"app": "y"})).feasible == ("n",)
    assert predict(found, pod("q", labels={"app": "x"})).feasible == ()
