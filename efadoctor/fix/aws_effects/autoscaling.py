"""Effects of EC2 Auto Scaling's operations: an instance ended, the tags of a group."""

from __future__ import annotations

import msgspec

from efadoctor.fix.aws_effects.seen import Effect, Parameters, nodes_ended, seen
from efadoctor.fix.change import Change
from efadoctor.model import aws
from efadoctor.model.edits import plain
from efadoctor.model.snapshot import Snapshot


def _terminate_instance(snapshot: Snapshot, parameters: Parameters) -> Change:
    return nodes_ended(snapshot, {str(parameters.get("InstanceId", ""))})


def _create_or_update_tags(snapshot: Snapshot, parameters: Parameters) -> Change:
    change = Change.of(snapshot)
    for given in parameters.get("Tags", ()):
        group = seen(change.after, aws.AutoScalingGroup, given.get("ResourceId", ""))
        tag = msgspec.convert(plain(given), aws.Tag)
        tags = (*(t for t in group.tags if t.key != tag.key), tag)
        new = msgspec.structs.replace(group, tags=tags)
        change = change.then(Change.of(change.after, replaced=(new,)))
    return change


EFFECTS: dict[str, Effect] = {
    "terminate-instance-in-auto-scaling-group": _terminate_instance,
    "create-or-update-tags": _create_or_update_tags,
}
