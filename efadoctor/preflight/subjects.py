"""Whom to judge: every pod that the manifests hold or would make, else a plain one of each pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.collect.manifests import Manifest, Problem, ProblemKind
from efadoctor.diagnosis.subject import Subject, of_template
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import (
    Capabilities,
    Container,
    DaemonSet,
    ObjectMeta,
    Pod,
    PodSpec,
    Resources,
    SecurityContext,
    Toleration,
    Workload,
)
from efadoctor.model.reference import reference
from efadoctor.model.report import Assumption
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owners, templates
from efadoctor.preflight.written import Given, Written
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.karpenter.pools import PoolTemplate, pools_of
from efadoctor.scheduling.names import EFA, GPU
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.resource_names import with_meant_names

PLAIN = "efadoctor-plain-pod"
"""The name of the pod that is assumed where only NodePools are given."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A subject and the manifest that it comes from (None: it is assumed, of a NodePool).

    ``template`` leads to the pod in the manifest; it is empty for a bare pod.
    """

    subject: Subject
    manifest: Manifest | None = None
    template: FieldPath = FieldPath()

    @property
    def pod(self) -> Pod:
        return self.subject.pod


def pods_of(snapshot: Snapshot, given: Given) -> Iterator[Judged]:
    """The bare pods, and one pod for each template of each workload, in the order given."""
    for written in given.of(Pod, Workload):
        view = written.view
        if isinstance(view, Pod):
            pod = snapshot.get(Pod, view.metadata.name, view.metadata.namespace) or view
            chain = owners(snapshot, pod)
            subject = Subject(ref=reference(pod), pod=pod, pods=(pod,), owners=chain)
            yield Judged(subject=subject, manifest=written.manifest)
        elif isinstance(view, Workload) and not isinstance(view, DaemonSet):
            yield from _of_workload(snapshot, written, view)


def _of_workload(snapshot: Snapshot, written: Written, view: Workload) -> Iterator[Judged]:
    for located in templates(view):
        subject = of_template(snapshot, view, located.path)
        yield Judged(subject=subject, manifest=written.manifest, template=located.path)


def unreadable(judged: Judged) -> Problem | None:
    """What the API server would refuse of a pod before anything else: a request that is none."""
    if judged.manifest is None:
        return None
    spec = judged.pod.spec
    lists = (("initContainers", spec.init_containers), ("containers", spec.containers))
    for name, containers in lists:
        for number, container in enumerate(containers):
            for part in ("limits", "requests"):
                for resource, quantity in getattr(container.resources, part).items():
                    try:
                        amount(resource, quantity)
                    except InvalidQuantityError as error:
                        path = FieldPath(
                            (*judged.template.steps, "spec", name, number, "resources", part)
                        )
                        place = judged.manifest.where(path / resource)
                        said = inert(f"{judged.subject.ref}: {resource}: {error}")
                        return Problem(ProblemKind.BROKEN, judged.manifest.file, said, place)
    try:
        pod_requests(judged.pod)
    except InvalidQuantityError as error:
        place = judged.manifest.where(judged.template / "spec")
        said = inert(f"{judged.subject.ref}: {error}")
        return Problem(ProblemKind.BROKEN, judged.manifest.file, said, place)
    return None


def asks_devices(snapshot: Snapshot, pod: Pod) -> bool:
    """Whether a pod asks for EFA or GPUs, however it spells them, or claims devices."""
    return bool(demanded(snapshot, (pod,))) or bool(pod.spec.resource_claims)


def demanded(snapshot: Snapshot, pods: Iterable[Pod]) -> frozenset[Device]:
    """The devices that any of the pods asks for."""
    found: set[Device] = set()
    for pod in pods:
        asked = pod_requests(with_meant_names(snapshot, pod))
        found |= {d for d in Device if asked.get(d.value)}
    return frozenset(found)


# ---- NodePools alone --------------------------------------------------------


def plain_pods(snapshot: Snapshot) -> Iterator[tuple[Judged, Assumption]]:
    """For each NodePool that can have EFA: a pod that it is plainly meant for, and its word."""
    for template in pools_of(snapshot).templates:
        types = [t for t in template.types if t.efa]
        if not types:
            continue
        with_gpu = all(t.gpus for t in types) or (
            any(t.key == GPU for t in template.taints) and any(t.gpus for t in types)
        )
        pod = _plain(template, (EFA, GPU) if with_gpu else (EFA,))
        subject = Subject(ref=reference(template.pool), pod=pod, imagined=True)
        yield Judged(subject=subject), _assumed(template.pool, with_gpu=with_gpu)


def _plain(template: PoolTemplate, resources: Iterable[str]) -> Pod:
    amounts = dict.fromkeys(resources, "1")
    container = Container(
        name="main",
        resources=Resources(limits=amounts, requests=amounts),
        security_context=SecurityContext(capabilities=Capabilities(add=("IPC_LOCK",))),
    )
    tolerations = tuple(
        Toleration(key=t.key, operator="Exists", effect=t.effect) for t in template.taints
    )
    spec = PodSpec(
        containers=(container,),
        tolerations=tolerations,
        node_selector={"karpenter.sh/nodepool": template.name},
    )
    meta = ObjectMeta(name=PLAIN, namespace="default")
    return Pod(api_version="v1", kind="Pod", metadata=meta, spec=spec)


def _assumed(pool: NodePool, *, with_gpu: bool) -> Assumption:
    asks = f"one {EFA} and one {GPU}" if with_gpu else f"one {EFA}"
    return Assumption(
        what=f"a pod that selects NodePool {pool.metadata.name}, tolerates its taints and asks for "
        f"{asks}: no workload was given",
        instead="give the manifests of the workloads too",
    )
