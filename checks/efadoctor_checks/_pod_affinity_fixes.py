"""Fixes of pod affinity that no way in meets (EFA109)."""

from __future__ import annotations

from efadoctor.authoring import Case, Fix, Removing, change_pod, reference
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Pod
from efadoctor.model.workloads import owners
from efadoctor.scheduling.refusals import PodAffinitySide
from efadoctor_checks import _moving
from efadoctor_checks._pod_affinity import Rule

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
FIELDS = {
    PodAffinitySide.AFFINITY: "podAffinity",
    PodAffinitySide.ANTI_AFFINITY: "podAntiAffinity",
}
"""The field that holds each side of a pod's own affinity."""


def at(rule: Rule) -> FieldPath:
    """Where a rule of the pod's own is in its spec."""
    return FieldPath.of("affinity", FIELDS[rule.side], _REQUIRED, rule.index)


def fixes(case: Case, rule: Rule, holder: str) -> tuple[Fix, ...]:
    """To do without the rule; where it is another pod's, to move that pod (``holder``)."""
    if rule.side not in FIELDS:
        return (_away_from(case, rule, holder),)
    title = f"No longer require this {rule.side.value}"
    return change_pod(case.snapshot, case.pod, (Removing(at(rule)),), title=title)


def _away_from(case: Case, rule: Rule, holder: str) -> Fix:
    """The pod whose anti-affinity keeps this one away, moved by whoever owns it."""
    namespace, _, name = holder.partition("/")
    pod = case.snapshot.get(Pod, name, namespace) if holder else None
    if pod is None:
        why = "which pod keeps this one away was not read"
        return Fix(title=f"Give the pod a {rule.key} of its own", unprovable=why)
    chain = owners(case.snapshot, pod)
    return _moving.moved(case, chain[-1] if chain else reference(pod), (pod,))
