"""Fixes of pods: which field may change in place, and whose template a lasting fix belongs in.

A pod's spec is immutable but for a few fields; a toleration may be added to a pod that
runs or waits, a scheduling gate may be removed
(https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement). The pod
template of a Job is immutable
(https://kubernetes.io/docs/concepts/workloads/controllers/job/), a StatefulSet does not
replace a pod that never became ready
(https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback), a
ReplicaSet (https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/) and a
RayCluster (https://github.com/ray-project/kuberay) replace only pods that are gone.
"""

from __future__ import annotations

import msgspec

from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.fix import Deletion, Edit, Fix, Operation, Patch, Recreation, Risk
from efadoctor.model.kubernetes import Pod, PodSpec, Taint, Toleration, Workload
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.spec_edits import Appending, Removing, Setting, SpecEdit, operations_on
from efadoctor.model.workloads import (
    IMMUTABLE_TEMPLATE,
    owned_pods,
    owners,
    template_of,
    template_owner,
)

MOST_IN_PLACE = 64
"""So many are patched by one line. Of more that wait alike only the one asked about is: the
change in the owner's template is for all."""

MOST_DELETED = 16
"""Each takes a line of its own."""

_SPEC = FieldPath.of("spec")
_REPLACED_BY_HAND = frozenset({"StatefulSet", "LeaderWorkerSet", "ReplicaSet", "RayCluster"})
_BARE_MADE_ANEW = "The field cannot change on an existing pod, so the pod is deleted and made anew."
_MADE_ANEW = "it is deleted and made anew, and its pods that run are stopped"


# ---- what a check calls -----------------------------------------------------


def toleration_for(taint: Taint) -> Toleration:
    """The narrowest toleration that meets this taint."""
    if taint.value:
        return Toleration(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect)
    return Toleration(key=taint.key, operator="Exists", effect=taint.effect)


def add_toleration(
    snapshot: Snapshot,
    pod: Pod,
    toleration: Toleration,
    *,
    title: str,
    in_template: tuple[SpecEdit, ...] = (),
) -> tuple[Fix, ...]:
    """Give a Pending pod, and its equals of the same owner, one more toleration.

    First the pods in place, then the template of their owner, where the same edit is made
    or, where they are given, those of ``in_template`` (a misspelling put right).
    """
    edits = (Appending("tolerations", toleration),)
    return change_in_place(snapshot, pod, edits, title=title, in_template=in_template)


def change_in_place(
    snapshot: Snapshot,
    pod: Pod,
    edits: tuple[SpecEdit, ...],
    *,
    title: str,
    in_template: tuple[SpecEdit, ...] = (),
    warning: str = "",
) -> tuple[Fix, ...]:
    """The fixes for what the API server lets one change on an existing pod, the nearest first.

    The pod and those that wait alike, then the template of their owner, with the same edits
    or with those of ``in_template``. A pod that is only a draft is put right where it is
    written.
    """
    lasting = in_template or edits
    if _is_draft(snapshot, pod):
        return (_warned(_written(pod, lasting, title), warning),)
    found: list[Fix] = []
    if _exists(snapshot, pod):
        alike = _alike(snapshot, pod)
        touched = alike if len(alike) <= MOST_IN_PLACE else alike[:1]
        patches = tuple(
            Patch(target=reference(p), operations=spec_operations(p, edits)) for p in touched
        )
        rest = _of_the_rest(alike, len(touched))
        found.append(Fix(title=title, edits=patches, warning=rest))
    in_owner = _lasting(snapshot, pod, lasting, title)
    if in_owner is not None:
        found.append(in_owner)
    elif not found:
        found.append(_out_of_reach(snapshot, pod, title))
    return tuple(_warned(fix, warning) for fix in found)


def change_pod(
    snapshot: Snapshot, pod: Pod, edits: tuple[SpecEdit, ...], *, title: str, warning: str = ""
) -> tuple[Fix, ...]:
    """The fix that changes what no existing pod lets change.

    The template of the owner is changed and the pod replaced; a bare pod, or a Job, whose
    template is immutable, is made anew. A pod that is only a draft is put right where it is
    written.
    """
    if _is_draft(snapshot, pod):
        return (_warned(_written(pod, edits, title), warning),)
    found = _lasting(snapshot, pod, edits, title)
    if found is None and _exists(snapshot, pod) and not pod.metadata.owner_references:
        found = Fix(
            title=title,
            edits=(Recreation(target=reference(pod), operations=spec_operations(pod, edits)),),
            risk=Risk.RESTARTS,
            warning=_BARE_MADE_ANEW,
        )
    return (_warned(found or _out_of_reach(snapshot, pod, title), warning),)


def _is_draft(snapshot: Snapshot, pod: Pod) -> bool:
    return reference(pod) in snapshot.drafts and not pod.metadata.owner_references


def _exists(snapshot: Snapshot, pod: Pod) -> bool:
    return snapshot.get(Pod, pod.metadata.name, pod.metadata.namespace) is not None


