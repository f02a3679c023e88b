"""What became of launches: the reasons and codes that Karpenter and Auto Scaling leave behind.

After a refused launch no instance is left, and after insufficient capacity no NodeClaim either:
the evidence is a condition's reason, an event on a NodeClaim that is gone, the newest scaling
activity of a group. Reasons:
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/errors/errors.go ,
codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, Snapshot, reference
from efadoctor.model.aws import (
    InstanceTypeInfo,
    InstanceTypeOffering,
    LaunchTemplateVersion,
    ScalingActivity,
)
from efadoctor.model.clock import parse_time
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Event
from efadoctor_checks import _ages
from efadoctor_checks._failures import Failure, failed, failure_in, meaning
from efadoctor_checks._group_offerings import group_conflict

OFFERINGS = (InstanceTypeInfo, InstanceTypeOffering, LaunchTemplateVersion)
"""What is read of where EC2 offers a node group's types."""

SPEAKS_FOR = timedelta(minutes=15)
"""Karpenter leaves an offering that EC2 had none of alone for three minutes, then tries again
(https://karpenter.sh/docs/reference/settings/); an older failure says nothing of now."""

ACTIVITY_SPEAKS_FOR = timedelta(hours=1)
"""Auto Scaling goes on trying, ever more slowly
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html)."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One failed launch: why, by which reason or code, and the field that says so."""

    failure: Failure
    reason: str
    evidence: Evidence
    more: tuple[Evidence, ...] = ()


def attempts(case: Case, path: Path) -> Iterator[Attempt]:
    """The failed launches that speak for a way in now."""
    if path.pool is not None:
        yield from _of_claims(case, path, path.pool)
        if path.claim is None:
            yield from _of_pool(path.pool)
            yield from _of_events(case, path.pool)
    elif path.group is not None:
        told = (*_of_activities(case, path), *_of_issues(path))
        elsewhere = group_conflict(case, path) is not None  # that has a name of its own
        yield from (a for a in told if not (elsewhere and a.failure is Failure.UNSUPPORTED))


def wording(attempt: Attempt) -> tuple[Evidence, ...]:
    """The message beside the reason or code that tells of a failed launch, as its field."""
    told = attempt.evidence
    beside, _, last = told.field.rpartition(".")
    if last not in ("reason", "code") or not told.note:
        return ()
    field = f"{beside}.message" if beside else "message"
    return (msgspec.structs.replace(told, field=field, value=told.note, note=""),)


# ---- Karpenter --------------------------------------------------------------


def _of_claims(case: Case, path: Path, pool: NodePool) -> Iterator[Attempt]:
    """NodeClaims of the pool whose launch has failed, if they are still there."""
    own = pool.metadata.name
    claims = (
        (path.claim,)
        if path.claim is not None
        else tuple(
            c
            for c in case.snapshot.all(NodeClaim)
            if c.metadata.labels.get("karpenter.sh/nodepool") == own
        )
    )
    for claim in claims:
        index = _ages.index_of(claim.status.conditions, "Launched")
        if index is None or claim.status.conditions[index].status == "True":
            continue
        condition = claim.status.conditions[index]
        field = f"status.conditions[{index}].reason"
        told = meaning(condition.reason, condition.message)
        if told is not None:
            evidence = Evidence(
                object=reference(claim), field=field, value=condition.reason, note=condition.message
            )
            yield Attempt(failure=told[0], reason=told[1], evidence=evidence)


def _of_pool(pool: NodePool) -> Iterator[Attempt]:
    """The pool's condition that its nodes register has the reason of the launch that failed."""
    index = _ages.index_of(pool.status.conditions, "NodeRegistrationHealthy")
    condition = pool.status.conditions[index] if index is not None else None
    if condition is None or condition.status != "False":
        return
    told = meaning(condition.reason, condition.message)
    if told is not None:
        evidence = Evidence(
            object=reference(pool),
            field=f"status.conditions[{index}].reason",
            value=condition.reason,
            note=condition.message,
        )
        yield Attempt(failure=told[0], reason=told[1], evidence=evidence)


def _of_events(case: Case, pool: NodePool) -> Iterator[Attempt]:
    """Events on the pool's NodeClaims, newest first; the NodeClaims themselves are gone."""
    since = case.pod.metadata.creation_timestamp or ""
    for event in case.snapshot.once(_on_claims):
        last = _last(event)
        told = meaning(event.reason, event.message)
        if told is None or not _is_of(event, pool) or (last or "") < since:
            continue
        if _ages.is_within(case.snapshot, last, SPEAKS_FOR):
            evidence = Evidence(
                object=reference(event), field="reason", value=event.reason, note=event.message
            )
            yield Attempt(failure=told[0], reason=told[1], evidence=evidence)


def _on_claims(snapshot: Snapshot) -> tuple[Event, ...]:
    found = (e for e in snapshot.all(Event) if e.involved_object.kind == "NodeClaim")
    return tuple(sorted(found, key=lambda e: _last(e) or "", reverse=True))


def _is_of(event: Event, pool: NodePool) -> bool:
    """Karpenter names a NodeClaim after its pool, with five characters of its own."""
    name = re.escape(pool.metadata.name)
    return re.fullmatch(rf"{name}-[a-z0-9]{{5}}", event.involved_object.name) is not None


def _last(event: Event) -> str | None:
    series = event.series.last_observed_time if event.series is not None else None
    return series or event.last_timestamp or event.event_time or event.first_timestamp


# ---- node groups ------------------------------------------------------------


def _of_activities(case: Case, path: Path) -> Iterator[Attempt]:
    """The newest activity of each of the group's Auto Scaling groups, if it failed lately."""
    names = {g.name for g in path.group.resources.auto_scaling_groups} if path.group else set()
    newest: dict[str, ScalingActivity] = {}
    for activity in case.snapshot.all(ScalingActivity):
        name = activity.auto_scaling_group_name
        if name in names and _starts(activity) > _starts(newest.get(name, ScalingActivity())):
            newest[name] = activity
    for name, activity in newest.items():
        lately = _ages.is_within(case.snapshot, activity.start_time, ACTIVITY_SPEAKS_FOR)
        if activity.status_code == "Failed" and lately and path.group:
            failure, code = failed(activity.status_message)
            evidence = Evidence(
                object=reference(path.group),
                field="resources.autoScalingGroups",
                value=[name],
                source=EvidenceSource.AWS,
                note=activity.status_message,
            )
            yield Attempt(failure=failure, reason=code, evidence=evidence)


def _starts(activity: ScalingActivity) -> float:
    time = parse_time(activity.start_time)
    return time.timestamp() if time is not None else 0.0


def _of_issues(path: Path) -> Iterator[Attempt]:
    issues = path.group.health.issues if path.group is not None else ()
    for index, issue in enumerate(issues):
        found = meaning(issue.code, issue.message) or failure_in(issue.message)
        if found is not None and path.group is not None:
            evidence = Evidence(
                object=reference(path.group),
                field=f"health.issues[{index}].code",
                value=issue.code,
                source=EvidenceSource.AWS,
                note=issue.message,
            )
            yield Attempt(failure=found[0], reason=found[1], evidence=evidence)
