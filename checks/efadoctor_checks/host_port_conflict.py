"""A host port that the pod wants is taken.

## What it checks

The host ports of the pod's containers (with `hostNetwork` every container port is one) against
those of the pods on each node, and of the DaemonSets that would run on a new one.

## Why it matters

Two pods with `hostNetwork` and the same port never share a node, so a node that is half empty takes
no second one. EFA does not need the host's network: its devices are handed to the container.

## Evidence

The port in the pod, and the pod or DaemonSet that has it.

## Fix

Do without the host port, and without the host's network.

## Sources

- https://kubernetes.io/docs/concepts/configuration/overview/#services
- https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    Removing,
    Setting,
    SpecEdit,
    Stage,
    change_pod,
    check,
)
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.scheduling.karpenter.blockers import HostPortConflict
from efadoctor.scheduling.refusals import PortTaken
from efadoctor_checks._paths import likeliest, named, some

Taken = tuple[int, str]
"""A port and its protocol."""


@check("EFA113", stage=Stage.POD, needs=(Node, Pod), uses=(Workload,))
def host_port_conflict(case: Case) -> Iterator[Finding]:
    """One finding for each port."""
    found: dict[Taken, dict[str, Path]] = {}
    for path in case.paths:
        for taken, holder in _taken(path):
            found.setdefault(taken, {}).setdefault(holder, path)
    for taken, holders in found.items():
        paths = [p for p in case.paths if any(t == taken for t, _ in _taken(p))]
        yield _finding(case, taken, tuple(holders), paths)


def _taken(path: Path) -> Iterator[tuple[Taken, str]]:
    for refusal in path.of_kind(PortTaken):
        yield (refusal.port, refusal.protocol), f"pod {refusal.holder}"
    for blocker in path.judgement.blockers if path.judgement is not None else ():
        if isinstance(blocker, HostPortConflict):
            yield (blocker.port, blocker.protocol), f"DaemonSet {blocker.daemonset}"


def _finding(case: Case, taken: Taken, holders: tuple[str, ...], paths: list[Path]) -> Finding:
    port, protocol = taken
    where = named(likeliest(paths))
    who = some(holders, 2)
    return Finding(
        object=case.pod_ref,
        summary=f"The pod wants host port {port}/{protocol}, which {who} has on {where}.",
        evidence=tuple(_evidence(case, taken)),
        chain=(
            f"Host port {port}/{protocol} of {where} belongs to {who}.",
            "One port goes to one pod, so the scheduler keeps this one off.",
        ),
        fixes=_fixes(case),
        paths=frozenset(p.id for p in paths),
        change=Change.SELECTOR,
        key=f"{port}/{protocol}",
    )


def _evidence(case: Case, taken: Taken) -> Iterator[Evidence]:
    spec = case.pod.spec
    if spec.host_network:
        yield Evidence(object=case.pod_ref, field="spec.hostNetwork", value=True)
    for i, container in enumerate(spec.containers):
        for j, port in enumerate(container.ports):
            if (port.host_port or port.container_port, port.protocol) == taken:
                field = f"spec.containers[{i}].ports[{j}]"
                yield Evidence(object=case.pod_ref, field=field, value=port)


def _fixes(case: Case) -> tuple[Fix, ...]:
    spec = case.pod.spec
    edits: list[SpecEdit] = [Setting("hostNetwork", value=False)] if spec.host_network else []
    edits.extend(
        Removing(f"containers[{i}].ports[{j}].hostPort")
        for i, container in enumerate(spec.containers)
        for j, port in enumerate(container.ports)
        if port.host_port
    )
    title = "Do without the host's ports"
    warning = "Peers that reach the pod at its node's address must use the pod's own."
    return change_pod(case.snapshot, case.pod, tuple(edits), title=title, warning=warning)
