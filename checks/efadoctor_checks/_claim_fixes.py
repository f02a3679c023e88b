"""Fixes of claims that cannot be used (EFA111)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Creation, Fix, Risk, Setting, change_pod
from efadoctor.model.kubernetes import StorageClass
from efadoctor.scheduling import storage
from efadoctor_checks._claims import Trouble

_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def fixes(case: Case, trouble: Trouble, index: int) -> Iterator[Fix]:
    """The claim that was meant, the claim made; ``index`` is the pod's volume."""
    if trouble.missing and trouble.near is not None:
        edit = Setting(f"volumes[{index}].persistentVolumeClaim.claimName", trouble.near)
        title = f"Use claim {trouble.near}"
        yield from change_pod(case.snapshot, case.pod, (edit,), title=title)
    elif trouble.missing and not trouble.use.ephemeral:
        waiting = _waiting_class(case)
        yield Fix(
            title=f"Make claim {trouble.use.claim}",
            edits=(Creation(body=_manifest(case, trouble, waiting)),),
            risk=Risk.COSTS_MONEY,
            warning="Set size and class to what the workload needs.",
            unprovable=_who_can_tell(waiting),
        )
    else:
        yield Fix(
            title=f"Put claim {trouble.use.claim} right: {trouble.sentence}",
            unprovable="a claim's class and volume cannot change; what the storage holds decides",
        )


def _who_can_tell(waiting: str) -> str:
    if waiting:
        return f"only the provisioner of class {waiting} can tell whether it makes the volume"
    return "only the cluster's storage can tell what it binds"


def _waiting_class(case: Case) -> str:
    """A class whose volumes are made where the pod goes, the default one first; "" without any."""
    found = [
        (s.metadata.annotations.get(_DEFAULT) != "true", s.metadata.name)
        for s in case.snapshot.all(StorageClass)
        if s.volume_binding_mode == storage.WAIT_FOR_FIRST_CONSUMER
    ]
    return min(found, default=(True, ""))[1]


def _manifest(case: Case, trouble: Trouble, storage_class: str) -> dict[str, object]:
    spec: dict[str, object] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "100Gi"}},
    }
    if storage_class:
        spec["storageClassName"] = storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": trouble.use.claim, "namespace": case.pod.metadata.namespace},
        "spec": spec,
    }
