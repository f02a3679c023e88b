"""Workloads: where each kind keeps its pod templates, and whose pods are made from which.

Template paths follow each kind's API reference: Job, StatefulSet, Deployment, ReplicaSet
(kubernetes.io/docs/reference), JobSet (jobset.sigs.k8s.io), MPIJob, PyTorchJob and TrainJob
(www.kubeflow.org/docs/components), RayCluster (docs.ray.io), LeaderWorkerSet (lws.sigs.k8s.io).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.model.decoding import without_nulls
from efadoctor.model.derivations import Aspect
from efadoctor.model.facts import kubernetes_source
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert_json
from efadoctor.model.kubernetes import (
    DaemonSet,
    KubernetesObject,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodSpec,
    PodTemplate,
    Workload,
)
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Json

LONGEST_CHAIN = 8
"""References may be forged into a circle; no real chain of owners is longer."""

# "*" stands for every key of a mapping or every entry of a list.
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Job": ("spec.template",),
    "StatefulSet": ("spec.template",),
    "Deployment": ("spec.template",),
    "ReplicaSet": ("spec.template",),
    "CronJob": ("spec.jobTemplate.spec.template",),
    "JobSet": ("spec.replicatedJobs.*.template.spec.template",),
    "MPIJob": ("spec.mpiReplicaSpecs.*.template",),
    "PyTorchJob": ("spec.pytorchReplicaSpecs.*.template",),
    "TrainJob": (),
    "RayCluster": ("spec.headGroupSpec.template", "spec.workerGroupSpecs.*.template"),
    "RayJob": (
        "spec.rayClusterSpec.headGroupSpec.template",
        "spec.rayClusterSpec.workerGroupSpecs.*.template",
    ),
    "LeaderWorkerSet": (
        "spec.leaderWorkerTemplate.workerTemplate",
        "spec.leaderWorkerTemplate.leaderTemplate",
    ),
}

IMMUTABLE_TEMPLATE = frozenset({"Job", "JobSet", "MPIJob", "PyTorchJob", "TrainJob", "RayJob"})
"""Kinds whose pod template cannot be changed once pods exist: they must be made anew."""


class LocatedTemplate(msgspec.Struct, frozen=True):
    """A pod template, and the path at which its workload keeps it."""

    path: FieldPath
    template: PodTemplate


def templates(workload: Workload) -> tuple[LocatedTemplate, ...]:
    """Every pod template of a workload; none for a kind that keeps none."""
    found: list[LocatedTemplate] = []
    for pattern in _TEMPLATES.get(workload.kind, ()):
        for path in _expand(workload, FieldPath(), tuple(pattern.split("."))):
            template = _template(path.resolve(workload))
            if template is not None:
                found.append(LocatedTemplate(path, template))
    return tuple(found)


def _expand(thing: Json, at: FieldPath, steps: tuple[str, ...]) -> Iterator[FieldPath]:
    try:
        here = at.resolve(thing)
    except LookupError:
        return
    if not steps:
        yield at
        return
    head, *rest = steps
    if head != "*":
        yield from _expand(thing, at / head, tuple(rest))
    elif isinstance(here, dict):
        for key in here:
            yield from _expand(thing, at / str(key), tuple(rest))
    elif isinstance(here, list | tuple):
        for index in range(len(here)):
            yield from _expand(thing, at / index, tuple(rest))


def _template(raw: Json) -> PodTemplate | None:
    """None for what no controller would take as a template: nothing is made from it."""
    try:
        return msgspec.convert(inert_json(without_nulls(raw)), PodTemplate)
    except msgspec.ValidationError:
        return None


def controller_of(thing: KubernetesObject) -> OwnerReference | None:
    """The owner that controls an object, else its first owner."""
    owners = thing.metadata.owner_references
    return next((o for o in owners if o.controller), owners[0] if owners else None)


def owners(snapshot: Snapshot, thing: KubernetesObject) -> tuple[ObjectRef, ...]:
    """The chain of owners from the nearest to the topmost, as far as references lead."""
    chain: list[ObjectRef] = []
    owner = controller_of(thing)
    while owner is not None and len(chain) < LONGEST_CHAIN:
        namespace = thing.metadata.namespace
        ref = ObjectRef(owner.api_version, owner.kind, namespace, owner.name)
        if ref in chain:
            break
        chain.append(ref)
        found = snapshot.find(ref)
        owner = controller_of(found) if isinstance(found, KubernetesObject) else None
    return tuple(chain)


def template_of(workload: Workload, pod: Pod) -> LocatedTemplate | None:
    """The template that a pod was made from; None where none of the workload's fits it."""
    located = templates(workload)
    imagined = next((t for t in located if pod.metadata.uid == f"template/{t.path}"), None)
    if imagined is not None:
        return imagined
    fitting = [t for t in located if _fits(t, pod)]
    return max(fitting, key=lambda t: _likeness(t.template.spec, pod.spec), default=None)


