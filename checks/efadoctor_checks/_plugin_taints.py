"""A device plugin kept off by a taint (EFA402, EFA412)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import (
    Appending,
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Setting,
    SpecEdit,
    daemonset_fix,
)
from efadoctor.model.kubernetes import DaemonSet, Taint, Toleration
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.refusals import UntoleratedTaint
from efadoctor_checks import _plugins
from efadoctor_checks._taints import (
    TaintInTheWay,
    TaintOwner,
    as_text,
    holder,
    owner_of,
    taint_evidence,
)


def keeping_off(way: _plugins.Unadvertised, owner: TaintOwner) -> tuple[Taint, ...]:
    """The taints of one kind that keep a plugin off a way in."""
    if way.plugin is None or way.plugin.pod is not None:
        return ()
    taints = (r.taint for r in way.plugin.refusals if isinstance(r, UntoleratedTaint))
    return tuple(t for t in taints if owner_of(t, way.path) is owner)


def findings(case: Case, device: Device) -> Iterator[Finding]:
    """One finding for each plugin and each set of taints that it lacks a toleration for."""
    found = (
        (way, ",".join(as_text(t) for t in taints))
        for way in _plugins.unadvertised(case, device)
        if (taints := keeping_off(way, TaintOwner.POD))
    )
    for key, blamed in _plugins.grouped(found):
        taints = keeping_off(blamed.ways[0], TaintOwner.POD)
        yield _finding(device, blamed, taints, key)


def _finding(
    device: Device, blamed: _plugins.Blamed, taints: tuple[Taint, ...], key: str
) -> Finding:
    name, paths = _plugins.NAMES[device], tuple(w.path for w in blamed.ways)
    held = tuple(TaintInTheWay(taint=t, paths=paths) for t in taints)
    tolerations = tuple(_wide(t) for t in taints)
    said = " and ".join(as_text(t) for t in taints)
    spec = blamed.daemonset.spec.template.spec
    return Finding(
        object=blamed.ref,
        summary=(
            f"The {name} device plugin ({blamed.ref.name}) does not tolerate {said}, so it does "
            f"not run on {blamed.where}."
        ),
        evidence=(
            *(taint_evidence(h) for h in held),
            Evidence(
                object=blamed.ref,
                field="spec.template.spec.tolerations",
                value=spec.tolerations or None,
                expected=tolerations,
            ),
            _plugins.allocatable_evidence(blamed.ways[0]),
        ),
        chain=(
            f"{holder(held[0])} has the taint {said}.",
            f"No toleration of DaemonSet {blamed.ref.name} meets it, so it makes no pod there.",
            _plugins.consequence(blamed),
        ),
        fixes=tolerating(blamed.daemonset, taints, title=f"Let the plugin tolerate {said}"),
        paths=blamed.path_ids,
        change=Change.DAEMONSET,
        key=key,
    )


def tolerating(daemonset: DaemonSet, taints: tuple[Taint, ...], *, title: str) -> tuple[Fix, ...]:
    """Let a DaemonSet tolerate taints, whatever their values."""
    tolerations = tuple(_wide(t) for t in taints)
    edits: tuple[SpecEdit, ...] = tuple(Appending("tolerations", t) for t in tolerations)
    if not daemonset.spec.template.spec.tolerations:
        edits = (Setting("tolerations", tolerations),)
    return daemonset_fix(daemonset, edits, title=title)


def _wide(taint: Taint) -> Toleration:
    return Toleration(key=taint.key, operator="Exists", effect=taint.effect)
