"""A device plugin that should run on a node, and the pod that it has there (EFA404, EFA414)."""

from __future__ import annotations

from efadoctor.authoring import Case, Evidence, reference
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.scheduling.devices import plugins
from efadoctor_checks import _ages, _plugins


def is_served(case: Case, way: _plugins.Unadvertised) -> bool:
    """Whether a plugin that is ready serves the node, its own or one that came with the AMI."""
    if way.plugin is not None:
        return way.plugin.pod is not None and _ages.is_ready(way.plugin.pod)
    if way.ships:
        return True
    others = case.snapshot.all(Node) if not plugins(case.snapshot, way.device) else ()
    return any(str(n.status.allocatable.get(way.device.value, "0")) != "0" for n in others)


def serving_since(way: _plugins.Unadvertised) -> str | None:
    """Since when both the node and the plugin's containers are up."""
    pod = way.plugin.pod if way.plugin is not None else None
    statuses = pod.status.container_statuses if pod is not None else ()
    started = (_ages.running_since(s.state) for s in statuses)
    return _ages.latest((_ages.ready_since(way.path.node), *started))


def readiness_evidence(pod: Pod) -> Evidence:
    """Whether a plugin's pod is ready."""
    at = _ages.index_of(pod.status.conditions, "Ready")
    if at is None:
        return Evidence(object=reference(pod), field="status.phase", value=pod.status.phase)
    status = pod.status.conditions[at].status
    return Evidence(object=reference(pod), field=f"status.conditions[{at}].status", value=status)
