"""The filters that look at volumes: VolumeRestrictions, NodeVolumeLimits, VolumeBinding,
VolumeZone.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodevolumelimits/csi.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumebinding/binder.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumezone/volume_zone.go
"""

import pytest
from tiny import ZONE, judged, node, pod, reason, thing

from efadoctor.scheduling.refusals import Plugin, VolumeRefusal

EBS = "ebs.csi.aws.com"
BOUND = {"pv.kubernetes.io/bind-completed": "yes"}

NO_VOLUME = "1 node(s) didn't find available persistent volumes to bind"
ELSEWHERE = "1 node(s) didn't match PersistentVolume's node affinity"
GONE = "1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
IN_USE = (
    "1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
    "already in-use by another pod"
)
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


def claim(name="data", *, size="1Gi", modes=("ReadWriteOnce",), bound="", phase="", **more):
    metadata = {"uid": f"uid-{name}", "annotations": more.pop("annotations", {})}
    metadata |= more.pop("metadata", {})
    if bound:
        metadata["annotations"] = BOUND | metadata["annotations"]
    spec = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}}
    spec |= {"volumeName": bound} if bound else {}
    phase = phase or ("Bound" if bound else "Pending")
    return thing(
        "PersistentVolumeClaim",
        name,
        namespace="default",
        metadata=metadata,
        spec=spec | more,
        status={"phase": phase},
    )


def terms(key, *values):
    return {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}
        ]
    }


def volume(name="pv", *, zones=(), size="1Gi", phase="Available", handle="vol-1", **more):
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"]}
    spec |= {"csi": {"driver": EBS, "volumeHandle": handle}} if handle else {}
    spec |= {"nodeAffinity": {"required": terms(ZONE, *zones)}} if zones else {}
    metadata = more.pop("metadata", {})
    return thing(
        "PersistentVolume", name, metadata=metadata, spec=spec | more, status={"phase": phase}
    )


def storage_class(name="gp3", mode="WaitForFirstConsumer", provisioner=EBS, **more):
    return thing("StorageClass", name, provisioner=provisioner, volumeBindingMode=mode, **more)


def using(*claims, name="p", on="", **more):
    volumes = [
        {"name": f"v{i}", "persistentVolumeClaim": {"claimName": c}} for i, c in enumerate(claims)
    ]
    return pod(name, on=on, volumes=volumes, **more)


def with_disk(volume_id, name="p", on="", **more):
    disk = {"name": "disk", "awsElasticBlockStore": {"volumeID": volume_id}}
    return pod(name, on=on, volumes=[disk], **more)


# ---- missing and unusable claims ---------------------------------------------


def test_a_missing_claim_keeps_the_pod_from_every_node():
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
def test_a_claim_that_cannot_be_used_says_why(broken, text):
    classes = (storage_class(), storage_class("now", mode="Immediate"))
    assert reason(using("data"), node(), broken, *classes) == text


def test_an_ephemeral_volume_waits_for_its_claim_and_takes_no_other_s():
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


def test_a_bound_volume_must_reach_the_node():
    state = (claim(bound="pv"), volume(zones=["b"], phase="Bound"))
    prediction = judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state)
    assert prediction.feasible == ("b",)
    assert reason(using("data"), node(), *state) == ELSEWHERE
    [refusal] = prediction.blockers["a"]
    assert (refusal.plugin, refusal.claim) == (Plugin.VOLUME_BINDING, "data")


def test_the_text_of_an_unreachable_volume_is_another_before_1_33():
    state = (node(), claim(bound="pv"), volume(zones=["b"], phase="Bound"))
    old = "1 node(s) had volume node affinity conflict"
    assert reason(using("data"), *state, version="v1.32.5") == old
    assert reason(using("data"), *state, version="v1.33.0") == ELSEWHERE


def test_a_volume_that_is_gone_is_said_to_be_by_the_zones_first():
    """VolumeZone's PreFilter looks the volume up before VolumeBinding's Filter would."""
    assert reason(using("data"), node(), claim(bound="pv")) == 'persistentvolume "pv" not found'


def test_an_unbound_claim_takes_the_volume_that_fits_and_reaches_the_node():
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


def test_two_claims_do_not_take_the_same_volume():
    static = storage_class("static", provisioner="kubernetes.io/no-provisioner")
    claims = [claim(name, storageClassName="static") for name in ("one", "two")]
    one = volume("pv1", storageClassName="static")
    assert reason(using("one", "two"), node(), static, *claims, one) == NO_VOLUME
    two = volume("pv2", storageClassName="static", handle="vol-2")
    assert judged(using("one", "two"), node(), static, *claims, one, two).feasible


def test_a_volume_that_was_bound_beforehand_is_taken_or_none():
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


def test_a_volume_is_made_where_the_class_allows_it():
    topology = [{"matchLabelExpressions": [{"key": ZONE, "values": ["b", "c"]}]}]
    state = (claim(storageClassName="gp3"), storage_class(allowedTopologies=topology))
    assert judged(using("data"), node("a", zone="a"), node("b", zone="b"), *state).feasible == (
        "b",
    )
    assert reason(using("data"), node(), *state) == NO_VOLUME


def test_a_claim_whose_node_is_chosen_goes_there():
    chosen = claim(storageClassName="gp3", annotations={"volume.kubernetes.io/selected-node": "b"})
    state = (chosen, storage_class())
    assert judged(using("data"), node("a"), node("b"), *state).feasible == ("b",)


def test_a_driver_that_publishes_its_capacity_must_have_enough():
    def state(size):
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


