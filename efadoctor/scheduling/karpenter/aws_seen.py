"""The memory that instances really have, as Karpenter's AWS provider learns it from nodes.

EC2 does not say what the hypervisor takes, so Karpenter estimates it, cautiously. Once a
node of a type has registered with the NodeClass's present image, its own figure counts.
Here a node of an older image counts too: images differ little in what they take.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/instancetype.go
(UpdateInstanceTypeCapacityFromNode)
"""

from collections.abc import Mapping

import msgspec

from efadoctor.model.derivations import Aspect
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.vocabulary import AWS_GROUP, GROUP
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor.scheduling.quantity import amount

_MEMORY = "memory"
_CLASS = f"{AWS_GROUP}/ec2nodeclass"
_REGISTERED = f"{GROUP}/registered"


class _Seen(msgspec.Struct, frozen=True):
    """What a registered node says of its type."""

    node_class: str
    instance_type: str
    memory: int


def _of_node(node: Node) -> _Seen | None:
    labels = node.metadata.labels
    if labels.get(_REGISTERED) != "true" or _CLASS not in labels:
        return None
    try:
        memory = amount(_MEMORY, node.status.capacity.get(_MEMORY, "0"))
    except InvalidQuantityError:
        return None
    of_type = labels.get(INSTANCE_TYPE, "")
    return _Seen(labels[_CLASS], of_type, memory)


OF_MEMORY = Aspect(Node, _of_node)
"""The facts that what was seen depends on."""


def memory_seen(snapshot: Snapshot, node_class: EC2NodeClass) -> Mapping[str, int]:
    """By type: the least memory, in bytes, of the registered nodes of a NodeClass."""
    return snapshot.once_of(OF_MEMORY, _by_class).get(node_class.metadata.name, {})


def _by_class(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for node in snapshot.all(Node):
        seen = _of_node(node)
        if seen is not None and seen.memory:
            of_class = found.setdefault(seen.node_class, {})
            least = of_class.get(seen.instance_type, seen.memory)
            of_class[seen.instance_type] = min(least, seen.memory)
    return found
