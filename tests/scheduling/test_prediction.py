"""Predictions as a whole: gates, other schedulers, messages, gaps, copies."""

import msgspec
import pytest
from tiny import ZONE, Json, judged, node, pod, snapshot, thing

from efadoctor import predict as public_predict
from efadoctor.model.decoding import Decoded
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.prediction import judge_node, predict
from efadoctor.scheduling.refusals import ForeignScheduler, Gated, InvalidField, Plugin

TAINT = {"key": "k", "effect": "NoSchedule"}
GATED = "Scheduling is blocked due to non-empty scheduling gates"


# ---- before scheduling -------------------------------------------------------


def test_a_gated_pod_is_not_tried_and_its_other_blockers_are_known_all_the_same() -> None:
    gated = pod(schedulingGates=[{"name": "example.com/quota"}, {"name": "b"}])
    prediction = judged(gated, node("n"), node("m", taints=[TAINT]))
    assert (prediction.message, prediction.feasible) == (GATED, ())
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, Gated)
    assert refusal.gates == ("example.com/quota", "b")
    assert [r.plugin for r in prediction.blockers["m"]] == [
        Plugin.SCHEDULING_GATES,
        Plugin.TAINT_TOLERATION,
    ]


def test_gates_count_even_without_nodes() -> None:
    assert judged(pod(schedulingGates=[{"name": "g"}])).message == GATED


def test_without_nodes_there_is_nothing_to_count() -> None:
    assert judged(pod()).message == "no nodes available to schedule pods"


def test_a_pod_of_another_scheduler_is_left_to_it() -> None:
    prediction = judged(pod(schedulerName="volcano"), node())
    assert (prediction.message, prediction.feasible) == ("", ())
    [refusal] = prediction.prefilter
    assert isinstance(refusal, ForeignScheduler)
    assert refusal.scheduler == "volcano"


# ---- the message and the blockers --------------------------------------------


def test_the_scheduler_stops_at_the_first_plugin_and_the_doctor_does_not() -> None:
    prediction = judged(pod(requests={"cpu": "99"}, nodeSelector={"x": "y"}), node(taints=[TAINT]))
    assert prediction.reasons == {"n": ["node(s) had untolerated taint(s)"]}
    assert [r.plugin for r in prediction.blockers["n"]] == [
        Plugin.TAINT_TOLERATION,
        Plugin.NODE_AFFINITY,
        Plugin.NODE_RESOURCES_FIT,
    ]


def test_where_a_node_will_do_there_is_no_message() -> None:
    prediction = judged(pod(), node("n"), node("m", taints=[TAINT]))
    assert (prediction.feasible, prediction.message) == (("n",), "")
    assert list(prediction.blockers) == list(prediction.reasons) == ["m"]


def test_feasible_nodes_keep_the_order_of_the_snapshot() -> None:
    nodes = [node(name, zone=name) for name in ("c", "a", "b")]
    assert judged(pod(), *nodes).feasible == ("c", "a", "b")


# ---- the pod itself ----------------------------------------------------------


def test_a_pod_of_the_snapshot_does_not_stand_in_its_own_way() -> None:
    bound = pod(on="n", requests={"cpu": "8"}, ports=[{"containerPort": 1, "hostPort": 80}])
    found = snapshot(node(), bound)
    assert predict(found, bound).feasible == ("n",)
    assert not predict(found, pod("other", requests={"cpu": "8"})).feasible
    [view] = found.all(Pod)
    assert predict(found, view).feasible == ("n",)


def test_a_pod_of_the_same_name_in_another_namespace_is_another() -> None:
    bound = pod(on="n", requests={"cpu": "8"}, namespace="other")
    assert not judged(pod(requests={"cpu": "8"}), node(), bound).feasible


def test_a_manifest_without_a_namespace_is_for_the_default_one() -> None:
    manifest = {"spec": {"containers": [{"name": "c"}]}}
    assert public_predict(snapshot(node()), manifest).feasible == ("n",)


@pytest.mark.parametrize("wrong", [{"spec": {"containers": "x"}}, {"spec": []}, {"metadata": 1}])
def test_what_is_no_pod_is_an_error_that_names_the_field(wrong: Json) -> None:
    with pytest.raises(UnreadableInputError, match=r"not a Pod: .*\$"):
        predict(snapshot(node()), wrong)


