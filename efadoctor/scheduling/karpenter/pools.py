"""What a NodePool offers before any pod is asked about: labels, taints, types, limits, daemons.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/nodeclaimtemplate.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/scheduler.go
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import NodeClassRef, NodePool
from efadoctor.model.kubernetes import Container, DaemonSet, Pod, PodStatus, Taint, Toleration
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.karpenter.aws_types import OF_TYPES, ec2_types_of, unknown_types
from efadoctor.scheduling.karpenter.blockers import Blocker, NotDynamic, NotReady
from efadoctor.scheduling.karpenter.filter import filtered
from efadoctor.scheduling.karpenter.pool_validity import invalid_spec
from efadoctor.scheduling.karpenter.simulated_types import simulated
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, Domains
from efadoctor.scheduling.karpenter.types import Amounts, Catalogue, InstanceType
from efadoctor.scheduling.karpenter.vocabulary import Vocabulary, vocabulary_of
from efadoctor.scheduling.karpenter.wants import ANY_PREFERENCE, of_term, uses_claims
from efadoctor.scheduling.names import NODEPOOL
from efadoctor.scheduling.ports import ANY_ADDRESS
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requests import requests_of, summed
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor.scheduling.taints import untolerated

NODES = "nodes"
READY = "Ready"


class HostPort(msgspec.Struct, frozen=True):
    """A port that a DaemonSet's pod would have on the node."""

    port: int
    protocol: str
    ip: str
    owner: str = ""

    def clashes(self, other: "HostPort") -> bool:
        same = (self.port, self.protocol) == (other.port, other.protocol)
        anywhere = {self.ip, other.ip} & {"", ANY_ADDRESS, "::"}
        return same and (self.ip == other.ip or bool(anywhere))


class PoolTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A NodePool ready to be asked about pods.

    ``provided`` are all types of its provider, ``types`` those that its own requirements
    leave, ``unknown`` those that it names and of which nothing is known. ``limits`` and
    ``used`` are in the scheduler's units.
    """

    pool: NodePool
    requirements: Requirements
    vocabulary: Vocabulary
    provided: tuple[InstanceType, ...]
    types: tuple[InstanceType, ...]
    daemons: Amounts
    ports: tuple[HostPort, ...]
    limits: Amounts
    used: Amounts
    skipped: tuple[Blocker, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.pool.metadata.name

    @property
    def taints(self) -> tuple[Taint, ...]:
        return self.pool.spec.template.spec.taints

    def remaining(self, resource: str) -> int:
        """What the limit on a resource leaves."""
        return self.limits[resource] - self.used.get(resource, 0)

    def within_limits(self, type_: InstanceType) -> bool:
        """Whether a node of this type stays within every limit (a node counts elsewhere)."""
        return all(type_.capacity.get(r, 0) <= self.remaining(r) for r in self.limits)


class Pools(msgspec.Struct, frozen=True, kw_only=True):
    """All NodePools in the order in which Karpenter tries them, and their domains."""

    templates: tuple[PoolTemplate, ...]
    vocabulary: Vocabulary
    domains: Domains
    has_preferred_taints: bool

    @property
    def ready(self) -> tuple[PoolTemplate, ...]:
        """Those that Karpenter does not skip."""
        return tuple(t for t in self.templates if not t.skipped)


def pools_of(snapshot: Snapshot, catalogue: Catalogue | None = None) -> Pools:
    """The snapshot's NodePools, over the catalogue's types where one is given."""
    if catalogue is None:
        return snapshot.once(_pools_on_ec2)
    types, vocabulary = simulated(catalogue)
    return _pools(snapshot, {p.metadata.name: types for p in snapshot.all(NodePool)}, vocabulary)


def _pools_on_ec2(snapshot: Snapshot) -> Pools:
    pools = snapshot.all(NodePool)
    groups = [p.spec.template.spec.node_class_ref.group for p in _ordered(pools)]
    by_class = snapshot.once_of(OF_TYPES, _types_by_class)
    types = {p.metadata.name: by_class[p.spec.template.spec.node_class_ref] for p in pools}
    found = _pools(snapshot, types, vocabulary_of(groups[0] if groups else ""))
    named = (replace(t, unknown=unknown_types(snapshot, t.pool)) for t in found.templates)
    return replace(found, templates=tuple(named))


def _types_by_class(snapshot: Snapshot) -> dict[NodeClassRef, tuple[InstanceType, ...]]:
    """The types of each NodeClass that a NodePool names."""
    of_class = {p.spec.template.spec.node_class_ref: p for p in snapshot.all(NodePool)}
    return {ref: ec2_types_of(snapshot, pool) for ref, pool in of_class.items()}


def _ordered(pools: Iterable[NodePool]) -> tuple[NodePool, ...]:
    """By descending weight; of equal weights the last name first."""
    return tuple(sorted(pools, key=lambda p: (p.spec.weight, p.metadata.name), reverse=True))


def _pools(
    snapshot: Snapshot, types: Mapping[str, tuple[InstanceType, ...]], vocabulary: Vocabulary
) -> Pools:
    templates = tuple(
        _template(pool, types[pool.metadata.name], vocabulary, snapshot.all(DaemonSet))
        for pool in _ordered(snapshot.all(NodePool))
    )
    ready = [t for t in templates if not t.skipped]
    return Pools(
        templates=templates,
        vocabulary=vocabulary,
        domains=_domains(ready),
        has_preferred_taints=any(
            taint.effect == ANY_PREFERENCE.effect for t in ready for taint in t.taints
        ),
    )


def _template(
    pool: NodePool,
    types: tuple[InstanceType, ...],
    vocabulary: Vocabulary,
    daemonsets: Iterable[DaemonSet],
) -> PoolTemplate:
    reference = pool.spec.template.spec.node_class_ref
    labels = {
        **pool.spec.template.metadata.labels,
        NODEPOOL: pool.metadata.name,
        f"{reference.group}/{reference.kind.lower()}": reference.name,
    }
    requirements = vocabulary.read(own_requirements(pool)).plus(Requirements.of_labels(labels))
    left = filtered(types, requirements, vocabulary.well_known, {}).left
    daemons = [d for d in daemonsets if _lands(d, pool, requirements, vocabulary)]
    return PoolTemplate(
        pool=pool,
        requirements=requirements,
        vocabulary=vocabulary,
        provided=types,
        types=left,
        daemons=_overhead(daemons),
        ports=tuple(p for d in daemons for p in host_ports(_as_pod(d))),
        limits=_readable(pool.spec.limits),
        used=_readable(pool.status.resources),
        skipped=(*_skipped(pool), *invalid_spec(pool, vocabulary)),
    )


def own_requirements(pool: NodePool) -> Requirements:
    """The requirements that the NodePool's template writes."""
    return Requirements(
        Requirement.of(r.key, r.operator, r.values, r.min_values)
        for r in pool.spec.template.spec.requirements
    )


