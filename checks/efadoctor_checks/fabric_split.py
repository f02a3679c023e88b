"""Pods of one job are where EFA cannot connect them: in other zones, VPCs, or on types apart.

## What it checks

The nodes on which the pod and its peers (the pods of the same owner that ask for EFA) run: they
should be in one availability zone and one VPC, and none of them on P4d, P4de or DL1 while others
are not. Where the pod is still Pending, the nodes that would take it now count, else those that
would be made for it, else all that it could get.

## Why it matters

EFA traffic crosses neither zones nor VPCs, and P4d, P4de and DL1 do not talk EFA to other types.
The pods run, and the job hangs at its first collective or drops to TCP.

## Evidence

The zone, VPC or instance type of both nodes.

## Fix

Bind the job to one zone, with a pod affinity on `topology.kubernetes.io/zone` or a node selector,
and to one instance type.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits
- https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Setting,
    Severity,
    Stage,
    change_pod,
    check,
    reference,
)
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.scheduling.devices import instance_of
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor_checks import _efa_demand, _fabric, _peers, _reach, _zones
from efadoctor_checks._reach import Place, Split


@check(
    "EFA604",
    stage=Stage.NETWORK,
    severity=Severity.WARNING,
    needs=(Node, Pod),
    uses=(*_fabric.FACTS, *_zones.FACTS, Workload),
)
def fabric_split(case: Case) -> Iterator[Finding]:
    """One finding for each way in which the job is split."""
    if not _efa_demand.asks_for_efa(case):
        return
    own = tuple(p for path in _reach.landings(case) for p in _reach.places(case, path))
    seen: set[str] = set()
    for peer in _peers.bound_peers(case):
        there = _reach.place(case.snapshot, peer.node)
        splits = [_reach.split(here, there) for here in own]
        split = splits[0] if splits else None
        if split is None or None in splits:
            continue  # some node that the pod could get can talk to the peer
        if split.kind not in seen:
            seen.add(split.kind)
            yield _finding(case, own[0], there, split)


def _finding(case: Case, ours: Place, theirs: Place, split: Split) -> Finding:
    return Finding(
        object=case.pod_ref,
        summary=(
            f"EFA cannot connect {ours.name} ({split.ours}) with {theirs.name} ({split.theirs}), "
            "where a peer of the pod runs."
        ),
        evidence=(
            _evidence(case, ours, split, split.ours),
            _evidence(case, theirs, split, split.theirs),
        ),
        chain=(
            f"{ours.name} and {theirs.name} are of another {split.kind}.",
            "EFA traffic crosses neither zones nor VPCs; P4d, P4de and DL1 talk to no other type.",
        ),
        fixes=_fixes(case, split),
        key=split.kind,
    )


def _evidence(case: Case, place: Place, split: Split, value: str) -> Evidence:
    node = place.node
    if node is None:
        path = place.path
        if path is not None and path.pool is not None and split.label == INSTANCE_TYPE:
            field, wanted = "spec.template.spec.requirements", path.pool.spec.template.spec
            return Evidence(
                object=reference(path.pool), field=field, value=wanted.requirements, note=value
            )
        return _zones.evidence(case, path or case.paths[0])
    instance = instance_of(case.snapshot, node)
    if not split.label and instance is not None:
        return Evidence(
            object=reference(instance), field="VpcId", value=value, source=EvidenceSource.AWS
        )
    return Evidence(object=reference(node), field=f'metadata.labels["{split.label}"]', value=value)


def _fixes(case: Case, split: Split) -> tuple[Fix, ...]:
    """The peers' zone or type selected; a VPC cannot be."""
    if not split.label:
        return (
            Fix(
                title="Run the job's nodes in one VPC",
                unprovable="which nodes move, and where to, is for their owner to say",
            ),
        )
    at = FieldPath.of("nodeSelector", split.label)
    return change_pod(
        case.snapshot,
        case.pod,
        (Setting(at, split.theirs),),
        title=f"Keep the job's pods in one {split.kind}, that of the peers",
    )
