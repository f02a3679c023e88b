"""VolumeBinding: claims that are bound, that take a volume, or that have one made.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumebinding/binder.go
"""

import pytest
from scheduling.volumes_of import EBS, claim, storage_class, using, volume
from tiny import ZONE, Json, judged, node, pod, reason, thing

from efadoctor.scheduling.refusals import Plugin, VolumeRefusal

NO_VOLUME = "1 node(s) didn't find available persistent volumes to bind"
ELSEWHERE = "1 node(s) didn't match PersistentVolume's node affinity"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


# ---- missing and unusable claims ---------------------------------------------


def test_a_missing_claim_keeps_the_pod_from_every_node() -> None:
    prediction = judged(
        using("gone"), node("n"), node("m", taints=[{"key": "k", "effect": "NoSchedule"}])
    )
    assert prediction.message == (
        '0/2 nodes are available: persistentvolumeclaim "gone" not found.'
    )
    assert prediction.feasible == ()
    first = prediction.prefilter[0]
    assert isinstance(first, VolumeRefusal)
    assert (first.claim, first.volume) == ("gone", "v0")
    assert len(prediction.blockers["m"]) > len(prediction.blockers["n"])
    assert prediction.reasons["n"] == ['persistentvolumeclaim "gone" not found']


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (claim(phase="Lost", bound="pv"), 'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"'),
        (claim(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), 'persistentvolumeclaim "data" is being deleted'),
        (claim(), UNBOUND),
        (claim(storageClassName="missing"), UNBOUND),
        (claim(storageClassName="now"), UNBOUND),
        (claim(storageClassName="gp3", volumeName="pv"), UNBOUND),
    ],
)  # fmt: skip
def test_a_claim_that_cannot_be_used_says_why(broken: Json, text: str) -> None:
    classes = (storage_class(), storage_class("now", mode="Immediate"))
    assert reason(using("data"), node(), broken, *classes) == text


def test_an_ephemeral_volume_waits_for_its_claim_and_takes_no_other_s() -> None:
    wants = pod("p", volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}])
    waiting = (
        'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"'
    )
    assert reason(wants, node()) == waiting
    others = claim("p-scratch", storageClassName="gp3")
    assert reason(wants, node(), others, storage_class()) == (
        "PVC default/p-scratch was not created for pod default/p (pod is not owner)"
    )
    owner = {"kind": "Pod", "name": "p", "uid": "uid-default-p", "controller": True}
    own = claim("p-scratch", storageClassName="gp3", metadata={"ownerReferences": [owner]})
    assert judged(wants, node(), own, storage_class()).feasible == ("n",)


# ---- VolumeBinding -----------------------------------------------------------


def test_a_bound_volume_must_reach_the_node() -> None:
    state = (claim(bound="pv"), volume(zones=["b"], phase="Bound"))
    prediction = judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state)
    assert prediction.feasible == ("b",)
    assert reason(using("data"), node(), *state) == ELSEWHERE
    [refusal] = prediction.blockers["a"]
    assert isinstance(refusal, VolumeRefusal)
    assert (refusal.plugin, refusal.claim) == (Plugin.VOLUME_BINDING, "data")


def test_the_text_of_an_unreachable_volume_is_another_before_1_33() -> None:
    state = (node(), claim(bound="pv"), volume(zones=["b"], phase="Bound"))
    old = "1 node(s) had volume node affinity conflict"
    assert reason(using("data"), *state, version="v1.32.5") == old
    assert reason(using("data"), *state, version="v1.33.0") == ELSEWHERE


def test_a_volume_that_is_gone_is_said_to_be_by_the_zones_first() -> None:
    """VolumeZone's PreFilter looks the volume up before VolumeBinding's Filter would."""
    assert reason(using("data"), node(), claim(bound="pv")) == 'persistentvolume "pv" not found'


