"""Fixes of a NodePool none of whose types is large enough (EFA205), other types aside."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Fix, Path, Risk, change_pod, set_field
from efadoctor.scheduling.karpenter.blockers import InsufficientTogether, InsufficientTypes
from efadoctor.scheduling.node_states import PODS
from efadoctor_checks._fabric import nodeclass_of
from efadoctor_checks._paths import counted
from efadoctor_checks._requests import lowering

Shortage = InsufficientTypes | InsufficientTogether


def more_pods(case: Case, path: Path, short: list[Shortage]) -> Iterator[Fix]:
    """Let nodes have more pods, where the NodeClass's ``kubelet.maxPods`` is what is short."""
    nodeclass = nodeclass_of(case, path)
    kubelet = nodeclass.spec.kubelet if nodeclass is not None else None
    for shortage in short:
        by_class = isinstance(kubelet, dict) and isinstance(kubelet.get("maxPods"), int)
        if not isinstance(shortage, InsufficientTypes) or shortage.resource != PODS or not by_class:
            continue
        yield Fix(
            title=f"Let nodes have {shortage.requested} pods",
            edits=(set_field(nodeclass, "spec.kubelet.maxPods", shortage.requested),),
            risk=Risk.REPLACES_NODES,
            warning="Nodes of the NodeClass drift and are replaced.",
        )


def lowered(case: Case, short: list[Shortage]) -> Iterator[Fix]:
    """Ask for what the pool's types have, where that is all that is short."""
    if len(short) != 1 or not isinstance(short[0], InsufficientTypes) or short[0].most <= 0:
        return
    shortage = short[0]
    edits = lowering(case.pod, shortage.resource, shortage.requested, shortage.most)
    if edits:
        title = f"Ask for {counted(shortage.resource, shortage.most)}"
        yield from change_pod(case.snapshot, case.pod, edits, title=title)
