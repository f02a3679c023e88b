"""A container that asks for EFA may not lock the memory that EFA needs.

## What it checks

Every container that asks for EFA: it should be privileged, or have the capability `IPC_LOCK` and
run as root. A capability that is added for another user, or in a user namespace of the pod's own,
is not in effect. Nodes whose user data raises the limit in the container runtime
(`RLIMIT_MEMLOCK`, `LimitMEMLOCK`), and Bottlerocket's, need neither.

## Why it matters

EFA pins the memory that it sends from, and the kernel counts pinned memory against
`RLIMIT_MEMLOCK`, a few MiB for containers, unless the process has `CAP_IPC_LOCK`. The pod starts;
then registering memory fails (`fi_mr_reg`: "Cannot allocate memory"), and NCCL aborts or drops to
sockets. AWS's samples add `IPC_LOCK`; its documentation does not ask for it, so this is a warning.

## Evidence

The container's security context, and the user it runs as.

## Fix

Add `IPC_LOCK` to the container. For a container that must not run as root, raise the limit on the
node: `RLIMIT_MEMLOCK` in containerd's base runtime spec.

## Sources

- https://man7.org/linux/man-pages/man7/capabilities.7.html
- https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/examples/
- https://github.com/aws-samples/aws-efa-eks
- https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Appending,
    Case,
    Evidence,
    Finding,
    Fix,
    Setting,
    Severity,
    SpecEdit,
    Stage,
    change_pod,
    check,
)
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Namespace, Pod, Workload
from efadoctor.scheduling import pod_security
from efadoctor.scheduling.devices import Device, ships_with
from efadoctor_checks import _efa_demand, _fabric, _locking, _memlock
from efadoctor_checks._efa_demand import EfaContainer
from efadoctor_checks._locking import Hindrance


@check(
    "EFA801",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    uses=(*_fabric.FACTS, *_memlock.FACTS, Namespace, NodePool, Pod, Workload),
)
def memory_lock_limited(case: Case) -> Iterator[Finding]:
    """One finding for each container that may not lock memory."""
    if any(d.limits_containers for d in _memlock.user_data(case)) or _is_bottlerocket(case):
        return
    for asking in _efa_demand.efa_containers(case.snapshot, case.pod):
        hindrance = _locking.hindrance(case.pod, asking)
        if hindrance is not None:
            yield _finding(case, asking, hindrance)


def _is_bottlerocket(case: Case) -> bool:
    """Bottlerocket, EKS Auto Mode's too, raises the limit itself where there is EFA.

    Both are what ships with the GPU plugin.
    https://github.com/bottlerocket-os/bottlerocket-core-kit/pull/141
    """
    paths = _fabric.serving(case)
    return bool(paths) and all(ships_with(case.snapshot, Device.GPU, p.node) for p in paths)


def _finding(case: Case, asking: EfaContainer, hindrance: Hindrance) -> Finding:
    name = asking.container.name
    return Finding(
        object=case.pod_ref,
        summary=f"Container {name} asks for EFA and may not lock memory for it: {hindrance.why}.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=hindrance.field,
                value=hindrance.value,
                expected=hindrance.expected,
                note=hindrance.why,
            ),
        ),
        chain=(
            "EFA pins memory, which the kernel counts against RLIMIT_MEMLOCK without CAP_IPC_LOCK.",
            "The pod starts, and registering memory fails once it communicates.",
        ),
        fixes=_fixes(case, asking, hindrance),
        key=name,
    )


def _fixes(case: Case, asking: EfaContainer, hindrance: Hindrance) -> tuple[Fix, ...]:
    by_node = Fix(
        title="Raise RLIMIT_MEMLOCK in containerd's base runtime spec, in the nodes' user data",
        unprovable="user data is a script, which no copy runs",
    )
    if not hindrance.lacks_capability:
        return (by_node,)
    edit: SpecEdit = Appending(asking.in_spec("securityContext", "capabilities", "add"), "IPC_LOCK")
    context = asking.container.security_context
    if context is None or context.capabilities is None or not context.capabilities.add:
        at = asking.in_spec("securityContext", "capabilities", "add")
        edit = Setting(at, ["IPC_LOCK"])
    level = pod_security.enforced_level(case.snapshot, case.pod.metadata.namespace)
    allowed = level == "privileged"
    warning = f"The namespace enforces Pod Security {level}, which forbids IPC_LOCK."
    title = f"Add the capability IPC_LOCK to container {asking.container.name}"
    added = change_pod(
        case.snapshot, case.pod, (edit,), title=title, warning="" if allowed else warning
    )
    return (*added, by_node) if allowed else (by_node, *added)
