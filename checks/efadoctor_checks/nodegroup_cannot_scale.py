"""The node group cannot add a node that would serve the pod.

## What it checks

Each managed node group whose type serves the pod: whether its launch template gives an instance
EFA interfaces, and enough of them; whether it is at its maximum; whether anything scales it at
all; whether it can be told in which zone to add a node, where the pod needs one; whether Cluster
Autoscaler can know that an empty group has EFA; its own status and health.

## Why it matters

EKS attaches no EFA interface by itself: a group whose launch template lists none makes nodes that
look right and never advertise `vpc.amazonaws.com/efa`. Everything else about them is healthy.

## Evidence

The launch template's interfaces, the group's sizes, its issues; the Auto Scaling group's tags.

## Fix

A new version of the launch template with an interface of type `efa` or `efa-only` on each network
card; a larger group; an autoscaler; the tag that tells it of EFA.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
- https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
- https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Path, Stage, check, reference
from efadoctor.model.aws import (
    AutoScalingGroup,
    InstanceTypeInfo,
    LaunchTemplateVersion,
    NodeGroup,
    Subnet,
)
from efadoctor.model.kubernetes import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
)
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.nodegroups import instance_type, members
from efadoctor_checks import _launch_template_fixes, _nodegroup_sizes, _nodegroups
from efadoctor_checks._excess import efa_within_reach
from efadoctor_checks._nodegroups import Obstacle


@check(
    "EFA210",
    stage=Stage.PROVISIONING,
    needs=(NodeGroup,),
    uses=(
        LaunchTemplateVersion,
        AutoScalingGroup,
        Subnet,
        InstanceTypeInfo,
        Node,
        Pod,
        PersistentVolumeClaim,
        PersistentVolume,
        StorageClass,
        *_launch_template_fixes.READS,
    ),
    explains=("efa-not-advertised",),
)
def nodegroup_cannot_scale(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each obstacle of each group that serves the pod."""
    for path in case.paths:
        group = path.group if path.hypothetical else None
        if group is None or not _could_serve(case, path, group):
            continue
        obstacles = tuple(_obstacles(case, path, group))
        for obstacle in obstacles:
            yield _finding(path, group, obstacle)
        if not obstacles:
            yield from _nodegroup_sizes.scaling(case, path, group)


def _could_serve(case: Case, path: Path, group: NodeGroup) -> bool:
    """Whether the type has the devices asked for, if not the launch template the interfaces."""
    wanted = efa_within_reach(case)
    facts = known_types(case.snapshot).get(instance_type(case.snapshot, group))
    if wanted and facts is not None:
        return facts.efa_interfaces >= wanted and path.serves is not False
    return path.serves is not False and any(case.demand.get(d.value) for d in Device)


def _obstacles(case: Case, path: Path, group: NodeGroup) -> Iterator[Obstacle]:
    status = _nodegroups.unhealthy(group)
    if status is not None:
        yield status
        if status.key == _nodegroups.STOPPED:
            return
    interfaces = _nodegroups.without_efa(case, group)
    if interfaces is not None:
        yield interfaces
        if any(_lacks_efa(case, n.status.allocatable) for n in members(case.snapshot, group)):
            return  # its nodes are replaced with the template: there is room for that
    for found in (
        _nodegroup_sizes.at_maximum(case, group),
        _nodegroups.zone_unknown(case, path, group),
        _nodegroup_sizes.untagged(case, group),
        _nodegroup_sizes.unscaled(case, group),
    ):
        if found is not None:
            yield found
            return


def _lacks_efa(case: Case, allocatable: object) -> bool:
    amounts = allocatable if isinstance(allocatable, dict) else {}
    return str(amounts.get(EFA, "0")) == "0" and bool(case.demand.get(EFA))


def _finding(path: Path, group: NodeGroup, obstacle: Obstacle) -> Finding:
    return Finding(
        object=reference(group),
        summary=f"Node group {path.id.name} {obstacle.said}.",
        evidence=obstacle.evidence,
        chain=(
            f"Node group {path.id.name} {obstacle.said}.",
            "So no node comes from it that would take the pod.",
        ),
        fixes=obstacle.fixes,
        paths=frozenset({path.id}),
        change=obstacle.change,
        key=obstacle.key,
    )
