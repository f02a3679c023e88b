"""Owners of pods, read one by one up the chain, and the selectors that find their other pods.

The labels that controllers put on their pods where they declare no selector:
https://jobset.sigs.k8s.io/docs/reference/labels-and-annotations/,
https://www.kubeflow.org/docs/components/trainer/legacy-v1/ (training-operator),
https://docs.ray.io/en/latest/cluster/kubernetes.html, https://lws.sigs.k8s.io/docs/.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from efadoctor.collect.kube.reader import Reader
from efadoctor.model.facts import KubernetesSource, kubernetes_source
from efadoctor.model.kubernetes import KubernetesObject, Workload
from efadoctor.model.workloads import controller_of

PEER_OWNERS = 20
"""Topmost owners whose pods are all looked up: a request each."""

MANY_OBJECTS = 32
"""Objects of one kind and namespace that are asked for by name; beyond it they are listed."""

_LABELS = {
    "JobSet": "jobset.sigs.k8s.io/jobset-name",
    "TrainJob": "jobset.sigs.k8s.io/jobset-name",
    "MPIJob": "training.kubeflow.org/job-name",
    "PyTorchJob": "training.kubeflow.org/job-name",
    "RayCluster": "ray.io/cluster",
    "LeaderWorkerSet": "leaderworkerset.sigs.k8s.io/name",
}
_DEEPEST = 8


class OwnerName(msgspec.Struct, frozen=True):
    """An owner whose kind we read."""

    source: KubernetesSource
    namespace: str
    name: str


class Owners:
    """Reads owners; each is asked for once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: set[OwnerName] = set()

    def climb(self, things: Iterable[KubernetesObject]) -> frozenset[OwnerName]:
        """Reads the owners of objects, theirs, and so on; the topmost of every chain."""
        tops: set[OwnerName] = set()
        level = _owners(things)
        for _ in range(_DEEPEST):
            if not level:
                break
            self._read(level - self._seen)
            self._seen |= level
            above: set[OwnerName] = set()
            for owner in level:
                found = self._found(owner)
                higher = _owners((found,)) if found is not None else set()
                above |= higher
                if not higher:
                    tops.add(owner)
            level = above
        return frozenset(tops)

    def _read(self, owners: set[OwnerName]) -> None:
        groups: dict[tuple[KubernetesSource, str], list[str]] = {}
        for owner in owners:
            groups.setdefault((owner.source, owner.namespace), []).append(owner.name)
        for (source, namespace), names in groups.items():
            if len(names) > MANY_OBJECTS:
                self._reader.list(source, namespace)
            else:
                for name in sorted(names):
                    self._reader.get(source, name, namespace)

    def _found(self, owner: OwnerName) -> KubernetesObject | None:
        for view in self._reader.harvest.views(owner.source.name):
            meta = view.metadata
            if (meta.namespace, meta.name) == (owner.namespace, owner.name):
                return view if isinstance(view, KubernetesObject) else None
        return None


def _owners(things: Iterable[KubernetesObject]) -> set[OwnerName]:
    found: set[OwnerName] = set()
    for thing in things:
        owner = controller_of(thing)
        if owner is None:
            continue
        source = kubernetes_source(owner.api_version.rpartition("/")[0], owner.kind)
        if source is not None and source.type is Workload:
            found.add(OwnerName(source, thing.metadata.namespace, owner.name))
    return found


def selector_of(workload: Workload) -> str | None:
    """The label selector that finds a workload's pods, None where there is none."""
    spec = workload.spec if isinstance(workload.spec, dict) else {}
    selector = spec.get("selector")
    labels = selector.get("matchLabels") if isinstance(selector, dict) else None
    if isinstance(labels, dict) and labels:
        return ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
    label = _LABELS.get(workload.kind)
    return f"{label}={workload.metadata.name}" if label else None