def _skipped(pool: NodePool) -> tuple[Blocker, ...]:
    """Why Karpenter would not look at the pool at all.

    A pool without any condition was written by hand, or never seen by Karpenter: it is
    taken for ready.
    """
    if pool.metadata.deletion_timestamp:
        return (NotDynamic(deleting=True),)
    if pool.spec.replicas is not None:
        return (NotDynamic(),)
    conditions = {c.type: c for c in pool.status.conditions}
    if not conditions or (READY in conditions and conditions[READY].status == "True"):
        return ()
    causes = [c for c in conditions.values() if c.status == "False" and c.type != READY]
    ready = [conditions[READY]] if READY in conditions else []
    return tuple(
        NotReady(condition=c.type, status=c.status, reason=c.reason, message=c.message)
        for c in causes or ready
    ) or (NotReady(condition=READY, status="Unknown"),)


def _readable(quantities: Mapping[str, Quantity]) -> Amounts:
    """Amounts; a quantity that is none limits nothing, the API server would refuse it."""
    found: dict[str, int] = {}
    for resource, quantity in quantities.items():
        try:
            found[resource] = amount(resource, quantity)
        except InvalidQuantityError:
            continue
    return found


# ---- daemons ----------------------------------------------------------------


def _as_pod(daemonset: DaemonSet) -> Pod:
    template = daemonset.spec.template
    return Pod(metadata=replace(daemonset.metadata, labels={}), spec=template.spec)


def _lands(
    daemonset: DaemonSet, pool: NodePool, requirements: Requirements, vocabulary: Vocabulary
) -> bool:
    """Whether Karpenter expects a pod of the DaemonSet on the pool's nodes.

    The DaemonSet controller's own tolerations do not count here, preferences neither.
    1.13 asks the whole pool; 1.14 asks each type, so that there a DaemonSet for some types
    only weighs on those.
    """
    pod = _as_pod(daemonset)
    tolerations: tuple[Toleration, ...] = (*pod.spec.tolerations, ANY_PREFERENCE)
    if uses_claims(pod):
        return False
    if untolerated(pool.spec.template.spec.taints, tolerations, ALL_EFFECTS):
        return False
    selector = Requirements.of_labels(pod.spec.node_selector)
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    required = affinity.required if affinity is not None else None
    terms = tuple(of_term(t) for t in required.node_selector_terms) if required is not None else ()
    return any(
        requirements.is_compatible(selector.plus(term), vocabulary.well_known)
        for term in terms or (Requirements(),)
    )


def _overhead(daemonsets: Iterable[DaemonSet]) -> Amounts:
    """What the DaemonSets' pods request together; one whose requests are invalid has no pods."""
    needs: list[Amounts] = []
    for daemonset in daemonsets:
        try:
            needs.append({"pods": 1} | requests_of(daemonset.spec.template.spec, PodStatus()))
        except InvalidQuantityError:
            continue
    return summed(needs)


def host_ports(pod: Pod) -> tuple[HostPort, ...]:
    """The host ports of a pod's containers."""
    owner = f"{pod.metadata.namespace}/{pod.metadata.name}"
    containers: tuple[Container, ...] = pod.spec.containers
    return tuple(
        HostPort(p.host_port, p.protocol, p.host_ip, owner)
        for container in containers
        for p in container.ports
        if p.host_port
    )


# ---- domains ----------------------------------------------------------------


def _domains(templates: Iterable[PoolTemplate]) -> Domains:
    """Every value of every label that the pools' nodes may have, with the pools' taints.

    https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topology.go
    """
    found: dict[str, dict[str, list[tuple[Taint, ...]]]] = {}
    for template in templates:
        own = own_requirements(template.pool).plus(
            Requirements.of_labels(template.pool.spec.template.metadata.labels)
        )
        values: dict[str, set[str]] = {r.key: set(r.values) for r in own if r.operator == "In"}
        for type_ in template.provided:
            for requirement in own.plus(type_.requirements):
                values.setdefault(requirement.key, set()).update(requirement.values)
        for key, domains in values.items():
            for domain in domains:
                found.setdefault(key, {}).setdefault(domain, []).append(template.taints)
    return {k: {d: tuple(t) for d, t in ds.items()} for k, ds in found.items()}
