"""What an AWS call does to the views of a snapshot, for the calls that fixes make.

Each effect is that of the operation in the AWS API reference:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ and
https://docs.aws.amazon.com/eks/latest/APIReference/ .
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from efadoctor.model import aws
from efadoctor.model.edits import plain
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import AwsCall
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot

Parameters = Mapping[str, Any]
Effect = Callable[[Snapshot, Parameters], tuple[Any, ...]]


def effect_of(snapshot: Snapshot, call: AwsCall) -> tuple[Any, ...]:
    """The views that a call changes or makes.

    Raises InvalidPatchError for an operation without a known effect, or a thing not seen.
    """
    effect = _EFFECTS.get((call.service, call.operation))
    if effect is None:
        raise InvalidPatchError(f"what {call.service} {call.operation} does cannot be tried")
    try:
        return effect(snapshot, call.parameters)
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        what = f"{call.service} {call.operation}"
        raise InvalidPatchError(
            f"the parameters of {what} are not as they should be: {error}"
        ) from None


def ended_by(snapshot: Snapshot, call: AwsCall) -> tuple[Node, ...]:
    """The nodes whose instances a call terminates."""
    named = call.parameters.get(_ENDS.get((call.service, call.operation), ""), ())
    ids = {named} if isinstance(named, str) else set(named)
    nodes = snapshot.all(Node) if ids else ()
    return tuple(n for n in nodes if n.spec.provider_id.rsplit("/", 1)[-1] in ids)


def is_known(call: AwsCall) -> bool:
    """Whether a trial can show what a call does."""
    return (call.service, call.operation) in _EFFECTS


# ---- security groups --------------------------------------------------------


def _authorize(field: str) -> Effect:
    def effect(snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
        group = _seen(snapshot, aws.SecurityGroup, str(parameters.get("GroupId", "")))
        rules = msgspec.convert(
            plain(parameters.get("IpPermissions", [])), tuple[aws.IpPermission, ...]
        )
        kept = getattr(group, field)
        added = tuple(r for r in rules if r not in kept)
        return (msgspec.structs.replace(group, **{field: (*kept, *added)}),)

    return effect


# ---- tags, placement groups, reservations -----------------------------------


def _create_tags(snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    tags = msgspec.convert(plain(parameters.get("Tags", [])), tuple[aws.Tag, ...])
    new = {t.key for t in tags}
    changed: list[Any] = []
    for name in parameters.get("Resources", ()):
        view = next((v for t in _TAGGED if (v := snapshot.get(t, str(name))) is not None), None)
        if view is None:
            raise InvalidPatchError(f"{name} was not seen")
        kept = tuple(t for t in view.tags if t.key not in new)
        changed.append(msgspec.structs.replace(view, tags=(*kept, *tags)))
    return tuple(changed)


_TAGGED: tuple[type[Any], ...] = (
    aws.Subnet,
    aws.SecurityGroup,
    aws.CapacityReservation,
    aws.PlacementGroup,
)


def _create_placement_group(_snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    name = str(parameters.get("GroupName", ""))
    made = aws.PlacementGroup(
        group_name=name,
        group_id=f"pg-{name}",
        state="available",
        strategy=str(parameters.get("Strategy", "cluster")),
    )
    return (made,)


def _create_launch_template_version(snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    """The source version with the given parts in the place of its own, numbered after the last."""
    versions = [
        v
        for v in snapshot.all(aws.LaunchTemplateVersion)
        if v.launch_template_id == parameters.get("LaunchTemplateId")
        or v.launch_template_name == parameters.get("LaunchTemplateName")
    ]
    if not versions:
        raise InvalidPatchError("the launch template was not seen")
    wanted = str(parameters.get("SourceVersion", ""))
    source = next((v for v in versions if str(v.version_number) == wanted), versions[-1])
    data = {**plain(source.launch_template_data), **parameters.get("LaunchTemplateData", {})}
    made = msgspec.structs.replace(
        source,
        version_number=max(v.version_number for v in versions) + 1,
        default_version=False,
        launch_template_data=msgspec.convert(plain(data), aws.LaunchTemplateData),
    )
    return (made,)


# ---- EKS --------------------------------------------------------------------


def _update_nodegroup_config(snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    group = _seen(snapshot, aws.NodeGroup, str(parameters.get("nodegroupName", "")))
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
    return (msgspec.convert(plain(wire), aws.NodeGroup),)


def _update_nodegroup_version(snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    group = _seen(snapshot, aws.NodeGroup, str(parameters.get("nodegroupName", "")))
    wanted = parameters.get("launchTemplate", {})
    template = group.launch_template or aws.NodeGroupLaunchTemplate()
    template = msgspec.structs.replace(
        template,
        name=str(wanted.get("name", template.name)),
        id=str(wanted.get("id", template.id)),
        version=str(wanted.get("version", template.version)),
    )
    return (msgspec.structs.replace(group, launch_template=template),)


def _create_access_entry(_snapshot: Snapshot, parameters: Parameters) -> tuple[Any, ...]:
    arn = str(parameters.get("principalArn", ""))
    entry = aws.AccessEntry(
        principal_arn=arn,
        type=str(parameters.get("type", "STANDARD")),
        kubernetes_groups=tuple(parameters.get("kubernetesGroups", ())),
        username=str(parameters.get("username", "")),
    )
    return (entry,)


# ---- which ------------------------------------------------------------------


def _seen(snapshot: Snapshot, type_: type[Any], name: str) -> Any:
    view = snapshot.get(type_, name)
    if view is None:
        raise InvalidPatchError(f"{name or type_.__name__} was not seen")
    return view


def _nothing_else(_snapshot: Snapshot, _parameters: Parameters) -> tuple[Any, ...]:
    return ()


_ENDS = {
    ("ec2", "terminate-instances"): "InstanceIds",
    ("autoscaling", "terminate-instance-in-auto-scaling-group"): "InstanceId",
}

_EFFECTS: dict[tuple[str, str], Effect] = {
    ("ec2", "authorize-security-group-egress"): _authorize("ip_permissions_egress"),
    ("ec2", "authorize-security-group-ingress"): _authorize("ip_permissions"),
    ("ec2", "create-tags"): _create_tags,
    ("ec2", "create-placement-group"): _create_placement_group,
    ("ec2", "create-launch-template-version"): _create_launch_template_version,
    **dict.fromkeys(_ENDS, _nothing_else),
    ("eks", "update-nodegroup-config"): _update_nodegroup_config,
    ("eks", "update-nodegroup-version"): _update_nodegroup_version,
    ("eks", "create-access-entry"): _create_access_entry,
}
