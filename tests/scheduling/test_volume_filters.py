"""VolumeZone and VolumeRestrictions: where a bound volume is, and who else uses it.

https://github.com/kubernetes/kubernetes/tree/v1.36.2/pkg/scheduler/framework/plugins/volumezone
https://github.com/kubernetes/kubernetes/tree/v1.36.2/pkg/scheduler/framework/plugins/volumerestrictions
"""

import pytest
from scheduling.volumes_of import claim, using, volume, with_disk
from tiny import ZONE, judged, node, reason

IN_USE = (
    "1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
    "already in-use by another pod"
)

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
def test_a_bound_volume_s_zone_labels_must_agree(label: str, value: str, *, fits: bool) -> None:
    zoned = volume(phase="Bound", metadata={"labels": {label: value}})
    found = reason(using("data"), node(), claim(bound="pv"), zoned)
    assert found == ("" if fits else "1 node(s) had no available volume zone")


def test_a_node_without_zone_labels_takes_any_volume() -> None:
    bare = node()
    del bare["metadata"]["labels"][ZONE]
    zoned = volume(phase="Bound", metadata={"labels": {ZONE: "b"}})
    assert judged(using("data"), bare, claim(bound="pv"), zoned).feasible == ("n",)


# ---- VolumeRestrictions ------------------------------------------------------


def test_a_claim_for_one_pod_is_in_use_wherever_the_other_runs() -> None:
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


def test_a_claim_of_the_same_name_in_another_namespace_is_another() -> None:
    state = (
        claim(bound="pv", modes=["ReadWriteOncePod"]),
        volume(phase="Bound"),
        using("data", name="holder", on="n", namespace="other"),
    )
    assert judged(using("data"), node(), *state).feasible == ("n",)


def test_an_ebs_disk_is_mounted_by_one_pod_of_a_node() -> None:
    holder = with_disk("vol-1", name="holder", on="n")
    prediction = judged(with_disk("vol-1"), node("n"), node("m"), holder)
    assert prediction.feasible == ("m",)
    assert prediction.reasons["n"] == ["node(s) had no available disk"]
    assert judged(with_disk("vol-2"), node("n"), holder).feasible == ("n",)
