"""What Karpenter finds wrong with a NodePool's spec that the API server has let pass.

Karpenter says it in the condition ``ValidationSucceeded`` and passes over the pool. Only of a
pool that has no such condition, one in a manifest, is it to be worked out here. Values that
no type has are not looked at: those are told as what they exclude.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/apis/v1/nodepool_validation.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/apis/v1/nodeclaim_validation.go
"""

from collections.abc import Iterator

from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.blockers import InvalidSpec
from efadoctor.scheduling.karpenter.vocabulary import Vocabulary
from efadoctor.scheduling.names import NODEPOOL
from efadoctor.scheduling.requirements import NORMALIZED_LABELS

VALIDATED = "ValidationSucceeded"


def invalid_spec(pool: NodePool, known: Vocabulary) -> tuple[InvalidSpec, ...]:
    """Everything wrong with the spec; nothing where Karpenter has judged it already."""
    if any(c.type == VALIDATED for c in pool.status.conditions):
        return ()
    return (*_labels(pool, known), *_taints(pool), *_requirements(pool, known))


def _labels(pool: NodePool, known: Vocabulary) -> Iterator[InvalidSpec]:
    for key, value in pool.spec.template.metadata.labels.items():
        if key == NODEPOOL or known.is_restricted(key):
            field = f'spec.template.metadata.labels["{key}"]'
            yield InvalidSpec(field=field, value=value, message=f"label {key} is restricted")


def _taints(pool: NodePool) -> Iterator[InvalidSpec]:
    """Taints and startup taints together have each key and effect once."""
    seen: set[tuple[str, str]] = set()
    spec = pool.spec.template.spec
    for name, taints in (("taints", spec.taints), ("startupTaints", spec.startup_taints)):
        for index, taint in enumerate(taints):
            if (taint.key, taint.effect) in seen:
                yield InvalidSpec(
                    field=f"spec.template.spec.{name}[{index}].key",
                    value=taint.key,
                    message=f"duplicate taint Key/Effect pair {taint.key}={taint.effect}",
                )
            seen.add((taint.key, taint.effect))


def _requirements(pool: NodePool, known: Vocabulary) -> Iterator[InvalidSpec]:
    for index, requirement in enumerate(pool.spec.template.spec.requirements):
        key = NORMALIZED_LABELS.get(requirement.key, requirement.key)
        if key == NODEPOOL or known.is_restricted(key):
            yield InvalidSpec(
                field=f"spec.template.spec.requirements[{index}].key",
                value=requirement.key,
                message=f"label {requirement.key} is restricted",
            )
