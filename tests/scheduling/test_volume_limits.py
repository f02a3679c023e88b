"""NodeVolumeLimits: how many volumes a CSI driver attaches to a node.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodevolumelimits/csi.go
"""

from collections.abc import Iterator

from scheduling.volumes_of import EBS, claim, storage_class, using, volume, with_disk
from tiny import Json, judged, node, reason, thing


def limit(count: int, name: str = "n", driver: str = EBS) -> Json:
    listed = {"name": driver, "nodeID": "i", "allocatable": {"count": count}}
    return thing("CSINode", name, spec={"drivers": [listed]})


def held(count: int, on: str = "n") -> Iterator[Json]:
    """Pods with a volume each, and their claims and volumes."""
    for i in range(count):
        yield using(f"held{i}", name=f"holder{i}", on=on)
        yield claim(f"held{i}", bound=f"held-pv{i}")
        yield volume(f"held-pv{i}", handle=f"vol-held{i}", phase="Bound")


MINE = (claim(bound="pv"), volume(phase="Bound"))
FULL = "1 node(s) exceed max volume count"


def test_a_node_takes_as_many_volumes_as_its_driver_allows() -> None:
    assert judged(using("data"), node(), *MINE, limit(3), *held(2)).feasible == ("n",)
    assert reason(using("data"), node(), *MINE, limit(2), *held(2)) == FULL


def test_a_node_without_a_limit_takes_any_number() -> None:
    assert judged(using("data"), node(), *MINE, *held(3)).feasible == ("n",)
    other = limit(1, driver="efs.csi.aws.com")
    assert judged(using("data"), node(), *MINE, other, *held(3)).feasible == ("n",)


def test_a_volume_that_is_attached_already_is_not_new() -> None:
    sharing = using("held0")
    assert judged(sharing, node(), limit(2), *held(2)).feasible == ("n",)


def test_a_volume_that_is_yet_to_be_made_counts_by_its_class() -> None:
    wants = (claim(storageClassName="gp3"), storage_class())
    assert reason(using("data"), node(), *wants, limit(2), *held(2)) == FULL


def test_an_attachment_counts_though_no_pod_uses_it() -> None:
    left = thing(
        "VolumeAttachment",
        "left",
        spec={"attacher": EBS, "nodeName": "n", "source": {"persistentVolumeName": "old"}},
    )
    old = volume("old", handle="vol-old", phase="Bound")
    assert judged(using("data"), node(), *MINE, limit(2), *held(1), old).feasible == ("n",)
    assert reason(using("data"), node(), *MINE, limit(2), *held(1), old, left) == FULL


def test_an_inline_ebs_disk_counts_for_the_driver() -> None:
    disk = with_disk("aws://us-east-1a/vol-x")
    assert reason(disk, node(), limit(2), *held(2)) == FULL
