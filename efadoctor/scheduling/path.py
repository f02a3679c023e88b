"""A way in: one class of equal nodes, or one NodePool or node group that would make a node.

A path carries everything that stands in the pod's way there, without stopping at the
first refusal. ``diagnosis.paths`` builds paths; checks read them.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from efadoctor.model.aws import NodeGroup
from efadoctor.model.finding import PathId, PathKind
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Node, Taint
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.refusals import Refusal

R = TypeVar("R", bound=Refusal)


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One way in for the pod.

    ``node`` stands for the class: the first of ``nodes``, or (``hypothetical``) the node
    that the pool, claim or group would make, advertising what its plugins would let it.
    ``refusals`` are the scheduler's against that node; ``judgement`` is Karpenter's
    against making one. ``startup_taints`` are those that a node's NodePool declares, which
    somebody is to remove. ``serves`` says that the instance type has the EFA interfaces and
    GPUs asked for (None: not known); ``selected`` that the pod's selectors match.
    """

    id: PathId
    node: Node
    nodes: tuple[str, ...] = ()
    hypothetical: bool = False
    refusals: tuple[Refusal, ...] = ()
    judgement: PoolJudgement | None = None
    pool: NodePool | None = None
    claim: NodeClaim | None = None
    startup_taints: tuple[Taint, ...] = ()
    group: NodeGroup | None = None
    serves: bool | None = None
    selected: bool = True

    @classmethod
    def of_node(cls, node: Node) -> Path:
        """The path of one existing node, with nothing held against it."""
        name = node.metadata.name
        return cls(id=PathId(PathKind.NODE, name), node=node, nodes=(name,))

    def of_kind(self, kind: type[R]) -> tuple[R, ...]:
        """The refusals of one kind."""
        return tuple(r for r in self.refusals if isinstance(r, kind))
