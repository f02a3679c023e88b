"""Startup taints that keep off a pod, or a device plugin that the pod needs (EFA302)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    append_to,
    reference,
    remove_field,
)
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Taint
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.refusals import UntoleratedTaint
from efadoctor_checks import _ages, _plugin_taints, _plugins
from efadoctor_checks._taints import TaintOwner, as_text, is_ephemeral, owner_of


def in_the_way(case: Case) -> Iterator[tuple[Path, Taint]]:
    """Each startup taint on a node that exists, once for each way in that it blocks."""
    seen: set[tuple[str, str, str]] = set()
    for path, taint in (*_against_pod(case), *_against_plugins(case)):
        key = (path.id.name, taint.key, taint.effect)
        if not path.hypothetical and key not in seen:
            seen.add(key)
            yield path, taint


def _against_pod(case: Case) -> Iterator[tuple[Path, Taint]]:
    for path in case.paths:
        for refusal in path.of_kind(UntoleratedTaint):
            if owner_of(refusal.taint, path) is TaintOwner.STARTUP:
                yield path, refusal.taint


def _against_plugins(case: Case) -> Iterator[tuple[Path, Taint]]:
    for device in Device:
        for way in _plugins.unadvertised(case, device):
            for taint in _plugin_taints.keeping_off(way, TaintOwner.STARTUP):
                yield way.path, taint


def evidence(node: Node, taint: Taint) -> Evidence:
    """Where the taint stands on a node."""
    for at, found in enumerate(node.spec.taints):
        if (found.key, found.effect) == (taint.key, taint.effect):
            return Evidence(object=reference(node), field=f"spec.taints[{at}]", value=found)
    return Evidence(object=reference(node), field="spec.taints", value=node.spec.taints or None)


def _declared(pool: NodePool, taint: Taint) -> int | None:
    """Where a NodePool declares the taint as one of startup, None where it does not."""
    declared = pool.spec.template.spec.startup_taints
    same = (n for n, t in enumerate(declared) if (t.key, t.effect) == (taint.key, taint.effect))
    return next(same, None)


def finding(case: Case, path: Path, node: Node, taint: Taint) -> Finding:
    """A startup taint that has been on a ready node for too long."""
    ref = reference(node)
    pool = case.snapshot.get(NodePool, node.metadata.labels.get("karpenter.sh/nodepool", ""))
    at = _declared(pool, taint) if pool is not None else None
    pool = None if at is None and is_ephemeral(taint) else pool  # it has nothing to declare
    field = "spec.template.spec.startupTaints"
    shown = [evidence(node, taint)]
    if pool is not None and at is not None:
        declared = pool.spec.template.spec.startup_taints[at]
        shown.append(Evidence(object=reference(pool), field=f"{field}[{at}]", value=declared))
    elif pool is not None:
        note = "an agent sets it by itself, and the NodePool does not declare it"
        value = pool.spec.template.spec.startup_taints or None
        shown.append(Evidence(object=reference(pool), field=field, value=value, note=note))
    since = _ages.in_words(case.snapshot, _ages.ready_since(node))
    return Finding(
        object=ref,
        summary=f"Node {ref.name} still has the startup taint {as_text(taint)} after {since}.",
        evidence=tuple(shown),
        chain=(
            f"Node {ref.name} was to lose the taint {as_text(taint)} once an agent had started.",
            f"It has been ready for {since}, and the agent has not removed it.",
            "Until then no pod that lacks a toleration for it lands there.",
        ),
        fixes=tuple(_fixes(node, taint, pool, at)),
        paths=frozenset({path.id}),
        change=Change.DAEMONSET,
        key=as_text(taint),
    )


def _fixes(node: Node, taint: Taint, pool: NodePool | None, at: int | None) -> Iterator[Fix]:
    place = evidence(node, taint).field
    if place.endswith("]"):
        yield Fix(
            title=f"Remove the taint {taint.key} from node {node.metadata.name}",
            edits=(remove_field(node, place),),
            warning="Pods land from then on, whether what the taint waits for is there or not.",
        )
    if pool is None:
        return
    name, field = pool.metadata.name, "spec.template.spec.startupTaints"
    drift = "A changed template makes Karpenter replace the pool's nodes by and by."
    if at is not None:
        title = f"No longer give new nodes of NodePool {name} the taint, if nothing removes it"
        edit = remove_field(pool, f"{field}[{at}]")
    else:
        title = f"Declare the taint among the startup taints of NodePool {name}"
        edit = append_to(pool, field, Taint(key=taint.key, value=taint.value, effect=taint.effect))
    yield Fix(
        title=title,
        edits=(edit,),
        warning=drift,
        unprovable="it changes the nodes that are launched from then on",
    )
