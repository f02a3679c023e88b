"""Which instance types a NodePool may launch, as far as their names tell.

What Karpenter reads from a name:
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
(``instanceTypeScheme``). Everything else about a type takes EC2's description of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.requirements import Requirement

_SCHEME = re.compile(r"(?P<category>[a-z]+)(?:-\d+tb)?(?P<generation>\d+).*\.")


def launchable(names: Iterable[str], pools: Iterable[NodePool]) -> tuple[str, ...]:
    """The types that at least one NodePool's requirements leave open, by name."""
    wanted = [
        [Requirement.of(r.key, r.operator, r.values) for r in pool.spec.template.spec.requirements]
        for pool in pools
    ]
    return tuple(n for n in names if any(all(_meets(n, r) for r in rs) for rs in wanted))


def _meets(name: str, requirement: Requirement) -> bool:
    """Whether a type may meet a requirement: where its name does not tell, it may."""
    value = _label(name, requirement.key)
    return value is None or requirement.has(value)


def _label(name: str, key: str) -> str | None:
    """The label that a type of this name has; None where the name does not tell."""
    family, _, size = name.partition(".")
    scheme = _SCHEME.match(name)
    match key:
        case "node.kubernetes.io/instance-type":
            return name
        case "karpenter.k8s.aws/instance-family":
            return family
        case "karpenter.k8s.aws/instance-size":
            return size
        case "karpenter.k8s.aws/instance-category":
            return scheme["category"] if scheme else None
        case "karpenter.k8s.aws/instance-generation":
            return scheme["generation"] if scheme else None
        case _:
            return None