def template_owner(snapshot: Snapshot, pod: Pod) -> tuple[Workload, LocatedTemplate] | None:
    """The topmost owner whose template made the pod, and that template.

    A CronJob's template only makes later Jobs, so its Job counts as the topmost, unless
    there is none yet.
    """
    chain = owners(snapshot, pod)
    for ref in reversed(chain):
        workload = snapshot.find(ref)
        if isinstance(workload, Workload) and (workload.kind != "CronJob" or ref == chain[0]):
            template = template_of(workload, pod)
            if template is not None:
                return workload, template
    return None


def _fits(located: LocatedTemplate, pod: Pod) -> bool:
    own = {c.name for c in located.template.spec.containers}
    return bool(own) and own <= {c.name for c in pod.spec.containers}


def _likeness(template: PodSpec, spec: PodSpec) -> int:
    by_name = {c.name: c for c in spec.containers}
    same = sum(by_name[c.name].resources == c.resources for c in template.containers)
    return same + (template.node_selector == spec.node_selector)


def pod_from_template(workload: Workload, template: PodTemplate) -> Pod:
    """The pod that a workload would make from its template: for one that has none yet."""
    meta = ObjectMeta(
        name=workload.metadata.name,
        namespace=workload.metadata.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        creation_timestamp=workload.metadata.creation_timestamp,
        owner_references=(
            OwnerReference(
                api_version=workload.api_version,
                kind=workload.kind,
                name=workload.metadata.name,
                uid=workload.metadata.uid,
                controller=True,
            ),
        ),
    )
    return Pod(api_version="v1", kind="Pod", metadata=meta, spec=template.spec)


def imagined_pod(workload: Workload, located: LocatedTemplate) -> Pod:
    """The pod of one template, which its uid tells from those of the workload's others."""
    pod = pod_from_template(workload, located.template)
    meta = msgspec.structs.replace(pod.metadata, uid=f"template/{located.path}")
    return msgspec.structs.replace(pod, metadata=meta)


def owned_pods(snapshot: Snapshot, owner: ObjectRef) -> tuple[Pod, ...]:
    """The pods whose chain of owners holds this one, by name."""
    pods = snapshot.all(Pod)
    numbers = snapshot.once_of((_OWNERSHIP, Workload, DaemonSet), _owned).get(owner, ())
    return tuple([pods[number] for number in numbers])


_OWNERSHIP = Aspect(Pod, lambda pod: (reference(pod), pod.metadata.owner_references))
"""A copy that only changes pods keeps their places among all pods; one more or less does not."""


def _owned(snapshot: Snapshot) -> dict[ObjectRef, list[int]]:
    """Every owner's pods, by their places among all pods.

    Pods of the same controller have their chain looked up once.
    """
    pods = snapshot.all(Pod)
    chains: dict[tuple[str, OwnerReference], tuple[ObjectRef, ...]] = {}
    owned: dict[ObjectRef, list[int]] = {}
    for number, pod in enumerate(pods):
        controller = controller_of(pod)
        if controller is None:
            continue
        key = (pod.metadata.namespace, controller)
        if key not in chains:
            chains[key] = owners(snapshot, pod)
        for owner in chains[key]:
            owned.setdefault(owner, []).append(number)
    for numbers in owned.values():
        numbers.sort(key=lambda n: (pods[n].metadata.name, pods[n].metadata.namespace))
    return owned


def find_workload(snapshot: Snapshot, kind: str, name: str, namespace: str) -> Workload | None:
    """The workload of this kind (in any case, plural or short accepted) and name."""
    for workload in snapshot.all(Workload):
        source = kubernetes_source(workload.api_version.rpartition("/")[0], workload.kind)
        names = {workload.kind.lower(), source.plural if source else ""}
        meta = workload.metadata
        if kind.lower() in names and (meta.name, meta.namespace) == (name, namespace):
            return workload
    return None