def test_an_unbound_claim_takes_the_volume_that_fits_and_reaches_the_node() -> None:
    state = (
        storage_class("static", provisioner="kubernetes.io/no-provisioner"),
        claim(storageClassName="static", size="2Gi"),
        volume("small", storageClassName="static", size="1Gi"),
        volume("far", storageClassName="static", size="2Gi", zones=["b"]),
        volume("other-class", size="9Gi"),
        volume(
            "taken", storageClassName="static", size="9Gi", claimRef={"namespace": "x", "name": "y"}
        ),
        volume("failed", storageClassName="static", size="9Gi", phase="Released"),
        volume("block", storageClassName="static", size="9Gi", volumeMode="Block"),
    )
    prediction = judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state)
    assert prediction.feasible == ("b",)
    assert prediction.reasons["a"] == [NO_VOLUME.removeprefix("1 ")]


def test_two_claims_do_not_take_the_same_volume() -> None:
    static = storage_class("static", provisioner="kubernetes.io/no-provisioner")
    claims = [claim(name, storageClassName="static") for name in ("one", "two")]
    one = volume("pv1", storageClassName="static")
    assert reason(using("one", "two"), node(), static, *claims, one) == NO_VOLUME
    two = volume("pv2", storageClassName="static", handle="vol-2")
    assert judged(using("one", "two"), node(), static, *claims, one, two).feasible


def test_a_volume_that_was_bound_beforehand_is_taken_or_none() -> None:
    static = storage_class("static", provisioner="kubernetes.io/no-provisioner")
    mine = {"namespace": "default", "name": "data"}
    state = (
        static,
        claim(storageClassName="static"),
        volume("mine", storageClassName="static", claimRef=mine, zones=["b"]),
        volume("free", storageClassName="static"),
    )
    assert judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state).feasible == (
        "b",
    )


def test_a_volume_is_made_where_the_class_allows_it() -> None:
    topology = [{"matchLabelExpressions": [{"key": ZONE, "values": ["b", "c"]}]}]
    state = (claim(storageClassName="gp3"), storage_class(allowedTopologies=topology))
    assert judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state).feasible == (
        "b",
    )
    assert reason(using("data"), node(), *state) == NO_VOLUME


def test_a_claim_whose_node_is_chosen_goes_there() -> None:
    chosen = claim(storageClassName="gp3", annotations={"volume.kubernetes.io/selected-node": "b"})
    state = (chosen, storage_class())
    assert judged(using("data"), node("a"), node("b"), *state).feasible == ("b",)


def test_a_driver_that_publishes_its_capacity_must_have_enough() -> None:
    def state(size: str) -> tuple[Json, ...]:
        capacity = {"storageClassName": "gp3", "capacity": size}
        return (
            claim(storageClassName="gp3", size="10Gi"),
            storage_class(),
            thing("CSIDriver", EBS, spec={"storageCapacity": True}),
            thing("CSIStorageCapacity", "c", namespace="x", nodeTopology={"matchLabels": {ZONE: "a"}}, **capacity),
        )  # fmt: skip

    assert judged(using("data"), node(), *state("10Gi")).feasible == ("n",)
    assert (
        reason(using("data"), node(), *state("9Gi")) == "1 node(s) did not have enough free storage"
    )
    assert not judged(using("data"), node(zone="b"), *state("99Gi")).feasible


def test_an_in_tree_ebs_volume_is_looked_for_by_its_driver_s_topology() -> None:
    migrated = {"storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs"}
    state = (
        claim(bound="pv"),
        volume(zones=["a"], handle="", awsElasticBlockStore={"volumeID": "vol-1"}),
        thing("CSINode", "n", metadata={"annotations": migrated}, spec={"drivers": []}),
    )
    driver_zone = "topology.ebs.csi.aws.com/zone"
    assert reason(using("data"), node(), *state) == ELSEWHERE
    assert judged(using("data"), node(labels={driver_zone: "a"}), *state).feasible == ("n",)
