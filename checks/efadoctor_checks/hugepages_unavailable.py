"""The pod asks for huge pages that no node has.

## What it checks

Requests of `hugepages-2Mi` and `hugepages-1Gi` against what nodes advertise and have left, and
against what a NodePool's instance types bring. Karpenter knows of no huge pages: to it a pod that
asks for them fits no instance type, whatever its AMI would reserve.

## Why it matters

AWS's own NCCL examples ask for `hugepages-2Mi: 5120Mi`. On a managed node group whose AMI reserves
them that works; on Karpenter the pod stays Pending, and the event says "no instance type has
enough resources" without a word of which. libfabric uses huge pages where there are some and does
without where there are none.

## Evidence

The limit in the pod; what the node advertises.

## Fix

Ask for none. Where they are needed, a NodeOverlay tells Karpenter of them (an alpha feature of
it, off by default), or a node group whose AMI reserves them takes the pod.

## Sources

- https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/
- https://karpenter.sh/docs/concepts/nodeoverlays/
- https://github.com/aws/karpenter-provider-aws/issues/6296
- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Creation,
    Evidence,
    Finding,
    Fix,
    Path,
    Risk,
    Stage,
    change_pod,
    check,
    reference,
)
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.scheduling.karpenter.blockers import HugepagesNotModelled
from efadoctor.scheduling.refusals import InsufficientResource
from efadoctor.scheduling.requests import HUGE_PAGES
from efadoctor_checks._paths import counted, likeliest, named, quantity, some
from efadoctor_checks._requests import asks, dropping


@check("EFA108", stage=Stage.POD, needs=(Node,), uses=(Pod, Workload))
def hugepages_unavailable(case: Case) -> Iterator[Finding]:
    """One finding for each size of page."""
    for resource, requested in case.demand.items():
        paths = [p for p in case.paths if resource.startswith(HUGE_PAGES) and _lacks(p, resource)]
        if not paths or case.pod.spec.node_name:
            continue
        asked = counted(resource, requested)
        limits = tuple(
            Evidence(object=case.pod_ref, field=a.field, value=a.value)
            for a in asks(case.pod, resource)
        )
        yield Finding(
            object=case.pod_ref,
            summary=f"The pod asks for {asked}, which {named(likeliest(paths))} cannot offer.",
            evidence=(*limits, *_advertised(paths, resource)),
            chain=(
                _why(likeliest(paths), resource),
                "So the pod fits nowhere, though it has all else that it asks for.",
            ),
            fixes=(*_without(case, resource), *_overlay(paths, resource, requested)),
            paths=frozenset(p.id for p in paths),
            change=Change.SELECTOR,
            key=resource,
        )


def _lacks(path: Path, resource: str) -> bool:
    """Whether a way in has too few; a NodePool that is yet to be made will have none."""
    if path.hypothetical and path.pool is None and path.group is None:
        return True
    if path.judgement is not None:
        blockers = path.judgement.blockers
        if any(isinstance(b, HugepagesNotModelled) and b.resource == resource for b in blockers):
            return True
    return any(r.resource == resource for r in path.of_kind(InsufficientResource))


def _why(path: Path, resource: str) -> str:
    if path.pool is not None and path.hypothetical:
        return f"Karpenter knows of no {resource}, so NodePool {path.id.name} launches nothing."
    found = next((r for r in path.of_kind(InsufficientResource) if r.resource == resource), None)
    has = quantity(resource, found.allocatable) if found else "0"
    return f"{resource} on {named(path)}: {has}."


def _advertised(paths: list[Path], resource: str) -> Iterator[Evidence]:
    for path in [p for p in paths if not p.hypothetical][:2]:
        value = path.node.status.allocatable.get(resource)
        field = f'status.allocatable["{resource}"]'
        yield Evidence(object=reference(path.node), field=field, value=value)


def _without(case: Case, resource: str) -> tuple[Fix, ...]:
    edits = dropping(case.pod, resource)
    mounted = any(
        v.empty_dir is not None and v.empty_dir.medium.startswith("HugePages")
        for v in case.pod.spec.volumes
    )
    warning = "A volume of the pod is made of huge pages; it must go as well." if mounted else ""
    title = f"Ask for no {resource}"
    return change_pod(case.snapshot, case.pod, edits, title=title, warning=warning)


def _overlay(paths: list[Path], resource: str, requested: int) -> Iterator[Fix]:
    pools = [p.id.name for p in paths if p.pool is not None and p.serves and p.selected]
    if not pools:
        return
    size = resource.removeprefix(HUGE_PAGES).lower()
    body = {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": f"hugepages-{size}"},
        "spec": {
            "requirements": [{"key": "karpenter.sh/nodepool", "operator": "In", "values": pools}],
            "capacity": {resource: quantity(resource, requested)},
        },
    }
    yield Fix(
        title=f"Tell Karpenter of the {resource} that the nodes of {some(pools)} reserve",
        edits=(Creation(body=body),),
        risk=Risk.SAFE,
        warning="NodeOverlay is an alpha feature of Karpenter; its gate is off by default.",
        unprovable="only a node can show whether its AMI reserves huge pages",
    )
