"""The pod's volume is in a zone where none of its nodes can be.

## What it checks

The zones in which the pod's volumes are (or, not made yet, may be) against the zone of each node,
and against those in which a NodePool or node group can launch a type that serves the pod. Volumes
in several zones contradict each other.

## Why it matters

An EBS volume never leaves its zone, and EFA types are offered in few. Each of the two is fine; the
pod that needs both waits for good.

## Evidence

The volume's zone, and the zone of the node or of what would make one.

## Fix

Let the NodePool launch in the volume's zone, where EC2 offers the type there; else bring the data
to the nodes' zone, by a snapshot of the volume. A claim whose class waits for its first consumer
(`WaitForFirstConsumer`) gets its volume where the pod goes.

## Sources

- https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
- https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes.html
- https://karpenter.sh/docs/concepts/scheduling/#persistent-volume-topology
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Path,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import InstanceTypeOffering, Subnet
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import PersistentVolume, PersistentVolumeClaim, StorageClass
from efadoctor.scheduling.karpenter.blockers import VolumeZoneConflict
from efadoctor.scheduling.refusals import Plugin, VolumeRefusal
from efadoctor_checks import _zones
from efadoctor_checks._claims import Placed, placed
from efadoctor_checks._offerings import led_elsewhere, zone_conflict
from efadoctor_checks._paths import likeliest, named, some
from efadoctor_checks._volume_moves import moving_data, moving_pool, zones_of


@check(
    "EFA112",
    stage=Stage.POD,
    needs=(PersistentVolumeClaim, PersistentVolume),
    uses=(StorageClass, EC2NodeClass, Subnet, InstanceTypeOffering),
)
def volume_zone_conflict(case: Case) -> Iterator[Finding]:
    """One finding for all volumes of the pod: one place must suit them all."""
    volumes = tuple(placed(case))
    if not volumes or case.pod.spec.node_name:
        return
    paths = [p for p in case.paths if _out_of_reach(case, p, volumes)]
    if paths:
        yield _finding(case, volumes, paths)


def _out_of_reach(case: Case, path: Path, volumes: tuple[Placed, ...]) -> bool:
    """Whether a way in cannot be where the volumes are."""
    common = frozenset.intersection(*(v.zones for v in volumes))
    if not common:
        return True
    claims = {v.use.claim for v in volumes}
    refused = any(
        r.claim in claims and r.plugin in (Plugin.VOLUME_BINDING, Plugin.VOLUME_ZONE)
        for r in path.of_kind(VolumeRefusal)
    )
    if path.group is not None and path.hypothetical:
        zones = _zones.subnet_zones(case, path)
        return refused and not zones & common
    if path.judgement is None:
        return refused
    if any(isinstance(b, VolumeZoneConflict) for b in path.judgement.blockers):
        return True
    conflict = zone_conflict(case, path)
    if conflict is not None and conflict.index is None and not conflict.offered & common:
        return True
    zones = led_elsewhere(path)
    return bool(zones) and not zones & common


def _finding(case: Case, volumes: tuple[Placed, ...], paths: list[Path]) -> Finding:
    path = likeliest(paths)
    where = "; ".join(f"{v.use.claim} in {some(sorted(v.zones), 3)}" for v in volumes)
    zones = sorted(zones_of(case, path))
    verb = "can launch in" if path.hypothetical else "is in"
    there = f"{named(path)} {verb} {some(zones, 3) or 'no zone'}"
    return Finding(
        object=case.pod_ref,
        summary=f"The pod's volumes ({where}) are not where its nodes can be: {there}.",
        evidence=(
            *(
                Evidence(object=v.object, field=v.field, value=v.value, expected=zones or None)
                for v in volumes
            ),
            *_beside(case, path),
        ),
        chain=(
            f"A volume stays in its zone: {where}.",
            f"{there[0].upper()}{there[1:]}.",
            "So no node that could take the pod reaches its volumes.",
        ),
        fixes=(
            *(f for p in paths if p.serves for f in moving_pool(case, p, volumes)),
            *moving_data(volumes, zones),
        ),
        paths=frozenset(p.id for p in paths),
        change=Change.WORKLOAD_MOVED,
    )


def _beside(case: Case, path: Path) -> Iterator[Evidence]:
    if path.hypothetical and (path.pool is not None or path.group is not None):
        yield _zones.evidence(case, path)
    elif not path.hypothetical:
        field = f'metadata.labels["{_zones.ZONE}"]'
        value = path.node.metadata.labels.get(_zones.ZONE)
        yield Evidence(object=reference(path.node), field=field, value=value)
