"""libfabric is told to use no EFA, or to use what the container or the device lacks.

## What it checks

The environment of containers that ask for EFA: `FI_PROVIDER` should admit the provider `efa`; and
`FI_EFA_USE_DEVICE_RDMA=1` should not be set where no type that serves the pod has RDMA read. And a
pod whose `FI_PROVIDER` names `efa` should ask for it, on nodes that have it.

## Why it matters

libfabric finds the providers that `FI_PROVIDER` leaves: with `tcp`, or with `^efa`, all traffic
goes through the kernel while the EFA interfaces stand idle. Told to require RDMA on a device
without it, libfabric aborts the program. A container that does not ask for `vpc.amazonaws.com/efa`
gets no device: "fi_getinfo: -61 (No data available)", and NCCL drops to TCP.

## Evidence

The variable and its value; the EFA interfaces that the node has.

## Fix

Ask for EFA where it is meant. Else take the variable out: EFA is the provider of choice where there
is one, and RDMA is used where the device has it. What a running pod finds is seen with
`fi_info -p efa` in it, which `efadoctor verify` reads.

## Sources

- https://ofiwg.github.io/libfabric/main/man/fabric.7.html
- https://ofiwg.github.io/libfabric/main/man/fi_efa.7.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
- https://github.com/skypilot-org/skypilot/issues/10055
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Severity, Stage, check
from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.model.kubernetes import Pod, Workload
from efadoctor.scheduling.instance_types import rdma
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor_checks import _efa_demand, _env, _fabric, _unasked
from efadoctor_checks._env import Variable

_YES = frozenset({"1", "true", "yes", "on"})


@check(
    "EFA802",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    uses=(*_fabric.FACTS, InstanceTypeInfo, Pod, Workload),
)
def libfabric_finds_no_efa(case: Case) -> Iterator[Finding]:
    """One finding for each variable that keeps libfabric from EFA."""
    if not _efa_demand.asks_for_efa(case):
        yield from _unasked.findings(case)
        return
    types = _types(case)
    for variable in _env.variables(case):
        if variable.name == "FI_PROVIDER" and not _unasked.admits_efa(variable.value):
            why = "libfabric leaves the EFA provider out"
            then = "Traffic goes through TCP, and the EFA interfaces stand idle."
            yield _env.finding(case, variable, why=why, then=then)
        elif _requires_rdma(variable) and types and not any(rdma(t).read for t in types):
            why = f"EFA on {', '.join(types)} has no RDMA"
            then = "libfabric aborts a program that requires what the device lacks."
            yield _env.finding(case, variable, why=why, then=then)


def _requires_rdma(variable: Variable) -> bool:
    return variable.name == "FI_EFA_USE_DEVICE_RDMA" and variable.value.lower() in _YES


def _types(case: Case) -> tuple[str, ...]:
    """The instance types that the pod is on or could get; empty where one is not known."""
    found: set[str] = set()
    for path in _fabric.serving(case):
        judged = [t.name for t in path.judgement.closest] if path.judgement is not None else []
        found |= set(judged or [path.node.metadata.labels.get(INSTANCE_TYPE, "")])
    return tuple(sorted(found)) if "" not in found else ()
