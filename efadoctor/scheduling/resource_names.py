"""Resource names that nothing in the cluster has, and the names that were meant.

The API server takes any ``domain/name`` for a resource, so a misspelt one is stored and the
pod waits for it forever
(https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Container, Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.instance_types import AMD_GPU, GAUDI, NEURON, NEURON_CORE
from efadoctor.scheduling.names import EFA, GPU
from efadoctor.scheduling.requests import HUGE_PAGES, with_quantities
from efadoctor.scheduling.spelling import edits_between

_OTHERS = ("cpu", "memory", "ephemeral-storage", "pods", "vpc.amazonaws.com/pod-eni")
_OF_DRIVERS = ("aws.amazon.com/neurondevice", "vpc.amazonaws.com/PrivateIPv4Address")
DEVICES = (EFA, GPU, AMD_GPU, GAUDI, NEURON, NEURON_CORE)
KNOWN = frozenset((*DEVICES, *_OTHERS, *_OF_DRIVERS))
"""Names that exist somewhere, so that nobody who writes one has misspelt another."""

_NEAR = 2
_AMAZON = ("amazon", "aws", "vpc", "efa")
_NVIDIA = ("nvidia",)
_OWNERS = {EFA: _AMAZON, GPU: _NVIDIA}


def misspelled(snapshot: Snapshot, pod: Pod) -> Mapping[str, str]:
    """The resource names of a pod that nothing has, each with the one that was meant."""
    written = {r for c in _containers(pod) for r in (*c.resources.limits, *c.resources.requests)}
    unknown = written - KNOWN - snapshot.once_of((Node, NodeClaim), _advertised)
    found = ((name, meant(name)) for name in sorted(unknown) if not name.startswith(HUGE_PAGES))
    return {name: right for name, right in found if right is not None}


def meant(name: str) -> str | None:
    """The device resource that a name was plainly meant for, None where it is like none.

    The same but for case; within two edits; or the last part is the device's (one ``s`` too
    many, and the vendor's name before it, aside) and the domain is missing or either speaks of
    the same vendor.
    """
    return min(_near(name), default=(0, None))[1]


def with_meant_names(snapshot: Snapshot, pod: Pod) -> Pod:
    """The pod as it would be with every misspelt resource name put right; the same if none is."""
    wrong = misspelled(snapshot, pod)
    if not wrong:
        return pod
    return with_quantities(pod, lambda written: _put_right(written, wrong))


def _near(name: str) -> Iterator[tuple[int, str]]:
    plain = name.lower()
    for known in DEVICES:
        edits = edits_between(plain, known, _NEAR)
        if edits <= _NEAR:
            yield edits, known
        elif _same_device(plain, known):
            yield _NEAR + 1, known


def _same_device(plain: str, known: str) -> bool:
    owners = _OWNERS.get(known)
    if owners is None:
        return False
    domain, _, device = plain.rpartition("/")
    right_domain, _, right = known.rpartition("/")
    vendor, _, last = device.rpartition("-")
    if last.removesuffix("s") != right or (vendor and vendor not in owners):
        return False
    near = edits_between(domain, right_domain, _NEAR) <= _NEAR
    return not domain or near or bool(vendor) or any(word in domain for word in owners)


def _advertised(snapshot: Snapshot) -> frozenset[str]:
    """Every resource that a node or NodeClaim has, if only none of it."""
    nodes: Iterable[Mapping[str, Quantity]] = (
        amounts for n in snapshot.all(Node) for amounts in (n.status.allocatable, n.status.capacity)
    )
    claims = (c.status.capacity for c in snapshot.all(NodeClaim))
    return frozenset(name for amounts in (*nodes, *claims) for name in amounts)


def _containers(pod: Pod) -> tuple[Container, ...]:
    return (*pod.spec.containers, *pod.spec.init_containers)


def _put_right(amounts: Mapping[str, Quantity], wrong: Mapping[str, str]) -> Mapping[str, Quantity]:
    """What is there under the right name already counts."""
    moved = {wrong[name]: amount for name, amount in amounts.items() if name in wrong}
    kept = {name: amount for name, amount in amounts.items() if name not in wrong}
    return moved | kept
