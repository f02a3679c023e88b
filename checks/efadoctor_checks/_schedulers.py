"""Which schedulers a cluster has: seen at work, or running under a name that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from efadoctor.authoring import Snapshot
from efadoctor.model.kubernetes import DaemonSet, Event, Pod, Workload
from efadoctor.model.workloads import templates
from efadoctor.scheduling.devices import image_name

DEFAULT_SCHEDULER = "default-scheduler"

_WORD = "scheduler"
_NOT_FOR_PODS = ("descheduler", DEFAULT_SCHEDULER, "scheduler-plugins-controller")
# Images of schedulers, and the names that their pods ask for.
_PRODUCTS = {
    "vc-scheduler": "volcano",
    "volcano-scheduler": "volcano",
    "yunikorn": "yunikorn",
    "kai-scheduler": "kai-scheduler",
    "run-ai-scheduler": "runai-scheduler",
}


def known_schedulers(snapshot: Snapshot) -> tuple[str, ...]:
    """The names of the schedulers that were seen to bind pods, or that are installed."""
    return tuple(sorted(snapshot.once(_at_work) | snapshot.once(_installed)))


def may_be_served(snapshot: Snapshot, name: str) -> bool:
    """Whether a scheduler of this name is there, or one is whose names are not known."""
    if name in known_schedulers(snapshot) or snapshot.once(_of_unknown_name):
        return True
    wanted = name.lower()
    return any(wanted in word for words in snapshot.once(_running) for word in words)


def _at_work(snapshot: Snapshot) -> frozenset[str]:
    """The schedulers of bound pods, and those that wrote of a pod that it was scheduled or not."""
    bound = {p.spec.scheduler_name for p in snapshot.all(Pod) if p.spec.node_name}
    spoke = {
        e.source.component or e.reporting_component
        for e in snapshot.all(Event)
        if e.reason in ("Scheduled", "FailedScheduling")
    }
    return frozenset(bound | spoke) - {"", "karpenter"}


def _installed(snapshot: Snapshot) -> frozenset[str]:
    """The products that run, by the name that their pods ask for."""
    return frozenset(
        name
        for words in snapshot.once(_running)
        for product, name in _PRODUCTS.items()
        if any(product in word for word in words)
    )


def _of_unknown_name(snapshot: Snapshot) -> bool:
    """Whether a scheduler runs that is no product: its profiles are in a file of its own."""
    return any(
        any(_WORD in word for word in words)
        and not any(known in word for word in words for known in (*_NOT_FOR_PODS, *_PRODUCTS))
        for words in snapshot.once(_running)
    )


def _running(snapshot: Snapshot) -> tuple[tuple[str, ...], ...]:
    """What each workload and running pod goes by: its name, images and commands, in lower case."""
    pods = (p for p in snapshot.all(Pod) if p.spec.node_name and not _is_static(p))
    workloads = (tuple(_words_of_workload(w)) for w in snapshot.all(Workload))
    daemonsets = (tuple(_words_of_workload(d)) for d in snapshot.all(DaemonSet))
    return tuple(dict.fromkeys((*map(_words_of_pod, pods), *workloads, *daemonsets)))


def _is_static(pod: Pod) -> bool:
    """A pod of the control plane itself, which is owned by its node."""
    return any(o.kind == "Node" for o in pod.metadata.owner_references)


def _words_of_pod(pod: Pod) -> tuple[str, ...]:
    generated = pod.metadata.generate_name or pod.metadata.name
    return (generated.lower(), *(image_name(c.image).lower() for c in pod.spec.containers))


def _words_of_workload(workload: Workload | DaemonSet) -> Iterator[str]:
    yield workload.metadata.name.lower()
    if isinstance(workload, DaemonSet):
        yield from (image_name(c.image).lower() for c in workload.spec.template.spec.containers)
        return
    for located in templates(workload):
        yield from (image_name(c.image).lower() for c in located.template.spec.containers)
        raw: Any = located.path.resolve(workload)
        for container in raw.get("spec", {}).get("containers", ()):
            for field in ("command", "args"):
                yield from (str(word).lower() for word in container.get(field) or ())
