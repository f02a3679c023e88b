"""Taints in the way of a pod: whose business each is, and which toleration was meant for it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, PathId, Snapshot, reference
from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Taint, Toleration
from efadoctor.scheduling.nodegroups import taints_of
from efadoctor.scheduling.refusals import UntoleratedTaint
from efadoctor.scheduling.spelling import edits_between
from efadoctor.scheduling.taints import tolerates


class TaintOwner(Enum):
    """Who is to act on a taint."""

    POD = "the pod tolerates it or goes elsewhere"
    CORDON = "somebody cordoned the node"
    LIFE = "the node is not ready, or on its way out"
    STARTUP = "an agent removes it once it has started"


_LIFE = frozenset(
    {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/memory-pressure",
        "node.kubernetes.io/pid-pressure",
        "node.kubernetes.io/network-unavailable",
        "node.cloudprovider.kubernetes.io/shutdown",
        "karpenter.sh/unregistered",
        "karpenter.sh/disrupted",
    }
)
_CORDON = "node.kubernetes.io/unschedulable"
# Agents that taint a joining node themselves and remove the taint when they run; NodePools
# should declare these as startup taints (https://karpenter.sh/docs/concepts/nodepools/).
_AGENT_SUFFIX = "agent-not-ready"
_READINESS_PREFIX = "readiness.k8s.io/"
UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
"""The kubelet sets it as it registers; the cloud provider's controller takes it off
(https://kubernetes.io/docs/reference/labels-annotations-taints/)."""


def owner_of(taint: Taint, path: Path) -> TaintOwner:
    """Whose business a taint on a path is."""
    if taint.key == _CORDON:
        return TaintOwner.CORDON
    if taint.key in _LIFE:
        return TaintOwner.LIFE
    pool = path.pool.spec.template.spec.startup_taints if path.pool else ()
    claim = path.claim.spec.startup_taints if path.claim else ()
    all_declared = (*pool, *claim, *path.startup_taints)
    declared = any((t.key, t.effect) == (taint.key, taint.effect) for t in all_declared)
    if declared or taint.key.endswith(_AGENT_SUFFIX) or is_ephemeral(taint):
        return TaintOwner.STARTUP
    return TaintOwner.POD


def is_ephemeral(taint: Taint) -> bool:
    """Whether Karpenter knows that the taint goes by itself, declared or not.

    https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/scheduling/taints.go
    """
    return taint.key == UNINITIALIZED or taint.key.startswith(_READINESS_PREFIX)


class TaintInTheWay(msgspec.Struct, frozen=True, kw_only=True):
    """A taint that the pod does not tolerate, and the paths that have it."""

    taint: Taint
    paths: tuple[Path, ...]

    @property
    def path_ids(self) -> frozenset[PathId]:
        return frozenset(p.id for p in self.paths)

    @property
    def written(self) -> str:
        """The taint as kubectl writes it."""
        return as_text(self.taint)


def as_text(taint: Taint) -> str:
    """``key=value:Effect``, or ``key:Effect`` where it has no value."""
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key}{value}:{taint.effect}"


def as_written(toleration: Toleration) -> str:
    """A toleration on one line, by its fields."""
    fields = (toleration.key, toleration.operator or "Equal", toleration.value, toleration.effect)
    return " ".join(f for f in fields if f)


def in_the_way(case: Case) -> Iterator[TaintInTheWay]:
    """Each taint that is the pod's business and that it does not tolerate, with its paths."""
    found: dict[tuple[str, str, str], list[Path]] = {}
    for path in case.paths:
        for refusal in path.of_kind(UntoleratedTaint):
            taint = refusal.taint
            if owner_of(taint, path) is TaintOwner.POD:
                found.setdefault((taint.key, taint.value, taint.effect), []).append(path)
    for (key, value, effect), paths in found.items():
        taint = Taint(key=key, value=value, effect=effect)
        yield TaintInTheWay(taint=taint, paths=tuple({p.id: p for p in paths}.values()))


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A toleration that was plainly meant for a taint: what differs, and by how much."""

    index: int
    toleration: Toleration
    field: str
    value: str
    expected: str
    distance: int


def slip_for(case: Case, taint: Taint) -> Slip | None:
    """The pod's toleration that nearly meets this taint and meets no other taint at all."""
    idle = [
        (index, toleration)
        for index, toleration in enumerate(case.pod.spec.tolerations)
        if not any(tolerates(toleration, t) for t in every_taint(case))
    ]
    slips = [s for index, t in idle if (s := _slip(index, t, taint)) is not None]
    return min(slips, key=lambda s: (s.distance, s.index), default=None)