def test_an_in_tree_ebs_volume_is_looked_for_by_its_driver_s_topology():
    migrated = {"storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs"}
    state = (
        claim(bound="pv"),
        volume(zones=["a"], handle="", awsElasticBlockStore={"volumeID": "vol-1"}),
        thing("CSINode", "n", metadata={"annotations": migrated}, spec={"drivers": []}),
    )
    driver_zone = "topology.ebs.csi.aws.com/zone"
    assert reason(using("data"), node(), *state) == ELSEWHERE
    assert judged(using("data"), node(labels={driver_zone: "a"}), *state).feasible == ("n",)


# ---- VolumeZone --------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "value", "fits"),
    [
        (ZONE, "a", True),
        (ZONE, "b", False),
        (ZONE, "b__a", True),
        (ZONE, "b__", True),  # a list with a hole in it is ignored
        ("failure-domain.beta.kubernetes.io/zone", "a", True),
        ("failure-domain.beta.kubernetes.io/zone", "b", False),
        ("topology.kubernetes.io/region", "r", False),
    ],
)
def test_a_bound_volume_s_zone_labels_must_agree(label, value, fits):
    zoned = volume(phase="Bound", metadata={"labels": {label: value}})
    found = reason(using("data"), node(), claim(bound="pv"), zoned)
    assert found == ("" if fits else "1 node(s) had no available volume zone")


def test_a_node_without_zone_labels_takes_any_volume():
    bare = node()
    del bare["metadata"]["labels"][ZONE]
    zoned = volume(phase="Bound", metadata={"labels": {ZONE: "b"}})
    assert judged(using("data"), bare, claim(bound="pv"), zoned).feasible == ("n",)


# ---- VolumeRestrictions ------------------------------------------------------


def test_a_claim_for_one_pod_is_in_use_wherever_the_other_runs():
    state = (
        claim(bound="pv", modes=["ReadWriteOncePod"]),
        volume(phase="Bound", accessModes=["ReadWriteOncePod"]),
        using("data", name="holder", on="m"),
    )
    prediction = judged(using("data"), node("n"), node("m"), *state)
    assert prediction.feasible == ()
    assert prediction.message == "0/2 nodes are available: 2" + IN_USE.removeprefix("1") + "."
    assert not prediction.blockers["n"][0].unresolvable
    assert judged(using("data", name="holder"), node("n"), *state).feasible == ("n",)


def test_a_claim_of_the_same_name_in_another_namespace_is_another():
    state = (
        claim(bound="pv", modes=["ReadWriteOncePod"]),
        volume(phase="Bound"),
        using("data", name="holder", on="n", namespace="other"),
    )
    assert judged(using("data"), node(), *state).feasible == ("n",)


def test_an_ebs_disk_is_mounted_by_one_pod_of_a_node():
    holder = with_disk("vol-1", name="holder", on="n")
    prediction = judged(with_disk("vol-1"), node("n"), node("m"), holder)
    assert prediction.feasible == ("m",)
    assert prediction.reasons["n"] == ["node(s) had no available disk"]
    assert judged(with_disk("vol-2"), node("n"), holder).feasible == ("n",)


# ---- NodeVolumeLimits --------------------------------------------------------


def limit(count, name="n", driver=EBS):
    driver = {"name": driver, "nodeID": "i", "allocatable": {"count": count}}
    return thing("CSINode", name, spec={"drivers": [driver]})


def held(count, on="n"):
    """Pods with a volume each, and their claims and volumes."""
    for i in range(count):
        yield using(f"held{i}", name=f"holder{i}", on=on)
        yield claim(f"held{i}", bound=f"held-pv{i}")
        yield volume(f"held-pv{i}", handle=f"vol-held{i}", phase="Bound")


MINE = (claim(bound="pv"), volume(phase="Bound"))
FULL = "1 node(s) exceed max volume count"


def test_a_node_takes_as_many_volumes_as_its_driver_allows():
    assert judged(using("data"), node(), *MINE, limit(3), *held(2)).feasible == ("n",)
    assert reason(using("data"), node(), *MINE, limit(2), *held(2)) == FULL


def test_a_node_without_a_limit_takes_any_number():
    assert judged(using("data"), node(), *MINE, *held(3)).feasible == ("n",)
    other = limit(1, driver="efs.csi.aws.com")
    assert judged(using("data"), node(), *MINE, other, *held(3)).feasible == ("n",)


def test_a_volume_that_is_attached_already_is_not_new():
    sharing = using("held0")
    assert judged(sharing, node(), limit(2), *held(2)).feasible == ("n",)


def test_a_volume_that_is_yet_to_be_made_counts_by_its_class():
    wants = (claim(storageClassName="gp3"), storage_class())
    assert reason(using("data"), node(), *wants, limit(2), *held(2)) == FULL


def test_an_attachment_counts_though_no_pod_uses_it():
    left = thing(
        "VolumeAttachment",
        "left",
        spec={"attacher": EBS, "nodeName": "n", "source": {"persistentVolumeName": "old"}},
    )
    old = volume("old", handle="vol-old", phase="Bound")
    assert judged(using("data"), node(), *MINE, limit(2), *held(1), old).feasible == ("n",)
    assert reason(using("data"), node(), *MINE, limit(2), *held(1), old, left) == FULL


def test_an_inline_ebs_disk_counts_for_the_driver():
    disk = with_disk("aws://us-east-1a/vol-x")
    assert reason(disk, node(), limit(2), *held(2)) == FULL
