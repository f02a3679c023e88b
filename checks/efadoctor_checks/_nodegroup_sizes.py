"""The sizes of a managed node group, and who changes them (EFA210)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from efadoctor.authoring import (
    Awaited,
    AwsCall,
    Case,
    Change,
    Evidence,
    EvidenceSource,
    Fix,
    Path,
    Risk,
    Snapshot,
    reference,
)
from efadoctor.model.aws import AutoScalingGroup, NodeGroup
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.devices import image_name
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.nodegroups import members
from efadoctor_checks import _ages
from efadoctor_checks._failures import failure_in
from efadoctor_checks._nodegroups import Obstacle, of_group

AUTOSCALER = "cluster-autoscaler"
_TAG = f"k8s.io/cluster-autoscaler/node-template/resources/{EFA}"
SCALES_WITHIN = timedelta(minutes=15)


def auto_scaling_group(case: Case, group: NodeGroup) -> AutoScalingGroup | None:
    """The Auto Scaling group behind a node group, where it was read."""
    names = {g.name for g in group.resources.auto_scaling_groups}
    found = case.snapshot.all(AutoScalingGroup)
    return next((g for g in found if g.auto_scaling_group_name in names), None)


def at_maximum(case: Case, group: NodeGroup) -> Obstacle | None:
    """A group that may not grow, and none of whose nodes is on its way any more.

    One whose launches fail does not want for room: it has not yet what it may have.
    """
    behind = auto_scaling_group(case, group)
    most = group.scaling_config.max_size
    has = len(members(case.snapshot, group))
    desired = behind.desired_capacity if behind else has or group.scaling_config.desired_size
    owed = has < desired and (_is_young(case) or _fails_to_launch(group))
    if desired < most or owed:
        return None
    return Obstacle(
        key="maximum",
        said=f"is at its maximum of {most}",
        evidence=(
            of_group(group, "scalingConfig.maxSize", most, f"more than {desired}"),
            of_group(group, "scalingConfig.desiredSize", group.scaling_config.desired_size),
        ),
        fixes=(_grown(group, desired + 1, raised=True),),
        change=Change.LIMIT_RAISED,
    )


def _fails_to_launch(group: NodeGroup) -> bool:
    return any(failure_in(i.code) or failure_in(i.message) for i in group.health.issues)


def _grown(group: NodeGroup, size: int, *, raised: bool = False) -> Fix:
    """The group with so many nodes; ``raised`` where its maximum must rise as well."""
    scaling = ({"maxSize": size} if raised else {}) | {"desiredSize": size}
    call = AwsCall(
        service="eks",
        operation="update-nodegroup-config",
        parameters={
            "clusterName": group.cluster_name,
            "nodegroupName": group.nodegroup_name,
            "scalingConfig": scaling,
        },
    )
    return Fix(
        title=f"Let the group have {_nodes(size)}",
        edits=(call,),
        risk=Risk.COSTS_MONEY,
        warning="Another instance is launched.",
    )


def _has_autoscaler(case: Case) -> bool:
    return case.snapshot.once(_runs_autoscaler)


def _runs_autoscaler(snapshot: Snapshot) -> bool:
    """Whether Cluster Autoscaler runs anywhere."""
    return any(
        AUTOSCALER in image_name(c.image) for p in snapshot.all(Pod) for c in p.spec.containers
    )


def unscaled(case: Case, group: NodeGroup) -> Obstacle | None:
    """A group that nothing scales: it stays as large as somebody made it."""
    desired, behind = group.scaling_config.desired_size, auto_scaling_group(case, group)
    growing = behind is not None and behind.desired_capacity > len(behind.instances)
    if not case.snapshot.was_read_whole(Pod) or _has_autoscaler(case) or growing:
        return None
    if len(members(case.snapshot, group)) < desired:
        return None
    return Obstacle(
        key="size",
        said=f"has {_nodes(desired)}, and nothing in the cluster scales it",
        evidence=(of_group(group, "scalingConfig.desiredSize", desired),),
        fixes=(_grown(group, desired + 1),),
        change=Change.LIMIT_RAISED,
    )


def untagged(case: Case, group: NodeGroup) -> Obstacle | None:
    """An empty group of which Cluster Autoscaler cannot know that its nodes have EFA."""
    behind = auto_scaling_group(case, group)
    empty = not members(case.snapshot, group) and not group.scaling_config.desired_size
    if behind is None or not empty or not _has_autoscaler(case) or not case.demand.get(EFA):
        return None
    if any(t.key == _TAG for t in behind.tags):
        return None
    name = behind.auto_scaling_group_name
    tag = {
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "Key": _TAG,
        "Value": str(case.demand[EFA]),
        "PropagateAtLaunch": False,
    }
    call = AwsCall(
        service="autoscaling", operation="create-or-update-tags", parameters={"Tags": [tag]}
    )
    evidence = Evidence(
        object=reference(group),
        field="resources.autoScalingGroups",
        value=[name],
        expected=f"tag {_TAG}",
        source=EvidenceSource.AWS,
    )
    fix = Fix(
        title="Tell Cluster Autoscaler how many EFA interfaces a node of the group has",
        edits=(call,),
        risk=Risk.COSTS_MONEY,
        warning="It reads the tag when it next looks, and then launches an instance.",
    )
    return Obstacle(
        key="tags",
        said=f"has no node, and no tag tells Cluster Autoscaler that one would have {EFA}",
        evidence=(evidence,),
        fixes=(fix,),
    )


def scaling(case: Case, path: Path, group: NodeGroup) -> Iterator[Awaited]:
    """A node that is on its way because the group was told to grow."""
    behind = auto_scaling_group(case, group)
    if behind is None or behind.desired_capacity <= len(members(case.snapshot, group)):
        return
    if _is_young(case):
        created = case.pod.metadata.creation_timestamp
        what = f"node group {path.id.name} grows to {_nodes(behind.desired_capacity)}"
        until = _ages.deadline(created, SCALES_WITHIN)
        yield Awaited(paths=frozenset({path.id}), what=what, since=created, until=until)


def _is_young(case: Case) -> bool:
    """Whether a group that was told to grow for the pod may still do so."""
    return _ages.is_within(case.snapshot, case.pod.metadata.creation_timestamp, SCALES_WITHIN)


def _nodes(count: int) -> str:
    """So many nodes, for a sentence; none is said as such."""
    return {0: "no node", 1: "1 node"}.get(count, f"{count} nodes")