def test_an_invalid_quantity_of_the_pod_is_named() -> None:
    prediction = judged(pod(requests={"cpu": "1x"}), node())
    assert (prediction.feasible, prediction.message) == ((), "")
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, InvalidField)
    assert refusal.reason == ("spec.containers[0].resources.requests[cpu]: '1x' is not a quantity")


# ---- gaps --------------------------------------------------------------------


def test_an_invalid_object_spoils_nothing_but_itself() -> None:
    state = (
        node("good"),
        node("bad", allocatable={"memory": "lots"}),
        pod("odd", on="good", requests={"cpu": "7z"}),
        pod("fine", on="good", requests={"cpu": "7"}),
        pod("broken", on="good") | {"spec": {"containers": 7, "nodeName": "good"}},
        pod("null", on="good", requests={"cpu": "1"}) | {"status": None},
    )
    found = snapshot(*state)
    assert predict(found, pod(requests={"cpu": "1"})).message == (
        "0/1 nodes are available: 1 Insufficient cpu."
    )
    gaps = {gap.place: gap.reason for gap in ClusterIndex.of(found).gaps}
    assert gaps["bad"] == "status.allocatable: memory: 'lots' is not a quantity"
    assert gaps["default/odd"].endswith("requests[cpu]: '7z' is not a quantity")
    assert "$.spec.containers" in gaps["default/broken"]
    assert len(gaps) == 3


def test_what_was_not_read_is_not_taken_for_missing() -> None:
    read = snapshot(node())
    facts = {"cluster/nodes": Decoded(read.all(Node))}
    partly = Snapshot(facts, server_version="v1.36.2")
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    prediction = predict(partly, pod(volumes=volumes))
    assert prediction.message == ""
    assert set(prediction.unread) == {
        "cluster/pods",
        "cluster/persistentvolumeclaims",
        "cluster/persistentvolumes",
        "cluster/storageclasses.storage.k8s.io",
    }


# ---- copies ------------------------------------------------------------------


def test_a_copy_of_the_snapshot_is_judged_by_what_was_changed() -> None:
    found = snapshot(node(taints=[TAINT]), pod("other", on="n", requests={"cpu": "7"}))
    assert not predict(found, pod()).feasible
    clean = msgspec.convert(node(), Node)
    after = found.replacing(clean)
    assert predict(after, pod()).feasible == ("n",)
    assert predict(after, pod(requests={"cpu": "2"})).message == (
        "0/1 nodes are available: 1 Insufficient cpu."
    )
    roomier = after.replacing(msgspec.convert(pod("other", on="n"), Pod))
    assert predict(roomier, pod(requests={"cpu": "2"})).feasible == ("n",)
    assert not predict(found, pod()).feasible


# ---- a node that does not exist yet ------------------------------------------


def test_a_node_to_be_is_judged_by_the_rules_of_a_node_alone() -> None:
    found = snapshot(
        thing("PersistentVolumeClaim", "data", namespace="default", metadata={
            "annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
            spec={"volumeName": "pv"}),
        thing("PersistentVolume", "pv", metadata={"labels": {ZONE: "b"}}, spec={}),
    )  # fmt: skip
    wants = pod(
        requests={"cpu": "8"},
        volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],
        nodeSelector={"pool": "efa"},
        topologySpreadConstraints=[
            {"topologyKey": "x", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
        ],
    )
    new = msgspec.convert(node(taints=[TAINT], labels={"pool": "efa"}), Node)
    found_against = judge_node(found, wants, new, used={"cpu": 100, "pods": 1})
    assert [r.plugin for r in found_against] == [
        Plugin.TAINT_TOLERATION,
        Plugin.NODE_RESOURCES_FIT,
        Plugin.VOLUME_ZONE,
    ]
    better = msgspec.convert(node(zone="b", labels={"pool": "efa"}), Node)
    assert judge_node(found, wants, better) == ()


def test_a_bound_pod_with_broken_volumes_still_holds_what_it_requests() -> None:
    rotten = pod("rotten", on="n", requests={"cpu": "7"}, volumes=[7])
    whole = pod("whole", on="n", requests={"cpu": "7"})
    wants = pod(
        requests={"cpu": "1"},
        volumes=[{"name": "d", "awsElasticBlockStore": {"volumeID": "vol-1"}}],
    )
    found = judged(wants, node(allocatable={"cpu": "14"}), whole, rotten)
    assert found.message == "0/1 nodes are available: 1 Insufficient cpu."
