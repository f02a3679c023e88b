"""NodePools and NodeClasses on EC2, and what Karpenter would launch of them."""

from typing import Any

from facts_of import facts_of
from provisioning import TYPE, A, B, pod, pool, requirement

from efadoctor.model.decoding import convert
from efadoctor.model.facts import SOURCES
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import Provisioning, provision, template_node
from efadoctor.scheduling.karpenter.types import InstanceType

AWS = "karpenter.k8s.aws"
CLASS = {"group": AWS, "kind": "EC2NodeClass", "name": "efa"}
PLACES = [
    {"id": f"subnet-{z[-1]}", "zone": z, "zoneID": f"use1-az{n}"} for n, z in enumerate((A, B))
]


def on_ec2(name: str = "pool", *requirements: Any, **more: Any) -> dict[str, Any]:
    found = pool(name, *requirements, **more)
    found["spec"]["template"]["spec"]["nodeClassRef"] = CLASS
    return found


def node_class(status: Any = None, **spec: Any) -> dict[str, Any]:
    family = {"amiSelectorTerms": [{"alias": "al2023@latest"}]}
    return {
        "apiVersion": f"{AWS}/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "efa"},
        "spec": family | spec,
        "status": {"subnets": PLACES} | (status or {}),
    }


def cluster(*objects: Any, **responses: Any) -> Snapshot:
    """A cluster of these objects, with these EC2 operations answered."""
    facts = facts_of(Snapshot.from_objects(objects))
    for operation, items in responses.items():
        name = f"aws/ec2/{operation.replace('_', '-')}"
        facts[name] = convert(items, SOURCES[name].type, name)
    return Snapshot(facts)


def asked(subject: Any, *objects: Any, **responses: Any) -> Provisioning:
    snapshot = cluster(*objects, **responses)
    return provision(snapshot, subject)


def launched_type(name: str, *requirements: Any, node: Any = None) -> InstanceType:
    """One of the table's types as a pool would launch it."""
    only = on_ec2("pool", requirement(TYPE, "In", name), *requirements)
    found = asked(pod(requests={"cpu": "0"}), only, node or node_class())
    (type_,) = found.judgements["pool"].launch
    return type_


PRIMARY = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}


def efa_only(card: int, device: int = 1) -> dict[str, Any]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": "efa-only"}


def would_launch(subject: Any, *objects: Any, **responses: Any) -> Node:
    snapshot = cluster(*objects, **responses)
    judgement = provision(snapshot, subject).judgements["pool"]
    written = snapshot.get(NodePool, "pool")
    assert written is not None
    asking = convert([subject], Pod, "pod").views[0]
    return template_node(snapshot, written, asking, judgement)
