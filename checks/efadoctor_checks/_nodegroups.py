"""What keeps a managed node group from adding a node that serves a pod (EFA210)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

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
from efadoctor.model.aws import AutoScalingGroup, LaunchTemplateVersion, NodeGroup
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.devices import EFA_INTERFACE_TYPES, image_name
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.nodegroups import efa_interfaces_of, launch_template, members
from efadoctor.scheduling.refusals import AffinityUnmet, VolumeRefusal
from efadoctor_checks import _ages, _zones
from efadoctor_checks._claims import placed
from efadoctor_checks._launch_template_fixes import adding_efa
from efadoctor_checks._launches import failure_in
from efadoctor_checks._pod_selectors import alternatives

AUTOSCALER = "cluster-autoscaler"
_TAG = f"k8s.io/cluster-autoscaler/node-template/resources/{EFA}"
_STOPPED = frozenset({"CREATE_FAILED", "DELETING", "DELETE_FAILED"})
_NOT_SCALING = frozenset({"NodeCreationFailure"})
SCALES_WITHIN = timedelta(minutes=15)


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a group from adding a node; ``said`` goes on after its name."""

    key: str
    said: str
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...] = ()
    change: Change = Change.POOL_FIELD


def _of_group(group: NodeGroup, field: str, value: object, expected: object = None) -> Evidence:
    return Evidence(
        object=reference(group),
        field=field,
        value=value,
        expected=expected,
        source=EvidenceSource.AWS,
    )


# ---- the launch template ----------------------------------------------------


def without_efa(case: Case, group: NodeGroup) -> Obstacle | None:
    """A launch template that gives instances fewer EFA interfaces than the pod asks for."""
    wanted = case.demand.get(EFA, 0)
    if not wanted or not case.snapshot.was_read(LaunchTemplateVersion):
        return None
    template = launch_template(case.snapshot, group)
    if template is None:
        if group.launch_template is not None:
            return None
        evidence = _of_group(group, "launchTemplate", None, "a launch template with EFA interfaces")
        said = "has no launch template of its own, so EKS gives its nodes no EFA interface"
        return Obstacle(
            key="launch template",
            said=said,
            evidence=(evidence,),
            fixes=(adding_efa(case, group, template),),
        )
    has = efa_interfaces_of(template)
    if has >= wanted:
        return None
    interfaces = template.launch_template_data.network_interfaces
    shown = Evidence(
        object=reference(template),
        field="LaunchTemplateData.NetworkInterfaces",
        value=interfaces or None,
        expected=f"{wanted} with InterfaceType {' or '.join(sorted(EFA_INTERFACE_TYPES))}",
        source=EvidenceSource.AWS,
    )
    count = f"only {has}" if has else "no"
    return Obstacle(
        key="launch template",
        said=f"launches from template {template.launch_template_name}, which has {count} EFA "
        f"interface{'s' if has > 1 else ''}; the pod asks for {wanted}",
        evidence=(shown, _of_group(group, "launchTemplate", group.launch_template)),
        fixes=(adding_efa(case, group, template),),
    )


# ---- size -------------------------------------------------------------------


def auto_scaling_group(case: Case, group: NodeGroup) -> AutoScalingGroup | None:
    """The Auto Scaling group behind a node group, where it was read."""
    names = {g.name for g in group.resources.auto_scaling_groups}
    found = case.snapshot.all(AutoScalingGroup)
    return next((g for g in found if g.auto_scaling_group_name in names), None)


def at_maximum(case: Case, group: NodeGroup) -> Obstacle | None:
    """A group that may not grow, and none of whose nodes is on its way any more."""
    behind = auto_scaling_group(case, group)
    most = group.scaling_config.max_size
    has = len(members(case.snapshot, group))
    desired = behind.desired_capacity if behind else has or group.scaling_config.desired_size
    grows = has < desired and _is_young(case)
    if desired < most or grows:
        return None
    return Obstacle(
        key="maximum",
        said=f"is at its maximum of {most}",
        evidence=(
            _of_group(group, "scalingConfig.maxSize", most, f"more than {desired}"),
            _of_group(group, "scalingConfig.desiredSize", group.scaling_config.desired_size),
        ),
        fixes=(_grown(group, desired + 1, raised=True),),
        change=Change.LIMIT_RAISED,
    )


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
        title=f"Let the group have {size} nodes",
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
        said=f"has {desired} nodes, and nothing in the cluster scales it",
        evidence=(_of_group(group, "scalingConfig.desiredSize", desired),),
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
        what = f"node group {path.id.name} grows to {behind.desired_capacity} nodes"
        until = _ages.deadline(created, SCALES_WITHIN)
        yield Awaited(paths=frozenset({path.id}), what=what, since=created, until=until)


def _is_young(case: Case) -> bool:
    """Whether a group that was told to grow for the pod may still do so."""
    return _ages.is_within(case.snapshot, case.pod.metadata.creation_timestamp, SCALES_WITHIN)


# ---- zones, health ----------------------------------------------------------


def zone_unknown(case: Case, path: Path, group: NodeGroup) -> Obstacle | None:
    """A group of several zones that cannot be told which one the pod needs."""
    zones = _zones.subnet_zones(case, path)
    wanted = {
        value
        for a in alternatives(case.pod)
        for w in a
        if w.key == _zones.ZONE and w.requirement.operator == "In"
        for value in w.values
    } or {z for p in placed(case) for z in p.zones}
    refused = any(isinstance(r, AffinityUnmet | VolumeRefusal) for r in path.refusals)
    if len(zones) <= 1 or not wanted & zones or zones <= wanted or not refused:
        return None
    return Obstacle(
        key="zones",
        said=f"spans {', '.join(sorted(zones))} and cannot be told to add a node in "
        f"{', '.join(sorted(wanted & zones))}, where the pod must be",
        evidence=(_of_group(group, "subnets", list(group.subnets)),),
        fixes=(
            Fix(
                title="Make one node group for each zone",
                risk=Risk.COSTS_MONEY,
                unprovable="a group's subnets cannot change; another group must be made",
            ),
        ),
    )


def unhealthy(group: NodeGroup) -> Obstacle | None:
    """A group that EKS itself calls broken, launches and joining aside."""
    if group.status in _STOPPED:
        evidence = _of_group(group, "status", group.status, "ACTIVE")
        return Obstacle(key="status", said=f"is {group.status}", evidence=(evidence,))
    for index, issue in enumerate(group.health.issues):
        launch = failure_in(issue.code) or failure_in(issue.message)
        if launch is None and issue.code not in _NOT_SCALING:
            evidence = Evidence(
                object=reference(group),
                field=f"health.issues[{index}].code",
                value=issue.code,
                source=EvidenceSource.AWS,
                note=issue.message,
            )
            return Obstacle(key="health", said=f"is degraded: {issue.code}", evidence=(evidence,))
    return None
