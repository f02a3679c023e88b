"""Effects of EC2's operations: rules, tags, placement groups, launch templates, instances."""

from __future__ import annotations

from typing import Any

import msgspec

from efadoctor.fix.aws_effects.seen import Effect, Parameters, nodes_ended, seen
from efadoctor.fix.change import Change
from efadoctor.model import aws
from efadoctor.model.edits import plain
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.snapshot import Snapshot


def _authorize(field: str) -> Effect:
    def effect(snapshot: Snapshot, parameters: Parameters) -> Change:
        group = seen(snapshot, aws.SecurityGroup, parameters.get("GroupId", ""))
        rules = msgspec.convert(
            plain(parameters.get("IpPermissions", [])), tuple[aws.IpPermission, ...]
        )
        kept = getattr(group, field)
        added = tuple(r for r in rules if r not in kept)
        new = msgspec.structs.replace(group, **{field: (*kept, *added)})
        return Change.of(snapshot, replaced=(new,))

    return effect


def _create_tags(snapshot: Snapshot, parameters: Parameters) -> Change:
    tags = msgspec.convert(plain(parameters.get("Tags", [])), tuple[aws.Tag, ...])
    new = {t.key for t in tags}
    changed: list[Any] = []
    for name in parameters.get("Resources", ()):
        view = next((v for t in _TAGGED if (v := snapshot.get(t, str(name))) is not None), None)
        if view is None:
            raise InvalidPatchError(f"{name} was not seen")
        kept = tuple(t for t in view.tags if t.key not in new)
        changed.append(msgspec.structs.replace(view, tags=(*kept, *tags)))
    return Change.of(snapshot, replaced=tuple(changed))


_TAGGED: tuple[type[Any], ...] = (
    aws.Subnet,
    aws.SecurityGroup,
    aws.CapacityReservation,
    aws.PlacementGroup,
)


def _create_placement_group(snapshot: Snapshot, parameters: Parameters) -> Change:
    name = str(parameters.get("GroupName", ""))
    made = aws.PlacementGroup(
        group_name=name,
        group_id=f"pg-{name}",
        state="available",
        strategy=str(parameters.get("Strategy", "cluster")),
    )
    return Change.of(snapshot, replaced=(made,))


def _create_launch_template_version(snapshot: Snapshot, parameters: Parameters) -> Change:
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
    return Change.of(snapshot, replaced=(made,))


def _terminate_instances(snapshot: Snapshot, parameters: Parameters) -> Change:
    return nodes_ended(snapshot, {str(i) for i in parameters.get("InstanceIds", ())})


EFFECTS: dict[str, Effect] = {
    "authorize-security-group-egress": _authorize("ip_permissions_egress"),
    "authorize-security-group-ingress": _authorize("ip_permissions"),
    "create-tags": _create_tags,
    "create-placement-group": _create_placement_group,
    "create-launch-template-version": _create_launch_template_version,
    "terminate-instances": _terminate_instances,
}
