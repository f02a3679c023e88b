"""A pod that is told to use EFA and does not ask for it (EFA802)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Evidence, Finding, Setting, change_pod
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import EFA, INSTANCE_TYPE
from efadoctor.scheduling.quantity import amount, readable
from efadoctor_checks import _env, _fabric
from efadoctor_checks._env import Variable


def findings(case: Case) -> Iterator[Finding]:
    """A pod that means EFA, could have it, and does not ask for it."""
    node = next((p.node for p in _fabric.serving(case) if _interfaces(case, p.node)), None)
    if node is None:
        return
    for variable in _env.of_containers(case):
        names_it = admits_efa(variable.value) and not variable.value.startswith("^")
        if variable.name == "FI_PROVIDER" and names_it:
            yield _finding(case, variable, node, _interfaces(case, node))
            return


def _interfaces(case: Case, node: Node) -> int:
    """How many EFA interfaces a node advertises, or could have by its type."""
    facts = known_types(case.snapshot).get(node.metadata.labels.get(INSTANCE_TYPE, ""))
    told = amount(EFA, readable(node.status.allocatable).get(EFA, 0))
    return max(told, facts.efa_interfaces if facts is not None else 0)


def _finding(case: Case, variable: Variable, node: Node, count: int) -> Finding:
    name = variable.container.container.name
    return Finding(
        object=case.pod_ref,
        summary=(
            f"Container {name} is told to use EFA ({variable.name}={variable.value}), and the pod "
            f"does not ask for {EFA}."
        ),
        evidence=(
            Evidence(object=case.pod_ref, field=variable.field, value=variable.value),
            Evidence(
                object=case.pod_ref,
                field=variable.container.field("resources", "limits"),
                value=variable.container.container.resources.limits or None,
                expected=f"{EFA}: up to {count}, as {node.metadata.labels.get(INSTANCE_TYPE)} has",
            ),
        ),
        chain=(
            "Only a container that asks for EFA gets its devices.",
            "So libfabric finds none, and NCCL and MPI talk through TCP.",
        ),
        fixes=change_pod(
            case.snapshot,
            case.pod,
            (Setting(variable.container.in_spec("resources", "limits", EFA), str(count)),),
            title=f"Ask for {count} {EFA} in container {name}",
        ),
        key=name,
    )


def admits_efa(value: str) -> bool:
    """Whether a provider filter leaves ``efa``: names to use, or with ``^`` names to leave out.

    https://ofiwg.github.io/libfabric/main/man/fabric.7.html
    """
    names = {n.strip().lower() for n in value.lstrip("^").replace(";", ",").split(",")}
    return ("efa" in names) is not value.startswith("^")