def _written(pod: Pod, edits: tuple[SpecEdit, ...], title: str) -> Fix:
    operations = spec_operations(pod, edits)
    return Fix(title=title, edits=(Patch(target=reference(pod), operations=operations),))


def spec_operations(pod: Pod, edits: tuple[SpecEdit, ...]) -> tuple[Operation, ...]:
    """The operations of spec edits on a pod itself."""
    return operations_on(pod, _SPEC, pod.spec, pod.spec, edits)


# ---- the owner's template ---------------------------------------------------


def _lasting(snapshot: Snapshot, pod: Pod, edits: tuple[SpecEdit, ...], title: str) -> Fix | None:
    """The same change in the template of the pod's owner, None where there is none."""
    owned = template_owner(snapshot, pod)
    if owned is None:
        return None
    workload, located = owned
    ref = reference(workload)
    try:
        operations = operations_on(
            workload, located.path / "spec", located.template.spec, pod.spec, edits
        )
    except InvalidPatchError:
        return None
    said = f"{title} in the template of {ref.short}"
    if all(o.op == "test" for o in operations) and ref.kind not in _REPLACED_BY_HAND:
        return None
    if ref in snapshot.drafts:
        return Fix(title=said, edits=(Patch(target=ref, operations=operations),))
    if ref.kind in IMMUTABLE_TEMPLATE:
        made_anew: tuple[Edit, ...] = (Recreation(target=ref, operations=operations),)
        warning = f"The template of {ref.short} cannot change: {_MADE_ANEW}."
        later = _later(snapshot, pod, edits)
        if later is not None:
            warning += (
                f" {later.target.short} is changed as well, for the Jobs that it makes later."
            )
            made_anew = (*made_anew, later)
        return Fix(title=said, edits=made_anew, risk=Risk.RESTARTS, warning=warning)
    edits_of_owner: list[Edit] = [Patch(target=ref, operations=operations)]
    rest = ""
    if ref.kind in _REPLACED_BY_HAND and _exists(snapshot, pod):
        alike = _alike(snapshot, pod)
        deleted = alike[:MOST_DELETED]
        edits_of_owner.extend(Deletion(target=reference(p)) for p in deleted)
        rest = _of_the_rest(alike, len(deleted))
    warning = " ".join(filter(None, (f"{ref.short} replaces its pods.", rest)))
    edited = tuple(edits_of_owner)
    return Fix(title=said, edits=edited, risk=Risk.RESTARTS, warning=warning)


def _later(snapshot: Snapshot, pod: Pod, edits: tuple[SpecEdit, ...]) -> Patch | None:
    """The same change in the CronJob that made the pod's Job: its template makes the next ones."""
    chain = owners(snapshot, pod)
    cron = snapshot.find(chain[-1]) if chain and chain[-1].kind == "CronJob" else None
    located = template_of(cron, pod) if isinstance(cron, Workload) else None
    if cron is None or located is None:
        return None
    try:
        operations = operations_on(
            cron, located.path / "spec", located.template.spec, pod.spec, edits
        )
    except InvalidPatchError:
        return None
    if all(o.op == "test" for o in operations):
        return None
    return Patch(target=reference(cron), operations=operations)


def _out_of_reach(snapshot: Snapshot, pod: Pod, title: str) -> Fix:
    """Words, where the owner that would have to change was not read or shows no template."""
    chain = owners(snapshot, pod)
    owner = chain[-1].short if chain else reference(pod).short
    why = f"{owner} must change, and efadoctor has not seen a pod template in it"
    return Fix(title=f"{title} in {owner}", unprovable=why)


def _warned(fix: Fix, warning: str) -> Fix:
    """The fix with one more warning, which is said first."""
    return msgspec.structs.replace(fix, warning=" ".join(filter(None, (warning, fix.warning))))


def _alike(snapshot: Snapshot, pod: Pod) -> tuple[Pod, ...]:
    """The pod, and the other Pending pods of its topmost owner that wait for the same thing."""
    chain = owners(snapshot, pod)
    if not chain:
        return (pod,)
    others = (
        p
        for p in owned_pods(snapshot, chain[-1])
        if not p.spec.node_name
        and p.metadata.deletion_timestamp is None
        and p.metadata.name != pod.metadata.name
        and _waits_for(p.spec) == _waits_for(pod.spec)
    )
    return (pod, *others)


def _of_the_rest(alike: tuple[Pod, ...], touched: int) -> str:
    """What becomes of the pods beyond those that a fix touches, "" where it touches all."""
    left = len(alike) - touched
    if not left:
        return ""
    return f"This is for {touched} of {len(alike)} pods that wait alike; {left} more need it."


def _waits_for(spec: PodSpec) -> tuple[object, ...]:
    return (spec.tolerations, spec.node_selector, spec.affinity, spec.scheduling_gates)


__all__ = [
    "Appending",
    "Removing",
    "Setting",
    "SpecEdit",
    "add_toleration",
    "change_in_place",
    "change_pod",
    "spec_operations",
    "toleration_for",
]
