"""A launch template that gives its instances EFA interfaces (EFA210), or names another group.

One interface of type ``efa`` on each network card that can have one: device index 0 on the
first card, 1 on the others. Its security groups must be in the interfaces, since EC2 takes
either those or the template's own:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-efa.html ,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html .
"""

from __future__ import annotations

from typing import Any

from efadoctor.authoring import AwsCall, Case, Fix, Overlay, Risk
from efadoctor.model.aws import Cluster, LaunchTemplateVersion, NodeGroup
from efadoctor.scheduling.instance_types import TypeFacts, known_types
from efadoctor.scheduling.nodegroups import instance_type

READS = (Cluster,)
_LATEST = "$Latest"


def adding_efa(case: Case, group: NodeGroup, template: LaunchTemplateVersion | None) -> Fix:
    """A new version of the group's launch template with EFA interfaces, and the group rolled."""
    facts = known_types(case.snapshot).get(instance_type(case.snapshot, group))
    groups = _security_groups(case, template)
    if template is None:
        why = "EKS gives a group that was made without one no launch template"
        title = "Make a node group with a launch template that has EFA interfaces"
        return Fix(title=title, risk=Risk.COSTS_MONEY, unprovable=why)
    name = template.launch_template_name
    title = f"Add an interface of type efa for each network card to {name}, and roll the group"
    warning = (
        "The template's interfaces are replaced whole. "
        "Updating the group to the new version replaces its nodes."
    )
    if facts is None or not groups:
        lacking = "the security groups of its nodes" if facts is not None else "its instance type"
        return Fix(
            title=title,
            risk=Risk.REPLACES_NODES,
            warning=warning,
            unprovable=f"the interfaces depend on {lacking}, which was not read",
        )
    edits = (_new_version(template, _interfaces(facts, groups)), _rolled(group, template))
    return Fix(title=title, edits=edits, risk=Risk.REPLACES_NODES, warning=warning)


def naming_placement_group(
    group: NodeGroup, template: LaunchTemplateVersion, name: str
) -> tuple[AwsCall, ...]:
    """A new version of the launch template that names a placement group, and the group rolled."""
    version = AwsCall(
        service="ec2",
        operation="create-launch-template-version",
        parameters={
            "LaunchTemplateId": template.launch_template_id,
            "SourceVersion": str(template.version_number),
            "LaunchTemplateData": {"Placement": {"GroupName": name}},
        },
    )
    return (version, _rolled(group, template))


def _rolled(group: NodeGroup, template: LaunchTemplateVersion) -> AwsCall:
    """The node group on its launch template's newest version."""
    return AwsCall(
        service="eks",
        operation="update-nodegroup-version",
        parameters={
            "clusterName": group.cluster_name,
            "nodegroupName": group.nodegroup_name,
            "launchTemplate": {"id": template.launch_template_id, "version": _LATEST},
        },
    )


def _new_version(template: LaunchTemplateVersion, interfaces: list[dict[str, Any]]) -> AwsCall:
    """The version that the group uses, with other interfaces and all else as it is.

    A version inherits what it is not given, so a template with security groups of its own
    is laid down anew without them.
    """
    number = str(template.version_number)
    named = {"LaunchTemplateId": template.launch_template_id}
    data: dict[str, Any] = {"NetworkInterfaces": interfaces}
    if not template.launch_template_data.security_group_ids:
        return AwsCall(
            service="ec2",
            operation="create-launch-template-version",
            parameters={**named, "SourceVersion": number, "LaunchTemplateData": data},
        )
    return AwsCall(
        service="ec2",
        operation="create-launch-template-version",
        parameters={**named, "LaunchTemplateData": {**data, "SecurityGroupIds": []}},
        overlay=Overlay(
            operation="describe-launch-template-versions",
            parameters={**named, "Versions": [number]},
            part="LaunchTemplateVersions[0].LaunchTemplateData",
            parameter="LaunchTemplateData",
        ),
    )


def _interfaces(facts: TypeFacts, groups: tuple[str, ...]) -> list[dict[str, Any]]:
    """One on each card; on a type with more cards than EFA interfaces the first has none."""
    cards = max(facts.network_cards, facts.efa_interfaces)
    without = cards - facts.efa_interfaces
    return [
        {
            "DeviceIndex": 0 if card == 0 else 1,
            "NetworkCardIndex": card,
            "InterfaceType": "interface" if card < without else "efa",
            "Groups": list(groups),
            "DeleteOnTermination": True,
        }
        for card in range(cards)
    ]


def _security_groups(case: Case, template: LaunchTemplateVersion | None) -> tuple[str, ...]:
    """Those of the template; EKS gives the cluster's own to nodes of one that names none."""
    if template is not None:
        data = template.launch_template_data
        of_interfaces = (i.groups for i in data.network_interfaces if i.groups)
        named = data.security_group_ids or next(of_interfaces, ())
        if named:
            return named
    clusters = (
        c.resources_vpc_config.cluster_security_group_id for c in case.snapshot.all(Cluster)
    )
    return tuple(g for g in clusters if g)
