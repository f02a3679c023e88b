"""A setting was made for EFA's sake that does nothing.

## What it checks

`ENABLE_EFA_SUPPORT` on the VPC CNI's DaemonSet: there is no such variable. `ulimit` and
`/etc/security/limits.d` in the user data of the EC2NodeClass or launch template that serves the
pod: they apply to logins, not to containers, unless the user data also sets the runtime's limits
(`baseRuntimeSpec`, `LimitMEMLOCK`).

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

import base64
import binascii
import re
from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import LaunchTemplateVersion
from efadoctor.model.edits import remove_field
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import DaemonSet
from efadoctor.scheduling.devices import image_name
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _efa_demand, _fabric

NO_SUCH_VARIABLE = "ENABLE_EFA_SUPPORT"
_OF_LOGINS = re.compile(r"^.*(?:/etc/security/limits|\bulimit\s+-[lSHs]).*$", re.MULTILINE)
_OF_CONTAINERS = re.compile(r"baseRuntimeSpec|LimitMEMLOCK|max-locked-memory|RLIMIT_MEMLOCK")


@check(
    "EFA804",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    uses=(DaemonSet, EC2NodeClass, LaunchTemplateVersion),
)
def setting_without_effect(case: Case) -> Iterator[Finding]:
    """One finding for each object that carries such a setting."""
    if not _efa_demand.asks_for_efa(case):
        return
    for daemonset in case.snapshot.all(DaemonSet):
        yield from _of_cni(daemonset)
    seen: set[str] = set()
    for path in _fabric.serving(case):
        nodeclass = _fabric.nodeclass_of(case, path)
        if nodeclass is not None and nodeclass.metadata.name not in seen:
            seen.add(nodeclass.metadata.name)
            yield from _of_user_data(nodeclass, "spec.userData", nodeclass.spec.user_data)
        template = launch_template(case.snapshot, path.group) if path.group else None
        if template is not None and template.launch_template_id not in seen:
            seen.add(template.launch_template_id)
            data = _decoded(template.launch_template_data.user_data)
            yield from _of_user_data(template, "LaunchTemplateData.UserData", data)


def _of_cni(daemonset: DaemonSet) -> Iterator[Finding]:
    for c, container in enumerate(daemonset.spec.template.spec.containers):
        if image_name(container.image) != "amazon-k8s-cni":
            continue
        for e, variable in enumerate(container.env):
            if variable.name == NO_SUCH_VARIABLE:
                field = f"spec.template.spec.containers[{c}].env[{e}]"
                yield Finding(
                    object=reference(daemonset),
                    summary=f"{NO_SUCH_VARIABLE} on {daemonset.metadata.name} has no effect.",
                    evidence=(
                        Evidence(
                            object=reference(daemonset),
                            field=f"{field}.name",
                            value=variable.name,
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


def _of_user_data(
    carrier: EC2NodeClass | LaunchTemplateVersion, field: str, text: str
) -> Iterator[Finding]:
    lines = [m.group().strip() for m in _OF_LOGINS.finditer(text)]
    if not lines or _OF_CONTAINERS.search(text):
        return
    of_cluster = isinstance(carrier, EC2NodeClass)
    yield Finding(
        object=reference(carrier),
        summary="The limits that the user data sets do not reach containers.",
        evidence=(
            Evidence(
                object=reference(carrier),
                field=field,
                value="\n".join(lines),
                source=EvidenceSource.CLUSTER if of_cluster else EvidenceSource.AWS,
                note="limits.d applies to logins, and ulimit ends with the script",
            ),
        ),
        chain=(
            "Containers get their limits from the container runtime.",
            "What lets this pod lock memory is IPC_LOCK, or nothing.",
        ),
        fixes=(
            Fix(title="Take the lines out, or set the limit in containerd's base runtime spec"),
        ),
        key="limits",
    )


def _decoded(user_data: str) -> str:
    """A launch template's user data is base64."""
    try:
        return base64.b64decode(user_data, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return user_data
