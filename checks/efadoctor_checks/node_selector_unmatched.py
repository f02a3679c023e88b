"""A node selector or required affinity that no node and no NodePool can meet.

## What it checks

`spec.nodeSelector` and the required node affinity against the labels of every node, of the node
that each NodePool would make, and of those that each node group would add; of a pod that asks for
EFA or GPUs only of those that could have them. Only if none meets all of it is anything found; what
is then named is each part that stands in the way, with the nearest label or value that exists:
`gpu_efa` for a NodePool called `gpu-efa`, `pool` for `karpenter.sh/nodepool`, the label of a
Karpenter that is long gone, `x86_64` for `amd64`. Parts that each exist, only not together, are
named as such.

## Why it matters

The scheduler says "didn't match Pod's node affinity/selector" of every node and means one word.
Karpenter launches nothing for a label that it does not know.

## Evidence

The part of the selector or affinity, and the label or value that comes nearest.

## Fix

Write what exists. The field cannot change on an existing pod, so it is made anew.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
- https://karpenter.sh/docs/concepts/scheduling/
- https://karpenter.sh/docs/concepts/nodepools/
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Path, Stage, check, reference
from efadoctor.model.aws import AvailabilityZone, NodeGroup, NodeGroupName, Subnet
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor_checks._paths import does, groups_are_known
from efadoctor_checks._pod_selectors import alternatives, offered, selected_by_none
from efadoctor_checks._pool_types import READS
from efadoctor_checks._selector_fixes import fixes
from efadoctor_checks._selector_gaps import Unmatched, unmatched


@check(
    "EFA106",
    stage=Stage.POD,
    needs=(Node, NodePool),
    uses=(
        *READS,
        NodeGroup,
        NodeGroupName,
        Pod,
        Workload,
        AvailabilityZone,
        Subnet,
    ),
)
def node_selector_unmatched(case: Case) -> Iterator[Finding]:
    """One finding for each part that stands in the way anywhere."""
    wanted = alternatives(case.pod)
    if case.pod.spec.node_name or not any(wanted) or not selected_by_none(case, wanted):
        return
    sure = groups_are_known(case.snapshot)
    for found in unmatched(case, wanted):
        if sure or found.slip is not None or found.want.key.startswith("karpenter."):
            yield _finding(case, found)


def _finding(case: Case, found: Unmatched) -> Finding:
    want, nearest = found.want, found.nearest
    right = found.slip.written if found.slip else None
    meant = f"; {right} was meant" if right else ""
    evidence = Evidence(
        object=case.pod_ref,
        field=want.field,
        value=list(want.values) if not want.selector else next(iter(want.values), None),
        expected=_expected(found),
    )
    return Finding(
        object=case.pod_ref,
        summary=f"The pod selects {want.written}, which {found.nobody}{meant}.",
        evidence=(evidence, *_beside(case, found, nearest)),
        chain=(
            f"The pod goes only where {want.written}.",
            *found.together,
            "So the scheduler keeps it off every node, and Karpenter makes none for it.",
        ),
        fixes=fixes(case, found),
        paths=frozenset(p.id for p in found.paths),
        meant=frozenset(p.id for p in found.meant),
        change=Change.SPELLING if found.slip else Change.SELECTOR,
        key=want.field,
    )


def _expected(found: Unmatched) -> str | None:
    """What was meant to be in the field: the value alone where the key is right."""
    want, slip = found.want, found.slip
    if slip is None:
        return None
    return slip.value if slip.key == want.key and len(want.values) == 1 else slip.written


def _beside(case: Case, found: Unmatched, path: Path) -> Iterator[Evidence]:
    """The label of the way in that comes nearest."""
    key = found.slip.key if found.slip else found.want.key
    values = offered(case, path, key)
    note = f"{key} is not there"
    if values:
        note = f"{does(path, 'has', 'have')} {key} {', '.join(values[:4])}"
    if path.pool is not None and path.hypothetical:
        is_name = key == "karpenter.sh/nodepool"
        field = "metadata.name" if is_name else "spec.template.spec.requirements"
        value = path.pool.metadata.name if is_name else path.pool.spec.template.spec.requirements
        yield Evidence(object=reference(path.pool), field=field, value=value, note=note)
    elif not path.hypothetical:
        labels = path.node.metadata.labels
        field = f'metadata.labels["{key}"]'
        yield Evidence(object=reference(path.node), field=field, value=labels.get(key), note=note)
