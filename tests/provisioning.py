"""Pods, NodePools and a small catalogue of types for tests of Karpenter's simulation."""

from typing import Any

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import PoolJudgement, Provisioning, provision

Json = dict[str, Any]

ZONE = "topology.kubernetes.io/zone"
TYPE = "node.kubernetes.io/instance-type"
CAPACITY = "karpenter.sh/capacity-type"
POOL = "karpenter.sh/nodepool"
EFA = "vpc.amazonaws.com/efa"
GPU = "nvidia.com/gpu"
A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"


def offering(zone: str, kind: str = "on-demand", price: float = 1.0) -> Json:
    requirements = [
        {"key": CAPACITY, "operator": "In", "values": [kind]},
        {"key": ZONE, "operator": "In", "values": [zone]},
    ]
    return {"Requirements": requirements, "Price": price, "Available": True}


def a_type(
    name: str,
    cpu: int = 4,
    zones: tuple[str, ...] = (A, B),
    price: float = 1.0,
    arch: str = "amd64",
    **resources: int,
) -> Json:
    devices = {"efa": EFA, "gpu": GPU}
    amounts = {"cpu": str(cpu), "memory": f"{cpu * 4}Gi", "ephemeral-storage": "100Gi"}
    amounts |= {devices[k]: str(v) for k, v in resources.items()}
    return {
        "name": name,
        "architecture": arch,
        "operatingSystems": ["linux"],
        "offerings": [offering(zone, price=price) for zone in zones],
        "resources": amounts,
    }


TYPES = (
    a_type("m5.large", cpu=2, price=0.1),
    a_type("c7g.4xlarge", cpu=16, price=0.6, arch="arm64"),
    a_type("g5.8xlarge", cpu=32, price=2.4, gpu=1, efa=1),
    a_type("p4d.24xlarge", cpu=96, price=22.0, zones=(A,), gpu=8, efa=4),
    a_type("p5.48xlarge", cpu=192, price=55.0, zones=(B,), gpu=8, efa=32),
)


def requirement(key: str, operator: str, *values: str, min_values: int | None = None) -> Json:
    found: Json = {"key": key, "operator": operator, "values": list(values)}
    return found | ({"minValues": min_values} if min_values is not None else {})


def pool(
    name: str = "pool",
    *requirements: Json,
    labels: Json | None = None,
    taints: tuple[Json, ...] = (),
    **spec: Any,
) -> Json:
    reference = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}
    template = {
        "metadata": {"labels": labels or {}},
        "spec": {
            "nodeClassRef": reference,
            "requirements": list(requirements),
            "taints": list(taints),
        },
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"template": template, **spec},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


def pod(name: str = "train", requests: Json | None = None, **spec: Any) -> Json:
    resources = {"requests": {"cpu": "1"} | (requests or {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "x", "resources": resources}], **spec},
    }


def required(*terms: list[Json]) -> Json:
    """Required node affinity with these terms, each a list of expressions."""
    listed = [{"matchExpressions": term} for term in terms]
    where = "requiredDuringSchedulingIgnoredDuringExecution"
    return {"nodeAffinity": {where: {"nodeSelectorTerms": listed}}}


def preferred(*terms: tuple[int, Json]) -> Json:
    """Preferred node affinity: weights and expressions."""
    listed = [{"weight": w, "preference": {"matchExpressions": [e]}} for w, e in terms]
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": listed}}


def taint(key: str, effect: str = "NoSchedule", value: str = "") -> Json:
    return {"key": key, "effect": effect} | ({"value": value} if value else {})


def ask(subject: Json, *objects: Json, types: Any = TYPES) -> Provisioning:
    """What Karpenter would do for the pod in a cluster of these objects."""
    return provision(Snapshot.from_objects(objects), subject, instance_types=types)


def launching(found: Provisioning) -> PoolJudgement:
    """The judgement of the pool that launches a node, which one must."""
    assert found.judgement is not None, found.message
    return found.judgement


def clause(found: Provisioning, name: str = "pool") -> str:
    """What is said of a pool, without the printed requirements and resources."""
    return found.errors[name].partition(", requirements=")[0]
