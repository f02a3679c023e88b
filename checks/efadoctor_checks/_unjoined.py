"""The answers of EFA301, for a NodeClaim, a node and a node group."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Command,
    Deletion,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    ObjectRef,
    Path,
    Risk,
    reference,
)
from efadoctor.model.aws import AutoScalingGroup, Instance, NodeGroup
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.refusals import UntoleratedTaint
from efadoctor_checks import _ages, _joining, _node_roles

_UNSEEN = "no object tells why; the log of the instance does"
_FAILED = "NodeCreationFailure"
_UNREGISTERED = "RegistrationFailed"
_IN_SERVICE = frozenset({"Pending", "InService"})


def claim(case: Case, path: Path, found: NodeClaim) -> Iterator[Finding | Awaited]:
    """A NodeClaim that Karpenter counts on and that has no node."""
    name, conditions = found.metadata.name, found.status.conditions
    launched = _ages.condition_of(conditions, "Launched")
    if launched is None or launched.status != "True":
        since = found.metadata.creation_timestamp
        if _ages.is_within(case.snapshot, since, _ages.LAUNCHES_WITHIN):
            what = f"Karpenter is launching an instance for NodeClaim {name}"
            yield _waiting(path, what, _condition(found, "Launched"), since, launching=True)
        return
    instance_id = found.status.provider_id.rsplit("/", 1)[-1]
    instance = case.snapshot.get(Instance, instance_id) if instance_id else None
    role = _node_roles.role_of_claim(case.snapshot, found)
    causes = tuple(
        msgspec.structs.replace(c, fixes=(*c.fixes, *_launching_anew(found, c)))
        for c in _joining.visible_causes(case, role, instance)
    )
    shown = _condition(found, "Registered")
    for cause in causes:
        yield _finding(path, reference(found), f"NodeClaim {name}", (shown,), cause)
    if causes:
        return
    since = launched.last_transition_time or found.metadata.creation_timestamp
    earlier = _failed_before(path)
    if earlier is None and _ages.is_within(case.snapshot, since, _ages.JOINS_WITHIN):
        lasted = _ages.in_words(case.snapshot, since)
        what = f"the instance of NodeClaim {name}, launched {lasted} ago, is about to join"
        yield _waiting(path, what, shown, since)
        return
    told = (shown, earlier) if earlier is not None else (shown,)
    yield _finding(path, reference(found), f"NodeClaim {name}", told, _unknown(instance_id))


def _failed_before(path: Path) -> Evidence | None:
    """The pool's condition that earlier nodes have not registered: this one will not either.

    https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/controllers/nodeclaim/lifecycle/liveness.go
    """
    conditions = path.pool.status.conditions if path.pool is not None else ()
    at = _ages.index_of(conditions, "NodeRegistrationHealthy")
    if at is None or (conditions[at].status, conditions[at].reason) != ("False", _UNREGISTERED):
        return None
    return Evidence(
        object=reference(path.pool),
        field=f"status.conditions[{at}].reason",
        value=conditions[at].reason,
        note="earlier nodes of the NodePool have not registered",
    )


def pool(case: Case, path: Path, found: NodePool) -> Iterator[Finding]:
    """A NodePool whose nodes did not register, and none of whose NodeClaims is left.

    Karpenter deletes a NodeClaim that has not registered in time; the pool's condition stays.
    """
    earlier = _failed_before(path)
    if earlier is None:
        return
    name = found.metadata.name
    role = _node_roles.role_of_class(case.snapshot, found.spec.template.spec.node_class_ref.name)
    for cause in tuple(_joining.visible_causes(case, role, None)) or (_unknown(""),):
        said = _finding(path, reference(found), f"NodePool {name}", (earlier,), cause)
        yield msgspec.structs.replace(
            said,
            summary=f"What NodePool {name} launched did not join the cluster: {cause.said}.",
            chain=(
                f"NodePool {name}: instances were launched and did not become nodes in time.",
                f"{cause.said[:1].upper()}{cause.said[1:]}.",
                "Karpenter deleted their NodeClaims, and the next one fails the same way.",
            ),
        )


def node(case: Case, path: Path) -> Iterator[Finding | Awaited]:
    """A node that is there and that Karpenter has not registered."""
    keys = [r.taint.key for r in path.of_kind(UntoleratedTaint)]
    if "karpenter.sh/unregistered" not in keys:
        return
    since = path.node.metadata.creation_timestamp
    shown = Evidence(object=reference(path.node), field="spec.taints", value=path.node.spec.taints)
    if _ages.is_within(case.snapshot, since, _ages.JOINS_WITHIN):
        yield _waiting(path, f"Karpenter is about to register node {path.id.name}", shown, since)
        return
    for name in path.nodes:
        found = case.snapshot.get(Node, name)
        if found is not None:
            instance = found.spec.provider_id.rsplit("/", 1)[-1]
            yield _finding(path, reference(found), f"Node {name}", (shown,), _unknown(instance))


def group(case: Case, path: Path, found: NodeGroup) -> Iterator[Finding | Awaited]:
    """A managed node group whose instances do not become nodes."""
    name = found.nodegroup_name
    failed = [i for i, issue in enumerate(found.health.issues) if issue.code == _FAILED]
    missing = _unregistered(case, found)
    if not failed and not missing:
        return
    role, instance = _node_roles.role_of_group(found), missing[0] if missing else None
    causes = tuple(_joining.visible_causes(case, role, instance))
    shown = tuple(_issue(found, at) for at in failed) or (_count(missing[0]),)
    ref, who = reference(found), f"Node group {name}"
    for cause in causes:
        yield _finding(path, ref, who, shown, cause)
    if causes:
        return
    since = _ages.latest(i.launch_time for i in missing)
    if not failed and _ages.is_within(case.snapshot, since, _ages.JOINS_WITHIN):
        what = f"a new instance of node group {name} is about to join"
        yield _waiting(path, what, shown[0], since)
        return
    instance_id = instance.instance_id if instance is not None else ""
    yield _finding(path, ref, who, shown, _unknown(instance_id))


def _unregistered(case: Case, found: NodeGroup) -> tuple[Instance, ...]:
    """The running instances of a node group that are no nodes."""
    snapshot = case.snapshot
    if not snapshot.was_read_whole(Node):
        return ()
    nodes = {n.spec.provider_id.rsplit("/", 1)[-1] for n in snapshot.all(Node)}
    own = {g.name for g in found.resources.auto_scaling_groups}
    ids = [
        i.instance_id
        for g in snapshot.all(AutoScalingGroup)
        if g.auto_scaling_group_name in own
        for i in g.instances
        if i.lifecycle_state in _IN_SERVICE and i.instance_id not in nodes
    ]
    instances = (snapshot.get(Instance, i) for i in ids)
    return tuple(
        i for i in instances if i is not None and i.state.name in ("", "pending", "running")
    )


# ---- answers ----------------------------------------------------------------


def _condition(found: NodeClaim, type_: str) -> Evidence:
    """A condition of a NodeClaim, or that it has none yet."""
    at = _ages.index_of(found.status.conditions, type_)
    if at is None:
        return Evidence(object=reference(found), field="status.conditions", value=None)
    condition = found.status.conditions[at]
    return Evidence(
        object=reference(found),
        field=f"status.conditions[{at}].status",
        value=condition.status,
        expected="True",
        note=f"{type_}: {condition.reason}",
    )


def _issue(found: NodeGroup, at: int) -> Evidence:
    issue = found.health.issues[at]
    return Evidence(
        object=reference(found),
        field=f"health.issues[{at}].code",
        value=issue.code,
        source=EvidenceSource.AWS,
        note=issue.message[:300],
    )


def _count(instance: Instance) -> Evidence:
    return Evidence(
        object=reference(instance),
        field="LaunchTime",
        value=instance.launch_time,
        source=EvidenceSource.AWS,
        note="in service in its Auto Scaling group, and no node",
    )


def _unknown(instance: str) -> _joining.Cause:
    """No cause in sight: where to look, on an instance if one is known."""
    look = Command(argv=("aws", "ec2", "get-console-output", "--latest", "--instance-id", instance))
    fix = Fix(
        title="Read the console of the instance"
        if instance
        else "Read the console of the next instance, before Karpenter deletes it",
        edits=(look,) if instance else (),
        unprovable=_UNSEEN,
    )
    return _joining.Cause(
        key="unknown", said="nothing that was read says why", evidence=(), fixes=(fix,)
    )


def _launching_anew(found: NodeClaim, cause: _joining.Cause) -> Iterator[Fix]:
    """A NodeClaim whose instance is gone, out of the way of the next."""
    if cause.key not in (_joining.GONE, _joining.NOT_STARTED):
        return
    name = found.metadata.name
    again = cause.key == _joining.NOT_STARTED
    first = "Mend what EC2 says of the instance, then delete" if again else "Delete"
    yield Fix(
        title=f"{first} NodeClaim {name}, so that Karpenter launches another instance",
        edits=(Deletion(target=reference(found)),),
        risk=Risk.REPLACES_NODES,
        unprovable="only EC2 can tell whether it can start the next one" if again else "",
    )


def _waiting(
    path: Path, what: str, shown: Evidence, since: str | None, *, launching: bool = False
) -> Awaited:
    limit = _ages.LAUNCHES_WITHIN if launching else _ages.JOINS_WITHIN
    return Awaited(
        paths=frozenset({path.id}),
        what=what,
        evidence=(shown,),
        since=since,
        until=_ages.deadline(since, limit),
    )


def _finding(
    path: Path, ref: ObjectRef, who: str, shown: tuple[Evidence, ...], cause: _joining.Cause
) -> Finding:
    return Finding(
        object=ref,
        summary=f"{who} has an instance that has not joined the cluster: {cause.said}.",
        evidence=(*cause.evidence, *shown),
        chain=(
            f"{who}: an instance was launched and has not become a node.",
            f"{cause.said[:1].upper()}{cause.said[1:]}.",
            "While it is counted on, no other is launched for the pod.",
        ),
        fixes=cause.fixes,
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=cause.key,
    )
