"""A managed node group has as many nodes as it wants, made from its launch template.

Told to want more it adds nodes, an instance that ends is replaced
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html),
and a new version of the launch template replaces every node
(https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html).
"""

from __future__ import annotations

from efadoctor.fix.change import Change
from efadoctor.fix.launch import joined, words_for
from efadoctor.fix.words import some
from efadoctor.model.aws import AutoScalingGroup, NodeGroup
from efadoctor.model.kubernetes import Node
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.discovery import as_discovered
from efadoctor.scheduling.names import NODEGROUP
from efadoctor.scheduling.nodegroups import group_node, launch_template, members

_MOST = 8
"""Nodes made on a copy at a time: they are all alike, and one is enough for the pod."""


def group_machines(change: Change, _as_read: Snapshot) -> Change:
    """The nodes of groups that were changed, or that lost nodes."""
    result = Change.of(change.after)
    touched = [v for v in change.replaced if isinstance(v, NodeGroup)]
    ended = [v for v in change.removed if isinstance(v, Node) and NODEGROUP in v.metadata.labels]
    if not (touched or ended):
        return result
    for group in change.after.all(NodeGroup):
        old = change.before.find(reference(group))
        if not isinstance(old, NodeGroup):
            continue
        if group in touched and _template_changed(change, old, group):
            result = result.then(_renewed(result.after, group))
        lost = sum(n.metadata.labels[NODEGROUP] == group.nodegroup_name for n in ended)
        raised = group.scaling_config.desired_size - old.scaling_config.desired_size
        missing = _wanted(result.after, group) - len(members(result.after, group))
        count = min(lost + max(0, raised), missing)
        result = result.then(_added(result.after, group, count, like=change.before))
    return result


def _template_changed(change: Change, old: NodeGroup, new: NodeGroup) -> bool:
    return old.launch_template != new.launch_template and (
        launch_template(change.after, new) is not None
    )


def _renewed(snapshot: Snapshot, group: NodeGroup) -> Change:
    """Every node of the group in the place of one from its older template."""
    old = members(snapshot, group)
    names = [n.metadata.name for n in old]
    said = (f"node group {group.nodegroup_name} replaces {some(names, 'node')}",) if old else ()
    ended = Change.of(snapshot, removed=old, said=said)
    return ended.then(_added(ended.after, group, len(old), like=snapshot))


def _wanted(snapshot: Snapshot, group: NodeGroup) -> int:
    """What its Auto Scaling group wants, which an autoscaler changes behind EKS's back."""
    own = {g.name for g in group.resources.auto_scaling_groups}
    behind = (g for g in snapshot.all(AutoScalingGroup) if g.auto_scaling_group_name in own)
    return max((g.desired_capacity for g in behind), default=group.scaling_config.desired_size)


def _added(snapshot: Snapshot, group: NodeGroup, count: int, *, like: Snapshot) -> Change:
    """So many new nodes. ``like`` has those that they come after, which tell what they lack."""
    result = Change.of(snapshot)
    for _ in range(min(count, _MOST)):
        promised = as_discovered(result.after, group_node(like, group))
        node = joined(result.after, promised, group.nodegroup_name)
        said = f"node group {group.nodegroup_name} adds a {words_for(node)}"
        result = result.then(Change.of(result.after, replaced=(node,), said=(said,)))
    return result
