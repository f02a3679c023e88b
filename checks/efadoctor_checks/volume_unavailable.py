"""A volume of the pod cannot be used: its claim is missing, lost or not bound.

## What it checks

The PersistentVolumeClaim behind each volume of the pod: that it exists in the pod's namespace, that
it and its volume are there and stay, that its storage class exists, that it is bound where its
class binds at once, and that no other pod has it where one at a time may. A claim that waits for
its first consumer is fine. Zones are EFA112's business.

## Why it matters

The scheduler tries no node at all for a pod whose claim is missing or unbound, and Karpenter
launches none; what is wrong with the nodes stays hidden.

## Evidence

The volume in the pod, and the field of the claim.

## Fix

Name the claim or class that exists, or make the claim.

## Sources

- https://kubernetes.io/docs/concepts/storage/persistent-volumes/
- https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
- https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/
"""

from collections.abc import Iterator
from datetime import timedelta

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Evidence,
    Finding,
    Stage,
    check,
)
from efadoctor.model.kubernetes import (
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
    Workload,
)
from efadoctor.scheduling import storage
from efadoctor_checks import _ages
from efadoctor_checks._claim_fixes import fixes
from efadoctor_checks._claims import Trouble, reference_of, troubles
from efadoctor_checks._paths import every_path

BINDS_WITHIN = timedelta(minutes=2)
"""A provisioner makes a volume, and the control plane an ephemeral claim, well within this long
(https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/)."""


@check(
    "EFA111",
    stage=Stage.POD,
    needs=(PersistentVolumeClaim,),
    uses=(PersistentVolume, StorageClass, Pod, Workload),
    explains=("volume-zone-conflict",),
)
def volume_unavailable(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each claim."""
    if case.pod.spec.node_name:
        return
    for trouble in troubles(case):
        claim = storage.find_claim(case.snapshot, case.pod, trouble.use)
        made = (claim or case.pod).metadata.creation_timestamp
        if trouble.settles and _ages.is_within(case.snapshot, made, BINDS_WITHIN):
            what = f"claim {trouble.use.claim} is about to be bound"
            until = _ages.deadline(made, BINDS_WITHIN)
            yield Awaited(paths=every_path(case), what=what, since=made, until=until)
        else:
            yield _finding(case, trouble)


def _finding(case: Case, trouble: Trouble) -> Finding:
    name, ref = trouble.use.claim, reference_of(case.pod, trouble.use)
    index = _volume_index(case.pod, trouble)
    in_pod = Evidence(
        object=case.pod_ref,
        field=f"spec.volumes[{index}]",
        value=case.pod.spec.volumes[index],
        expected=trouble.near if trouble.missing else None,
        note="the claim does not exist" if trouble.missing else "",
    )
    of_claim = Evidence(object=ref, field=trouble.field, value=trouble.value, expected=trouble.near)
    return Finding(
        object=ref,
        summary=f"Claim {name} of the pod cannot be used: {trouble.sentence}.",
        evidence=(in_pod,) if trouble.missing else (in_pod, of_claim),
        chain=(
            f"Volume {trouble.use.volume} of the pod is claim {name}, and {trouble.sentence}.",
            "So the scheduler tries no node, and Karpenter launches none.",
        ),
        fixes=tuple(fixes(case, trouble, index)),
        paths=every_path(case),
        change=Change.SPELLING if trouble.near else Change.POOL_FIELD,
    )


def _volume_index(pod: Pod, trouble: Trouble) -> int:
    return next(i for i, v in enumerate(pod.spec.volumes) if v.name == trouble.use.volume)
