"""What keeps a managed node group from adding a node that serves a pod, sizes aside (EFA210)."""

from __future__ import annotations

import msgspec

from efadoctor.authoring import (
    Case,
    Change,
    Command,
    Evidence,
    EvidenceSource,
    Fix,
    Path,
    Risk,
    reference,
)
from efadoctor.model.aws import LaunchTemplateVersion, NodeGroup
from efadoctor.scheduling.devices import EFA_INTERFACE_TYPES
from efadoctor.scheduling.nodegroups import efa_interfaces_of, launch_template
from efadoctor.scheduling.refusals import AffinityUnmet, VolumeRefusal
from efadoctor_checks import _zones
from efadoctor_checks._claims import placed
from efadoctor_checks._excess import efa_within_reach
from efadoctor_checks._failures import failure_in
from efadoctor_checks._launch_template_fixes import adding_efa
from efadoctor_checks._pod_selectors import alternatives

_STOPPED = frozenset({"CREATE_FAILED", "DELETING", "DELETE_FAILED"})
_NOT_SCALING = frozenset({"NodeCreationFailure"})


STOPPED = "status"
"""The key of the obstacle that the group is not, or no longer, there."""


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a group from adding a node; ``said`` goes on after its name."""

    key: str
    said: str
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...] = ()
    change: Change = Change.POOL_FIELD


def of_group(group: NodeGroup, field: str, value: object, expected: object = None) -> Evidence:
    """What EKS says of a group."""
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
    wanted = efa_within_reach(case)
    if not wanted or not case.snapshot.was_read(LaunchTemplateVersion):
        return None
    template = launch_template(case.snapshot, group)
    if template is None:
        if group.launch_template is not None:
            return None
        evidence = of_group(group, "launchTemplate", None, "a launch template with EFA interfaces")
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
        evidence=(shown, of_group(group, "launchTemplate", group.launch_template)),
        fixes=(adding_efa(case, group, template),),
    )


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
        evidence=(of_group(group, "subnets", list(group.subnets)),),
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
    if group.status in _STOPPED and not _never_launched(group):
        evidence = of_group(group, "status", group.status, "ACTIVE")
        codes = ", ".join(dict.fromkeys(i.code for i in group.health.issues))
        said = f"is {group.status}{f': {codes}' if codes else ''}"
        messages = (
            of_group(group, f"health.issues[{n}].message", i.message)
            for n, i in enumerate(group.health.issues)
        )
        shown = (evidence, *messages)
        return Obstacle(key=STOPPED, said=said, evidence=shown, fixes=(_ask_eks(group),))
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
            said = f"is degraded: {issue.code}"
            return Obstacle(key="health", said=said, evidence=(evidence,), fixes=(_ask_eks(group),))
    return None


def _never_launched(group: NodeGroup) -> bool:
    """Whether the group could not be made because its instances could not be launched."""
    issues = group.health.issues
    failed = any(failure_in(i.code) or failure_in(i.message) for i in issues)
    return group.status == "CREATE_FAILED" and failed


def _ask_eks(group: NodeGroup) -> Fix:
    """What EKS says of the group, which only EKS knows when it is mended."""
    argv = ("aws", "eks", "describe-nodegroup", "--cluster-name", group.cluster_name)
    named = ("--nodegroup-name", group.nodegroup_name, "--query", "nodegroup.[status,health]")
    return Fix(
        title=f"Mend what EKS says of node group {group.nodegroup_name}",
        edits=(Command(argv=(*argv, *named)),),
        unprovable="only EKS can tell when the group is whole again",
    )
