"""Inter-pod affinity terms, read for the pod that carries them.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/kube-scheduler/framework/types.go
(AffinityTerm)
"""

from collections.abc import Iterable

import msgspec

from efadoctor.model.kubernetes import (
    ObjectMeta,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    SelectorRequirement,
)
from efadoctor.scheduling import selectors
from efadoctor.scheduling.selectors import Labels, Selector


class AffinityTerm(msgspec.Struct, frozen=True):
    """Pods of these namespaces, or of namespaces of these labels, that the selector matches."""

    topology_key: str
    selector: Selector
    namespaces: frozenset[str]
    namespace_selector: Selector

    def matches(self, namespace: str, labels: Labels, namespace_labels: Labels) -> bool:
        """Whether a pod with these labels in this namespace is meant."""
        return (
            namespace in self.namespaces or self.namespace_selector.matches(namespace_labels)
        ) and self.selector.matches(labels)


def affinity_terms(metadata: ObjectMeta, spec: PodSpec) -> tuple[AffinityTerm, ...]:
    """The required pod affinity terms of a pod."""
    return _parsed(spec.affinity.pod_affinity if spec.affinity else None, metadata)


def anti_affinity_terms(metadata: ObjectMeta, spec: PodSpec) -> tuple[AffinityTerm, ...]:
    """The required pod anti-affinity terms of a pod."""
    return _parsed(spec.affinity.pod_anti_affinity if spec.affinity else None, metadata)


def _parsed(affinity: PodAffinity | None, metadata: ObjectMeta) -> tuple[AffinityTerm, ...]:
    if affinity is None:
        return ()
    return tuple(_parse(term, metadata) for term in affinity.required)


def _parse(term: PodAffinityTerm, metadata: ObjectMeta) -> AffinityTerm:
    own = not term.namespaces and term.namespace_selector is None
    return AffinityTerm(
        topology_key=term.topology_key,
        selector=_with_label_keys(selectors.parse(term.label_selector), term, metadata.labels),
        namespaces=frozenset([metadata.namespace] if own else term.namespaces),
        namespace_selector=selectors.parse(term.namespace_selector),
    )


def _with_label_keys(selector: Selector, term: PodAffinityTerm, labels: Labels) -> Selector:
    """``matchLabelKeys`` and ``mismatchLabelKeys`` as the API server writes them into a selector.

    It does so when the pod is created; of a stored pod the requirements are there already.
    https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/core/pod/strategy.go
    """
    if selector.nothing:
        return selector
    written = {(r.key, r.operator) for r in selector.requirements}
    more = [
        SelectorRequirement(key=key, operator=operator, values=(labels[key],))
        for keys, operator in ((term.match_label_keys, "In"), (term.mismatch_label_keys, "NotIn"))
        for key in _present(keys, labels)
        if (key, operator) not in written
    ]
    return Selector((*selector.requirements, *more)) if more else selector


def _present(keys: Iterable[str], labels: Labels) -> Iterable[str]:
    return (key for key in keys if key in labels)
