"""A setting was made for EFA's sake that does nothing.

## What it checks

`ENABLE_EFA_SUPPORT` on the VPC CNI's DaemonSet: there is no such variable. `ulimit -l`, `ulimit -s`
and `/etc/security/limits.d` in the user data of the EC2NodeClass or launch template that serves the
pod: they apply to logins, not to containers. Where the user data also sets the runtime's limit
(`RLIMIT_MEMLOCK` in `baseRuntimeSpec`, `LimitMEMLOCK`), what was wanted is there.

## Why it matters

Nothing breaks, and nothing is done: who believes that memory may be locked looks in the wrong place
when `fi_mr_reg` says "Cannot allocate memory".

## Evidence

The variable, or the lines of the user data.

## Fix

Take the setting out. To let containers lock memory, give the container `IPC_LOCK` (as root), or set
the limit in containerd's base runtime spec.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
- https://github.com/aws/amazon-vpc-cni-k8s
- https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/examples/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    Untold,
    check,
    reference,
)
from efadoctor.model.edits import remove_field
from efadoctor.model.kubernetes import DaemonSet
from efadoctor.scheduling.devices import image_name
from efadoctor_checks import _efa_demand, _fabric, _memlock, _unread_templates
from efadoctor_checks._memlock import UserData

NO_SUCH_VARIABLE = "ENABLE_EFA_SUPPORT"
_CNI_IMAGE = "amazon-k8s-cni"


@check(
    "EFA804",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    needs=(DaemonSet,),
    uses=(*_fabric.FACTS, *_memlock.FACTS),
)
def setting_without_effect(case: Case) -> Iterator[Finding | Untold]:
    """One finding for each object that carries such a setting."""
    if not _efa_demand.asks_for_efa(case):
        return
    for daemonset in case.snapshot.all(DaemonSet):
        yield from _of_cni(daemonset)
    for data in _memlock.user_data(case):
        if data.of_logins and not data.limits_containers:
            yield _of_user_data(data)
    yield from _unread_templates.of_ways_in(case)


def _of_cni(daemonset: DaemonSet) -> Iterator[Finding]:
    template = daemonset.spec.template.spec
    for name, containers in (
        ("containers", template.containers),
        ("initContainers", template.init_containers),
    ):
        for c, container in enumerate(containers):
            if not image_name(container.image).startswith(_CNI_IMAGE):
                continue
            for e, variable in enumerate(container.env):
                if variable.name == NO_SUCH_VARIABLE:
                    yield _no_such_variable(daemonset, f"spec.template.spec.{name}[{c}].env[{e}]")


def _no_such_variable(daemonset: DaemonSet, field: str) -> Finding:
    return Finding(
        object=reference(daemonset),
        summary=f"{NO_SUCH_VARIABLE} on {daemonset.metadata.name} has no effect.",
        evidence=(
            Evidence(
                object=reference(daemonset),
                field=f"{field}.name",
                value=NO_SUCH_VARIABLE,
                note="the VPC CNI has no such setting; EFA needs none in it",
            ),
        ),
        chain=("EFA interfaces come with the instance; the CNI leaves them alone.",),
        fixes=(
            Fix(
                title="Take the variable out",
                edits=(remove_field(daemonset, field),),
                risk=Risk.RESTARTS,
                warning="Restarts the VPC CNI's pod on every node; no hurry.",
            ),
        ),
        key=NO_SUCH_VARIABLE,
    )


def _of_user_data(data: UserData) -> Finding:
    return Finding(
        object=data.object,
        summary="User data's limits reach no container.",
        evidence=(
            Evidence(
                object=data.object,
                field=data.field,
                value="\n".join(data.of_logins),
                source=data.source,
                note="limits.d applies to logins, and ulimit ends with the script",
            ),
        ),
        chain=(
            "Containers get their limits from the container runtime.",
            "What lets a pod lock memory is IPC_LOCK as root, or the runtime's own limit.",
        ),
        fixes=(
            Fix(
                title="Take the lines out, or set the limit in containerd's base runtime spec",
                unprovable="user data is a script, which no copy runs",
            ),
        ),
        key="limits",
    )
