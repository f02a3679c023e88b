"""Reshapes the healthy cluster of ``clusters`` into the kinds of cluster that incidents tell of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clusters import EFA_NODE, GPU_TAINT, OTHER_ZONE, REGION, ZONE, Cluster, Json, interface
from faults.pods import asking
from faults.provisioning import requirements, training_group

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"
THIRD_ZONE = f"{REGION}c"

Found = tuple[str, str, str]
"""Code, kind and name of what a report names."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """A public report as a state, and what must be said of it.

    ``source`` is ``owner/repository#number``. ``codes`` are the root causes, ``warnings`` must be
    among the warnings; ``verdict`` is blocked where there are causes, unless given.
    """

    source: str
    title: str
    state: Callable[[Cluster], None]
    codes: tuple[Found, ...] = ()
    warnings: tuple[Found, ...] = ()
    verdict: str = "blocked"
    subject: str = "ml/trainer"
    says: str = ""

    @property
    def url(self) -> str:
        repository, _, number = self.source.partition("#")
        return f"https://github.com/{repository}/issues/{number}"


def of_type(cluster: Cluster, name: str, *, efa: int, gpu: int = 8, **amounts: str) -> None:
    """The EFA node, its NodeClaim and its pool are of this type; the pod asks for all of it."""
    for labels in (cluster.node["metadata"]["labels"], cluster.claim["metadata"]["labels"]):
        labels["node.kubernetes.io/instance-type"] = name
        labels["karpenter.k8s.aws/instance-family"] = name.partition(".")[0]
        labels["karpenter.k8s.aws/instance-category"] = name[0]
    devices = {EFA: str(efa), GPU: str(gpu)}
    for thing in (cluster.node, cluster.claim):
        for part in ("capacity", "allocatable"):
            held = thing["status"][part]
            held |= amounts | devices
            for resource in [r for r, count in devices.items() if count == "0"]:
                del held[resource]
    only = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": [name]}
    kept = [r for r in requirements(cluster) if "instance-" not in r["key"]]
    requirements(cluster)[:] = [*kept, only]
    cluster.claim["spec"]["requirements"] = [only]
    cluster.instance["InstanceType"] = name
    del cluster.instance["NetworkInterfaces"][max(efa, 1) :]
    offered_in(cluster, name, ZONE, OTHER_ZONE)
    asks(cluster, efa=efa, gpu=gpu)


def offered_in(cluster: Cluster, name: str, *zones: str) -> None:
    """EC2 offers the type in these zones and nowhere else."""
    offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
    offerings[:] = [o for o in offerings if o["InstanceType"] != name]
    offerings += [
        {"InstanceType": name, "Location": zone, "LocationType": "availability-zone"}
        for zone in zones
    ]


def asks(cluster: Cluster, *, efa: int = 0, gpu: int = 0) -> None:
    """What the pod asks for; none is left out."""
    for resource, count in ((EFA, efa), (GPU, gpu)):
        asking(cluster, resource, str(count) if count else None)
        wanted = cluster.claim["spec"]["resources"]["requests"]
        wanted.pop(resource, None)
        wanted |= {resource: str(count)} if count else {}


def in_group(cluster: Cluster, interfaces: int = 32, most: int = 1) -> Json:
    """The node is of a managed node group of its type; there is no Karpenter."""
    node, machine = cluster.node, cluster.instance
    on_node = [o for o in cluster.objects if o.get("spec", {}).get("nodeName") == EFA_NODE]
    type_ = node["metadata"]["labels"]["node.kubernetes.io/instance-type"]
    scaling = {"minSize": 0, "maxSize": most, "desiredSize": 1}
    group = training_group(cluster, interfaces, scalingConfig=scaling, instanceTypes=[type_])
    del cluster.pod["spec"]["nodeSelector"]
    cluster.remove("EC2NodeClass", "efa")
    labels = node["metadata"]["labels"]
    kept = {k: v for k, v in labels.items() if "karpenter" not in k}
    node["metadata"]["labels"] = kept | {"eks.amazonaws.com/nodegroup": "training"}
    node["spec"]["taints"] = [dict(GPU_TAINT)]
    cluster.add(node, *on_node)
    cluster.aws["aws/ec2/describe-instances"][0]["Instances"].append(machine)
    cluster.aws["aws/ec2/describe-launch-template-versions"][-1]["LaunchTemplateData"] |= {
        "InstanceType": type_
    }
    return group


def empty_group(cluster: Cluster, type_: str, interfaces: int, **more: object) -> Json:
    """A managed node group of a type that has no node yet and wants one."""
    scaling = {"minSize": 0, "maxSize": 4, "desiredSize": 1}
    more = {"instanceTypes": [type_], "scalingConfig": scaling} | more
    group = training_group(cluster, interfaces, **more)
    template = cluster.aws["aws/ec2/describe-launch-template-versions"][-1]
    template["LaunchTemplateData"] |= {"InstanceType": type_}
    offered_in(cluster, type_, ZONE, OTHER_ZONE)
    return group


def health(group: Json, code: str, message: str) -> None:
    group["status"] = "DEGRADED"
    group["health"] = {"issues": [{"code": code, "message": message}]}


def plain_interface(cluster: Cluster) -> None:
    """The instance was launched without EFA."""
    cluster.instance["NetworkInterfaces"] = [interface(0, cluster.instance["InstanceId"], "ena")]
    cluster.instance["NetworkInterfaces"][0]["InterfaceType"] = "interface"
