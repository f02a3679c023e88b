"""A device plugin whose selector or affinity passes the node by (EFA403, EFA413)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Command,
    Evidence,
    Finding,
    Fix,
    Risk,
    daemonset_fix,
)
from efadoctor.model.keepers import chart_of, release_namespace, release_of
from efadoctor.model.kubernetes import DaemonSet, Taint
from efadoctor.scheduling import discovery
from efadoctor.scheduling.daemonset import daemonset_verdict
from efadoctor.scheduling.devices import Device, efa_interfaces
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor.scheduling.refusals import AffinityUnmet, UntoleratedTaint
from efadoctor_checks import _ages, _daemon_selection, _node_labels, _plugin_taints, _plugins
from efadoctor_checks._taints import TaintOwner, as_text, owner_of


def findings(case: Case, device: Device) -> Iterator[Finding | Awaited]:
    """One finding for each plugin and each way in which its selection misses nodes."""
    discovered = _Discovered(case)
    missed: list[tuple[_plugins.Unadvertised, str]] = []
    for way in _plugins.unadvertised(case, device):
        plugin = way.plugin
        if plugin is None or plugin.pod is not None:
            continue
        if not any(isinstance(r, AffinityUnmet) for r in plugin.refusals):
            continue
        if device is Device.GPU and (answers := discovered.of(way)) is not None:
            yield from answers
            continue
        misses = _daemon_selection.unmet(plugin.daemonset, way.path.node)
        missed.append((way, ",".join(f"{m.key}={m.has}" for m in misses)))
    yield from discovered.findings()
    for key, blamed in _plugins.grouped(iter(missed)):
        yield _finding(case, device, blamed, key)


def _finding(case: Case, device: Device, blamed: _plugins.Blamed, key: str) -> Finding:
    way, daemonset = blamed.ways[0], blamed.daemonset
    node = way.path.node
    misses = _daemon_selection.unmet(daemonset, node)
    wanted = " and ".join(m.written for m in misses)
    either = {m.written: None for m in _daemon_selection.alternatives(daemonset, node)}
    if len(misses) == 1 and len(either) > 1 and misses[0].written in either:
        wanted = " or ".join(either)
    has = " and ".join(m.found for m in misses)
    instead = "".join(f", not {m.has}" for m in misses if m.extendable)
    name, exists = _plugins.NAMES[device], not way.path.hypothetical
    seen = (
        e for m in misses for e in _daemon_selection.evidence(daemonset, node, m, exists=exists)
    )
    return Finding(
        object=blamed.ref,
        summary=(
            f"The {name} device plugin ({blamed.ref.name}) does not select {blamed.where}: it "
            f"wants {wanted}{instead}."
        ),
        evidence=(*seen, _plugins.allocatable_evidence(way)),
        chain=(
            f"DaemonSet {blamed.ref.name} runs only on nodes with {wanted}.",
            f"{_capital(way.where)} has {has}, so the DaemonSet makes no pod there.",
            _plugins.consequence(blamed),
        ),
        fixes=tuple(_fixes(case, device, blamed, misses)),
        paths=blamed.path_ids,
        change=Change.DAEMONSET,
        key=key,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unknown_devices(case: Case, device: Device, blamed: _plugins.Blamed) -> str:
    """Why nobody can tell what the plugin will find on a node, "" where it is known."""
    node = blamed.ways[0].path.node
    type_ = node.metadata.labels.get(INSTANCE_TYPE, "")
    known = type_ in known_types(case.snapshot) or (
        device is Device.EFA and efa_interfaces(case.snapshot, node) is not None
    )
    resource = device.value
    return "" if known else f"how many {resource} a {type_ or 'node without a type'} has is unknown"


def _fixes(
    case: Case, device: Device, blamed: _plugins.Blamed, misses: tuple[_daemon_selection.Unmet, ...]
) -> Iterator[Fix]:
    """Widen the DaemonSet; label the nodes where a label is what they lack; a newer chart."""
    daemonset, node = blamed.daemonset, blamed.ways[0].path.node
    chart, _ = chart_of(daemonset)
    edits = _daemon_selection.widened(daemonset, node)
    if edits:
        values = _daemon_selection.values_of(daemonset, edits, chart)
        title = f"Let the plugin select {blamed.where}"
        unknown = _unknown_devices(case, device, blamed)
        for fix in daemonset_fix(daemonset, edits, title=title, values=values):
            yield msgspec.structs.replace(fix, unprovable=fix.unprovable or unknown)
    label = _daemon_selection.by_hand(daemonset, node)
    if label is not None:
        paths = tuple(w.path for w in blamed.ways)
        yield _node_labels.labelled(case, paths, label.key, label.values[0])
    release = release_of(daemonset)
    if release and any(m.key == INSTANCE_TYPE for m in misses):
        argv = ("helm", "upgrade", release, chart, "--repo", "https://aws.github.io/eks-charts")
        more = ("-n", release_namespace(daemonset), "--reset-then-reuse-values")
        yield Fix(
            title=f"Upgrade chart {chart}, whose newer releases list more types",
            edits=(Command(argv=(*argv, *more)),),
            risk=Risk.RESTARTS,
            warning="The DaemonSet replaces its pods, one node at a time.",
            unprovable="the list of a chart that is not installed was not read",
        )


# ---- labels that discovery sets ---------------------------------------------


class _Discovered:
    """Ways in whose GPU plugin waits for labels that feature discovery would set."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._kept: dict[str, tuple[DaemonSet, tuple[Taint, ...], list[_plugins.Unadvertised]]] = {}

    def of(self, way: _plugins.Unadvertised) -> tuple[Awaited, ...] | None:
        """What to say of a way at once; None where discovery is not what it waits for."""
        plugin, node, snapshot = way.plugin, way.path.node, self._case.snapshot
        if plugin is None or not self._waits(plugin.daemonset, way):
            return None
        for worker in discovery.workers(snapshot):
            refusals = daemonset_verdict(worker, node)
            taints = tuple(r.taint for r in refusals if isinstance(r, UntoleratedTaint))
            mine = tuple(t for t in taints if owner_of(t, way.path) is TaintOwner.POD)
            if not refusals:
                return self._running(way)
            if taints and len(taints) == len(refusals):
                if mine:
                    key = f"{worker.metadata.namespace}/{worker.metadata.name}" + ",".join(
                        as_text(t) for t in mine
                    )
                    self._kept.setdefault(key, (worker, mine, []))[2].append(way)
                return ()
        return None

    def _waits(self, daemonset: DaemonSet, way: _plugins.Unadvertised) -> bool:
        """Whether the labels of discovery are all that the plugin misses."""
        node = way.path.node
        offered = (
            *_daemon_selection.unmet(daemonset, node),
            *_daemon_selection.alternatives(daemonset, node),
        )
        labels = discovery.discovered_labels(self._case.snapshot)
        return any(m.key in labels and labels[m.key] in m.values for m in offered)

    def _running(self, way: _plugins.Unadvertised) -> tuple[Awaited, ...] | None:
        """The worker is on the node: it is about to label it, or it will not."""
        since = _ages.ready_since(way.path.node)
        if not _ages.is_within(self._case.snapshot, since, _ages.STARTS_WITHIN):
            return None
        waits = Awaited(
            paths=frozenset({way.path.id}),
            what=f"feature discovery is about to label {way.where} as one with GPUs",
            evidence=(_plugins.allocatable_evidence(way),),
            since=since,
            until=_ages.deadline(since, _ages.STARTS_WITHIN),
        )
        return (waits,)

    def findings(self) -> Iterator[Finding]:
        """One finding for each worker and each set of taints that keeps it off."""
        for worker, taints, ways in self._kept.values():
            yield self._finding(worker, taints, tuple(ways))

    def _finding(
        self, worker: DaemonSet, taints: tuple[Taint, ...], ways: tuple[_plugins.Unadvertised, ...]
    ) -> Finding:
        plugin = ways[0].plugin
        blamed = _plugins.Blamed(daemonset=worker, ways=ways)
        said = " and ".join(as_text(t) for t in taints)
        name = plugin.daemonset.metadata.name if plugin is not None else "the plugin"
        label = next(iter(discovery.OF_WORKER))
        return Finding(
            object=blamed.ref,
            summary=(
                f"Feature discovery ({worker.metadata.name}) does not tolerate {said}, so the GPU "
                f"plugin's label never reaches {blamed.where}."
            ),
            evidence=(
                Evidence(
                    object=blamed.ref,
                    field="spec.template.spec.tolerations",
                    value=worker.spec.template.spec.tolerations or None,
                    expected=f"one that meets {said}",
                ),
                _plugins.allocatable_evidence(ways[0]),
            ),
            chain=(
                f"The worker of feature discovery does not tolerate {said}.",
                f"So nothing sets {label} on {blamed.where}.",
                f"DaemonSet {name} selects nodes by that label and makes no pod there.",
                _plugins.consequence(blamed),
            ),
            fixes=_plugin_taints.tolerating(
                worker, taints, title=f"Let feature discovery tolerate {said}"
            ),
            paths=blamed.path_ids,
            change=Change.DAEMONSET,
            key=said,
        )
