"""What Karpenter refuses to look at, whatever the NodePools: wrong labels, unusable volumes.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/provisioner.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/apis/v1/nodeclaim_validation.go
"""

from collections.abc import Iterator

from efadoctor.model.kubernetes import Pod, SelectorRequirement
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.integers import integer
from efadoctor.scheduling.karpenter.blockers import (
    Blocker,
    DraNotSupported,
    FieldsNotSupported,
    InvalidRequirement,
    OptsOut,
    RestrictedLabel,
    VolumeUnusable,
)
from efadoctor.scheduling.karpenter.vocabulary import Vocabulary
from efadoctor.scheduling.karpenter.volumes import unusable_volumes
from efadoctor.scheduling.karpenter.wants import requirements_of, uses_claims
from efadoctor.scheduling.names import NODEPOOL
from efadoctor.scheduling.requirements import NORMALIZED_LABELS
from efadoctor.scheduling.spelling import nearest

_NUMERIC = ("Gt", "Lt", "Gte", "Lte")


def pod_blockers(snapshot: Snapshot, pod: Pod, known: Vocabulary) -> tuple[Blocker, ...]:
    """Everything about the pod itself for which Karpenter launches nothing."""
    found: list[Blocker] = []
    wanted = requirements_of(pod, preferences=True)
    if NODEPOOL in wanted and wanted.get(NODEPOOL).operator == "DoesNotExist":
        found.append(OptsOut())
    for key in sorted(pod.spec.node_selector):
        selector = SelectorRequirement(
            key=key, operator="In", values=(pod.spec.node_selector[key],)
        )
        found.extend(_invalid(selector, known))
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    if affinity is not None and affinity.required is not None:
        for term in affinity.required.node_selector_terms:
            if term.match_fields:
                found.append(FieldsNotSupported())
            for expression in term.match_expressions:
                found.extend(_invalid(expression, known))
    found.extend(unusable_volumes(snapshot, pod))
    if uses_claims(pod):
        found.append(DraNotSupported())
    return tuple(found)


def _invalid(requirement: SelectorRequirement, known: Vocabulary) -> Iterator[Blocker]:
    key = NORMALIZED_LABELS.get(requirement.key, requirement.key)
    key = dict(known.aliases).get(key, key)
    if known.is_restricted(key):
        yield RestrictedLabel(key=key, nearest=nearest(key, known.well_known) or "")
    values, known_values = requirement.values, known.values_of(key)
    if requirement.operator == "In" and known_values and not known_values & set(values):
        expected = " ".join(f"{v}:{{}}" for v in sorted(known_values))
        got = " ".join(values)
        reason = f"no valid values found in [{got}] for {key}, expected one of: map[{expected}]"
        yield InvalidRequirement(key=key, reason=f"{reason}, got: [{got}]")
    if requirement.operator == "In" and not values:
        reason = f"key {key} with operator In must have a value defined"
        yield InvalidRequirement(key=key, reason=reason)
    if requirement.operator in _NUMERIC and not (
        len(values) == 1 and (integer(values[0]) or 0) >= 0 and integer(values[0]) is not None
    ):
        what = "must have a single positive integer value"
        reason = f"key {key} with operator {requirement.operator} {what}"
        yield InvalidRequirement(key=key, reason=reason)


NO_CLAIMS = (
    "pod has Dynamic Resource Allocation requirements that are not yet supported by Karpenter"
)


def words(blockers: tuple[Blocker, ...], known: Vocabulary, *, tried: bool) -> str:
    """What Karpenter writes of them on the pod, "" where it writes nothing.

    A pod that opts out is passed over in silence. Of the volumes the first that cannot be
    used is named. Claims for devices are looked at last, where there is a pool to be
    ``tried``.
    """
    if any(isinstance(b, OptsOut) for b in blockers):
        return ""
    volumes = [b for b in blockers if isinstance(b, VolumeUnusable)]
    texts = [text for b in blockers if b not in volumes[1:] and (text := _text(b, known))]
    if not texts and tried and any(isinstance(b, DraNotSupported) for b in blockers):
        return NO_CLAIMS
    return "; ".join(texts)


def _text(blocker: Blocker, known: Vocabulary) -> str:
    match blocker:
        case RestrictedLabel():
            return known.restriction(blocker.key)
        case InvalidRequirement() | VolumeUnusable():
            return blocker.reason
        case FieldsNotSupported():
            return "node selector term with matchFields is not supported"
        case _:
            return ""