def _slip(index: int, toleration: Toleration, taint: Taint) -> Slip | None:
    """How a toleration that meets no taint nearly meets this one; None where it does not.

    The key within two edits, or one that says the domain in another way; or the same key with
    another value, operator or effect.
    """
    if toleration.key != taint.key:
        if not (distance := key_distance(toleration.key, taint.key)):
            return None
        return Slip(
            index=index,
            toleration=toleration,
            field="key",
            value=toleration.key,
            expected=taint.key,
            distance=distance,
        )
    for field, value, expected in (
        ("effect", toleration.effect, taint.effect),
        ("value", toleration.value, taint.value),
        ("operator", toleration.operator, "Exists"),
    ):
        right = msgspec.structs.replace(toleration, **{field: expected})
        if value != expected and tolerates(right, taint):
            return Slip(
                index=index,
                toleration=toleration,
                field=field,
                value=value,
                expected=expected,
                distance=1,
            )
    other_effect = toleration.effect not in ("", taint.effect)
    return Slip(
        index=index,
        toleration=toleration,
        field="effect" if other_effect else "value",
        value=toleration.effect if other_effect else toleration.value,
        expected=taint.effect if other_effect else taint.value,
        distance=2,
    )


_NEAR = 2


def key_distance(one: str, other: str) -> int:
    """How far two keys are apart: 0 where they are not near.

    1 where they are equal once ``amazon.com`` stands for ``amazonaws.com``, case and a
    ``/name`` suffix aside; else the number of edits, up to two.
    """
    if not one or not other:
        return 0
    if _plain(one) == _plain(other):
        return 1
    edits = edits_between(one, other, _NEAR)
    return edits if edits <= _NEAR else 0


def _plain(key: str) -> str:
    return key.lower().partition("/")[0].replace("amazonaws.com", "amazon.com")


def every_taint(case: Case) -> tuple[Taint, ...]:
    """Every taint on any node, NodePool or node group."""
    return case.snapshot.once(_every_taint)


def _every_taint(snapshot: Snapshot) -> tuple[Taint, ...]:
    nodes = [t for n in snapshot.all(Node) for t in n.spec.taints]
    templates = [p.spec.template.spec for p in snapshot.all(NodePool)]
    pools = [t for s in templates for t in (*s.taints, *s.startup_taints)]
    groups = [t for g in snapshot.all(NodeGroup) for t in taints_of(g)]
    return tuple(dict.fromkeys((*nodes, *pools, *groups)))


def holder(found: TaintInTheWay) -> str:
    """What carries the taint, for a sentence."""
    path = found.paths[0]
    if path.hypothetical:
        kind = "NodePool" if path.pool is not None else "Node group"
        return f"{kind} {path.id.name}"
    nodes = sum(len(p.nodes) for p in found.paths)
    pool = path.node.metadata.labels.get("karpenter.sh/nodepool")
    group = path.node.metadata.labels.get("eks.amazonaws.com/nodegroup")
    of = f" of NodePool {pool}" if pool else f" of node group {group}" if group else ""
    return f"Node {path.id.name}{of}" if nodes == 1 else f"Each of {nodes} nodes{of}"


def taint_evidence(found: TaintInTheWay) -> Evidence:
    """Where the taint is: on the node, or in the template of what would make one."""
    path = found.paths[0]
    wanted = (found.taint.key, found.taint.value, found.taint.effect)
    if path.hypothetical and path.group is not None:
        group_taints = [(t.key, t.value, t.effect) for t in taints_of(path.group)]
        field = f"taints[{group_taints.index(wanted)}]" if wanted in group_taints else "taints"
        source = EvidenceSource.AWS
        return Evidence(
            object=reference(path.group), field=field, value=found.written, source=source
        )
    if path.hypothetical and path.pool is not None:
        carrier, prefix = reference(path.pool), "spec.template.spec.taints"
        taints = path.pool.spec.template.spec.taints
    else:
        carrier, prefix, taints = reference(path.node), "spec.taints", path.node.spec.taints
    for index, taint in enumerate(taints):
        if (taint.key, taint.value, taint.effect) == wanted:
            return Evidence(object=carrier, field=f"{prefix}[{index}]", value=taint)
    return Evidence(object=carrier, field=prefix, value=taints)
