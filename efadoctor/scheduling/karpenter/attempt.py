"""One pod on one new node of one NodePool, as Karpenter tries it: the first refusal ends it.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/nodeclaim.go
"""

from collections.abc import Iterable, Mapping

import msgspec

from efadoctor.model.kubernetes import Pod, Taint
from efadoctor.scheduling.karpenter.blockers import TopologyUnmet
from efadoctor.scheduling.karpenter.filter import filtered
from efadoctor.scheduling.karpenter.pools import NODES, HostPort, PoolTemplate, host_ports
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, Group, narrowed
from efadoctor.scheduling.karpenter.types import Amounts, InstanceType
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, RESERVED, Vocabulary
from efadoctor.scheduling.karpenter.volumes import Whereabouts
from efadoctor.scheduling.karpenter.wants import requirements_of
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.ports import ANY_ADDRESS
from efadoctor.scheduling.requests import summed
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor.scheduling.taints import untolerated

NEW_HOST = Requirement(HOSTNAME, values=frozenset({"hostname-placeholder-0001"}))
"""The name that Karpenter gives the node it is thinking of."""

_SHOWN_DOMAINS = 25


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A pod at one stage of giving up its preferences, with all that does not depend on the pool.

    ``needed`` are its requirements without preferences, ``requests`` its own.
    """

    pod: Pod
    wanted: Requirements
    needed: Requirements
    requests: Amounts
    ports: tuple[HostPort, ...] = ()
    places: tuple[Whereabouts, ...] = (Whereabouts(),)
    groups: tuple[Group, ...] = ()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the types to launch and what the node must be, or Karpenter's words."""

    types: tuple[InstanceType, ...] = ()
    requirements: Requirements = Requirements()
    clause: str = ""


def ask(
    pod: Pod,
    known: Vocabulary,
    requests: Amounts,
    places: tuple[Whereabouts, ...],
    groups: tuple[Group, ...],
) -> Ask:
    """The pod as it is asked about now."""
    return Ask(
        pod=pod,
        wanted=known.read(requirements_of(pod, preferences=True)),
        needed=known.read(requirements_of(pod, preferences=False)),
        requests=requests,
        ports=host_ports(pod),
        places=places,
        groups=groups,
    )


def attempt(template: PoolTemplate, asked: Ask) -> Attempt:
    """Tries the pod on a new node of the pool."""
    named = f"(NodePool={template.name})"
    if NODES in template.limits and template.remaining(NODES) == 0:
        return Attempt(clause=f"node limits have been exhausted for nodepool {named}")
    types = tuple(t for t in template.types if template.within_limits(t))
    if not types:
        clause = f"all available instance types exceed limits for nodepool {named}"
        return Attempt(clause=clause)
    if taints := untolerated(template.taints, asked.pod.spec.tolerations, ALL_EFFECTS):
        return Attempt(clause="; ".join(_untolerated(taint) for _, taint in taints))
    if clause := _port_clash(template, asked.ports):
        return Attempt(clause=clause)
    node = template.requirements.plus((NEW_HOST,))
    if clause := incompatibility(node, asked.wanted, template.vocabulary):
        return Attempt(clause=f"incompatible requirements, {clause}")
    last = Attempt()
    for place in asked.places:
        last = _at(template, types, asked, node.plus(asked.wanted), place)
        if last.types:
            return last
    return last


def incompatibility(defined: Requirements, wanted: Requirements, known: Vocabulary) -> str:
    """How Karpenter words that requirements are incompatible, "" where they are not."""
    undefined = defined.undefined(wanted, known.well_known)
    if undefined:
        hint = known.hint(undefined[0], defined)
        typo = f' (typo of "{hint}"?)' if hint else ""
        return f'label "{undefined[0]}" does not have known values{typo}'
    return "; ".join(str(conflict) for conflict in defined.conflicts(wanted))


def _at(
    template: PoolTemplate,
    types: Iterable[InstanceType],
    asked: Ask,
    node: Requirements,
    place: Whereabouts,
) -> Attempt:
    """With the pod's volumes in one combination of places."""
    if clause := incompatibility(node, place.requirements, template.vocabulary):
        return Attempt(clause=f"incompatible volume requirements, {clause}")
    node = node.plus(place.requirements)
    domains, unmet = narrowed(asked.groups, asked.needed, node)
    if unmet:
        return Attempt(clause=_unsatisfiable(unmet[0]))
    requests = summed((template.daemons, asked.requests))
    well_known = template.vocabulary.well_known
    last = Attempt()
    for choice in domains:
        final = node.plus(choice)
        if clause := incompatibility(node, final, template.vocabulary):
            last = Attempt(clause=clause)
            continue
        found = filtered(types, final, well_known, requests, asked.requests.get("cpu", 0))
        if found.left:
            return Attempt(types=found.left, requirements=_settled(final, found.left, well_known))
        last = Attempt(clause=found.clause)
    return last


def _settled(
    final: Requirements, types: Iterable[InstanceType], well_known: frozenset[str]
) -> Requirements:
    """The node's requirements: without the placeholder, reserved capacity before any other."""
    settled = Requirements(r for r in final if r.key != HOSTNAME)
    offered = {o.capacity_type for t in types for o in t.offered(final, well_known)}
    if RESERVED in offered:
        offered = {RESERVED}
    return settled.plus(
        (Requirement(CAPACITY_TYPE, values=frozenset(offered - {""})),) if offered - {""} else ()
    )


def _untolerated(taint: Taint) -> str:
    value = f"={taint.value}" if taint.value else ""
    return f"did not tolerate taint (taint={taint.key}{value}:{taint.effect})"


def _port_clash(template: PoolTemplate, ports: tuple[HostPort, ...]) -> str:
    clash = next(((p, d) for p in ports for d in template.ports if p.clashes(d)), None)
    if clash is None:
        return ""
    mine, theirs = clash
    values = {
        "existing-hostport-ip": theirs.ip or ANY_ADDRESS,
        "existing-hostport-port": theirs.port,
        "existing-hostport-protocol": theirs.protocol,
        "pod-hostport-ip": mine.ip or ANY_ADDRESS,
        "pod-hostport-port": mine.port,
        "pod-hostport-protocol": mine.protocol,
    }
    told = ", ".join(f"{key}={value}" for key, value in values.items())
    reason = "pod hostport conflicts with existing hostport configuration"
    return f"checking host port usage, {reason} ({told})"


def _unsatisfiable(unmet: TopologyUnmet) -> str:
    return (
        f"unsatisfiable topology constraint for {unmet.kind.value}, key={unmet.key}"
        f" (counts = {_counted(dict(unmet.counts))}, podDomains = {unmet.pod_domains},"
        f" nodeDomains = {unmet.node_domains}"
    )


def _counted(counts: Mapping[str, int]) -> str:
    shown = [f"{domain}: {counts[domain]}" for domain in sorted(counts)][:_SHOWN_DOMAINS]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more} other(s)" if more else "")
