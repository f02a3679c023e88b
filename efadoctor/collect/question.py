"""What a question makes worth reading: whom it is about, and which nodes it turns on.

A pod that asks for four EFA interfaces will never run on a node that can have one; the
pods of such a node do not matter to it, and on a large cluster they are nearly all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from efadoctor.collect.request import Request
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource
from efadoctor.model.kubernetes import Node, Pod, PodSpec, PodStatus, Workload
from efadoctor.scheduling.instance_types import AMD_GPU, GAUDI, NEURON, NEURON_CORE, known_types
from efadoctor.scheduling.names import EFA, GPU, INSTANCE_TYPE
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requests import requests_of

_DEVICES = frozenset({EFA, GPU, AMD_GPU, GAUDI, NEURON, NEURON_CORE})


_SHORT = {"deploy": "deployment", "sts": "statefulset", "rs": "replicaset"}
_PODS = frozenset({"po", "pod", "pods"})


class Name(msgspec.Struct, frozen=True):
    """A namespace and a name in it."""

    namespace: str
    name: str


class NamedWorkload(msgspec.Struct, frozen=True):
    """A workload by its kind and name."""

    source: KubernetesSource
    name: Name


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a question is about: pods and workloads by name, else what pends in a namespace.

    ``namespace`` is "" for the whole cluster. A name of two parts can be read in two ways,
    as a namespace and a pod or as a kind and a name: then both are listed.
    """

    namespace: str
    pods: tuple[Name, ...] = ()
    workloads: tuple[NamedWorkload, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it names nobody."""
        return not self.pods and not self.workloads


def question_of(request: Request, default_namespace: str) -> Question:
    """The question that a request asks; ``default_namespace`` is the context's."""
    namespace = request.namespace or default_namespace
    if request.subject is None:
        return Question(namespace="" if request.all_namespaces else namespace)
    parts = request.subject.split("/")
    if len(parts) == 1:
        return Question(namespace=namespace, pods=(Name(namespace, parts[0]),))
    if len(parts) == 2:  # noqa: PLR2004
        return _two_parts(parts[0], parts[1], namespace)
    return _kind_and_name(parts[1], parts[-1], parts[0])


def _two_parts(first: str, name: str, namespace: str) -> Question:
    as_pod = Name(first, name)
    if first.lower() in _PODS or _workload(first) is not None:
        found = _kind_and_name(first, name, namespace)
        return msgspec.structs.replace(found, pods=(*found.pods, as_pod))
    return Question(namespace=first, pods=(as_pod,))


def _kind_and_name(kind: str, name: str, namespace: str) -> Question:
    source = _workload(kind)
    if source is None:
        return Question(namespace=namespace, pods=(Name(namespace, name),))
    found = NamedWorkload(source, Name(namespace, name))
    return Question(namespace=namespace, workloads=(found,))


def _workload(kind: str) -> KubernetesSource | None:
    kind = _SHORT.get(kind.lower(), kind.lower())
    workloads = (s for s in KUBERNETES_SOURCES if s.type is Workload)
    return next((s for s in workloads if kind in (s.kind.lower(), s.plural)), None)


# ---- which nodes ------------------------------------------------------------


class Demand(msgspec.Struct, frozen=True):
    """What a kind of pod asks for, as far as a node's size decides about it."""

    amounts: tuple[tuple[str, int], ...]


def demands(pods: Iterable[Pod]) -> frozenset[Demand]:
    """The different demands of pods that wait; one that cannot be counted demands nothing.

    Ten thousand pods come from a few templates: those of one spec are counted once.
    """
    specs = {msgspec.json.encode(pod.spec): pod.spec for pod in pods}
    return frozenset(Demand(_amounts(spec)) for spec in specs.values())


def _amounts(spec: PodSpec) -> tuple[tuple[str, int], ...]:
    try:
        requests = requests_of(spec, PodStatus())
    except InvalidQuantityError:
        return ()
    # huge pages and local storage are set up on the node: its size says nothing about them
    decisive = (
        r
        for r in requests.items()
        if r[1] > 0 and not r[0].startswith(("hugepages-", "ephemeral-"))
    )
    return tuple(sorted(decisive))


def nodes_in_question(nodes: Iterable[Node], wanted: frozenset[Demand]) -> frozenset[str]:
    """The nodes that could ever serve one of the demands, whatever keeps them from it now.

    A device counts where the node advertises it, or where its instance type has it: that
    the plugin does not run yet is just what may be wrong. Taints and labels do not count
    either, for a fix may change them; nor does a resource that nobody has, which may be
    a slip in its name.
    """
    nodes = tuple(nodes)
    real = frozenset(r for n in nodes for r in n.status.allocatable) | _DEVICES
    wanted = frozenset(Demand(tuple(a for a in d.amounts if a[0] in real)) for d in wanted)
    found: set[str] = set()
    judged: dict[tuple[object, ...], bool] = {}
    for node in nodes:
        kind = node.metadata.labels.get(INSTANCE_TYPE, "")
        key = (kind, *node.status.allocatable.items())
        if key not in judged:
            judged[key] = any(_could_serve(node, kind, d) for d in wanted)
        if judged[key]:
            found.add(node.metadata.name)
    return frozenset(found)


def _could_serve(node: Node, kind: str, demand: Demand) -> bool:
    facts = known_types().get(kind)
    for resource, wanted in demand.amounts:
        of_type = facts.count(resource) if facts is not None and "/" in resource else 0
        if max(of_type, _offered(node.status.allocatable, resource)) < wanted:
            return False
    return True


def _offered(allocatable: Mapping[str, str | int | float], resource: str) -> int:
    try:
        return amount(resource, allocatable.get(resource, 0))
    except InvalidQuantityError:
        return 0


def reaches_beyond_nodes(pod: Pod) -> bool:
    """Whether pods on other nodes decide where it may run: affinity, or topology spread."""
    affinity = pod.spec.affinity
    if pod.spec.topology_spread_constraints:
        return True
    return affinity is not None and (
        affinity.pod_affinity is not None or affinity.pod_anti_affinity is not None
    )


def repels_others(pod: Pod) -> bool:
    """Whether a running pod keeps others away, which may hold for a whole zone."""
    affinity = pod.spec.affinity
    anti = affinity.pod_anti_affinity if affinity is not None else None
    return anti is not None and bool(anti.required)
