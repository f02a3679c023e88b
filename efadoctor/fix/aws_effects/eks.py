"""Effects of EKS's operations: node groups and access entries."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.fix.aws_effects.seen import Effect, Parameters, seen
from efadoctor.fix.change import Change
from efadoctor.model import aws
from efadoctor.model.edits import plain
from efadoctor.model.snapshot import Snapshot


def _update_nodegroup_config(snapshot: Snapshot, parameters: Parameters) -> Change:
    group = seen(snapshot, aws.NodeGroup, parameters.get("nodegroupName", ""))
    scaling = parameters.get("scalingConfig", {})
    labels = parameters.get("labels", {})
    taints = parameters.get("taints", {})
    removed = {(t.get("key"), t.get("effect")) for t in taints.get("removeTaints", ())}
    wire = plain(group)
    wire["scalingConfig"] = {**wire.get("scalingConfig", {}), **scaling}
    kept = {
        k: v for k, v in wire.get("labels", {}).items() if k not in labels.get("removeLabels", ())
    }
    wire["labels"] = {**kept, **labels.get("addOrUpdateLabels", {})}
    wire["taints"] = [
        *(t for t in wire.get("taints", []) if (t.get("key"), t.get("effect")) not in removed),
        *taints.get("addOrUpdateTaints", ()),
    ]
    new = msgspec.convert(plain(wire), aws.NodeGroup)
    return Change.of(snapshot, replaced=(new, *_scaled(snapshot, new, scaling)))


def _scaled(
    snapshot: Snapshot, group: aws.NodeGroup, scaling: Parameters
) -> Iterator[aws.AutoScalingGroup]:
    """The Auto Scaling groups behind a node group, with the sizes that it was given."""
    own = {g.name for g in group.resources.auto_scaling_groups}
    fields = {"minSize": "min_size", "maxSize": "max_size", "desiredSize": "desired_capacity"}
    sizes = {fields[k]: v for k, v in scaling.items() if k in fields}
    for behind in snapshot.all(aws.AutoScalingGroup) if sizes else ():
        if behind.auto_scaling_group_name in own:
            yield msgspec.structs.replace(behind, **sizes)


def _update_nodegroup_version(snapshot: Snapshot, parameters: Parameters) -> Change:
    group = seen(snapshot, aws.NodeGroup, parameters.get("nodegroupName", ""))
    wanted = parameters.get("launchTemplate", {})
    template = group.launch_template or aws.NodeGroupLaunchTemplate()
    template = msgspec.structs.replace(
        template,
        name=str(wanted.get("name", template.name)),
        id=str(wanted.get("id", template.id)),
        version=str(wanted.get("version", template.version)),
    )
    template = msgspec.structs.replace(template, version=_number(snapshot, template))
    new = msgspec.structs.replace(group, launch_template=template)
    return Change.of(snapshot, replaced=(new,))


def _number(snapshot: Snapshot, template: aws.NodeGroupLaunchTemplate) -> str:
    """The version that ``$Latest`` stands for, as EKS writes it down; any other as it is."""
    versions = (
        v.version_number
        for v in snapshot.all(aws.LaunchTemplateVersion)
        if v.launch_template_id == template.id or v.launch_template_name == template.name
    )
    newest = max(versions, default=0)
    return str(newest) if template.version == "$Latest" and newest else template.version


def _create_access_entry(snapshot: Snapshot, parameters: Parameters) -> Change:
    entry = aws.AccessEntry(
        principal_arn=str(parameters.get("principalArn", "")),
        type=str(parameters.get("type", "STANDARD")),
        kubernetes_groups=tuple(parameters.get("kubernetesGroups", ())),
        username=str(parameters.get("username", "")),
    )
    return Change.of(snapshot, replaced=(entry,))


def _delete_access_entry(snapshot: Snapshot, parameters: Parameters) -> Change:
    entry = seen(snapshot, aws.AccessEntry, parameters.get("principalArn", ""))
    return Change.of(snapshot, removed=(entry,))


EFFECTS: dict[str, Effect] = {
    "update-nodegroup-config": _update_nodegroup_config,
    "update-nodegroup-version": _update_nodegroup_version,
    "create-access-entry": _create_access_entry,
    "delete-access-entry": _delete_access_entry,
}
