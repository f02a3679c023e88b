"""What hangs on the pods in question in a large cluster: quotas, events, volumes, claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from efadoctor.collect.kube.owners import MANY_OBJECTS
from efadoctor.collect.kube.reader import Reader
from efadoctor.collect.kube.reads import KUBE_SYSTEM, source
from efadoctor.collect.question import Question
from efadoctor.model.kubernetes import PersistentVolumeClaim, Pod

CLUSTER_EVENTS = "default"
"""The namespace of events about objects that have none
(https://github.com/kubernetes/client-go/blob/v0.36.2/tools/record/event.go)."""

AUTOSCALERS = (KUBE_SYSTEM, "karpenter")
"""Where an autoscaler's Deployment usually is: seen there, it exists; not seen, nobody knows."""

_KARPENTER_KINDS = ("NodeClaim", "NodePool", "EC2NodeClass")
_POD_REASONS = ("FailedScheduling", "Nominated", "TriggeredScaleUp", "NotTriggerScaleUp")
_FEW_PODS = 8

_ATTACHING = (
    "csinodes.storage.k8s.io",
    "csidrivers.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
)
"""Read whole for a pod with volumes: what can be attached where, and what is."""

_NOTHING = "metadata.name in ()"
Task = Callable[[], object]


class Around:
    """Reads for the subjects of one question, given when they are known."""

    def __init__(self, reader: Reader, question: Question) -> None:
        self._reader = reader
        self._question = question

    def reads(self, subjects: tuple[Pod, ...]) -> list[Task]:
        """Independent reads, for several threads."""
        pending = tuple(p for p in subjects if not p.spec.node_name) or subjects
        return [
            *(partial(self._list, "resourcequotas", n) for n in self._namespaces(pending)),
            *(partial(self._list, "deployments.apps", n) for n in AUTOSCALERS),
            *self._events(pending),
            partial(self._volumes, pending),
            partial(self._claims, pending),
        ]

    def _namespaces(self, pods: Iterable[Pod]) -> list[str]:
        found = sorted({p.metadata.namespace for p in pods} | {self._question.namespace})
        # "" is the whole cluster: one list instead of many
        return [""] if "" in found or len(found) > MANY_OBJECTS else found

    def _list(self, name: str, namespace: str, fields: str = "") -> object:
        return self._reader.list(source(name), namespace, fields=fields)

    def _events(self, pods: tuple[Pod, ...]) -> list[Task]:
        found: list[Task] = [
            partial(self._list, "events", CLUSTER_EVENTS, f"involvedObject.kind={kind}")
            for kind in _KARPENTER_KINDS
        ]
        found.append(partial(self._list, "events", "", "reason=FailedCreate"))
        if len(pods) <= _FEW_PODS and not self._question.is_open:
            names = sorted({(p.metadata.namespace, p.metadata.name) for p in pods})
            return found + [
                partial(self._list, "events", namespace, f"involvedObject.name={name}")
                for namespace, name in names
            ]
        return found + [
            partial(self._list, "events", namespace, f"reason={reason}")
            for namespace in self._namespaces(pods)
            for reason in _POD_REASONS
        ]

    # ---- volumes ------------------------------------------------------------

    def _volumes(self, pods: tuple[Pod, ...]) -> None:
        wanted = sorted({claim for pod in pods for claim in _claim_names(pod)})
        claims = self._named("persistentvolumeclaims", wanted)
        names = sorted({("", c.spec.volume_name) for c in claims if c.spec.volume_name})
        self._named("persistentvolumes", names)
        for kind in _ATTACHING:
            if wanted:
                self._reader.list(source(kind))
            else:
                self._reader.harvest.declare(source(kind).name, _NOTHING)

    def _named(self, kind: str, names: list[tuple[str, str]]) -> list[PersistentVolumeClaim]:
        """Objects by namespace and name; whole namespaces where they are many."""
        of_kind = source(kind)
        if not names:
            self._reader.harvest.declare(of_kind.name, _NOTHING)
        elif len(names) <= MANY_OBJECTS:
            for namespace, name in names:
                self._reader.get(of_kind, name, namespace)
        else:
            spaces = sorted({namespace for namespace, _ in names})
            for namespace in spaces if len(spaces) <= MANY_OBJECTS else [""]:
                self._reader.list(of_kind, namespace)
        return list(self._reader.harvest.views(of_kind.name))

    def _claims(self, pods: tuple[Pod, ...]) -> None:
        """Claims of devices: those of the namespaces whose pods use any."""
        using = [p for p in pods if p.spec.resource_claims]
        for kind in ("resourceclaims.resource.k8s.io", "resourceclaimtemplates.resource.k8s.io"):
            if not using:
                self._reader.harvest.declare(source(kind).name, _NOTHING)
        for namespace in self._namespaces(using) if using else ():
            self._list("resourceclaimtemplates.resource.k8s.io", namespace)
        if using:
            # devices are taken by claims of every namespace
            self._list("resourceclaims.resource.k8s.io", "")


def _claim_names(pod: Pod) -> Iterable[tuple[str, str]]:
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield pod.metadata.namespace, volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None:
            yield pod.metadata.namespace, f"{pod.metadata.name}-{volume.name}"
