"""Every read of the API server that efadoctor makes, declared.

``reader`` refuses a read that is not declared here, and ``permissions`` prints these as RBAC
rules: so what is asked for and what is documented cannot drift apart. Beside kinds, ``/apis``
and ``/version`` are read, which every authenticated user may (``system:discovery``).
"""

from __future__ import annotations

from enum import Enum

import msgspec

from efadoctor.model.facts import KUBERNETES_SOURCES, SOURCES, KubernetesSource
from efadoctor.model.kubernetes import Workload

KUBE_SYSTEM = "kube-system"


class Verb(Enum):
    """The verbs of RBAC that read."""

    GET = "get"
    LIST = "list"
    WATCH = "watch"


class KubernetesRead(msgspec.Struct, frozen=True, kw_only=True):
    """One kind and what is done with it; ``names`` and ``namespace`` narrow it where they can."""

    source: KubernetesSource
    verbs: tuple[Verb, ...] = (Verb.LIST,)
    names: tuple[str, ...] = ()
    namespace: str = ""


_GET_LIST = (Verb.GET, Verb.LIST)

AWS_AUTH = "aws-auth"
NODECLASS_CRD = "ec2nodeclasses.karpenter.k8s.aws"


def _read(source: KubernetesSource) -> KubernetesRead:
    """How a kind is read; most are listed."""
    match source.plural:
        case "configmaps":
            # the one ConfigMap that says who may join the cluster
            return KubernetesRead(
                source=source, verbs=(Verb.GET,), names=(AWS_AUTH,), namespace=KUBE_SYSTEM
            )
        case "customresourcedefinitions":
            return KubernetesRead(source=source, verbs=(Verb.GET,), names=(NODECLASS_CRD,))
        case "pods":
            return KubernetesRead(source=source, verbs=(*_GET_LIST, Verb.WATCH))
        case "nodes" | "daemonsets" | "nodepools" | "nodeclaims":
            return KubernetesRead(source=source, verbs=(Verb.LIST, Verb.WATCH))
        case "persistentvolumes" | "persistentvolumeclaims":
            return KubernetesRead(source=source, verbs=_GET_LIST)
        case _ if source.type is Workload:
            return KubernetesRead(source=source, verbs=_GET_LIST)
        case _:
            return KubernetesRead(source=source)


KUBERNETES_READS: dict[str, KubernetesRead] = {s.name: _read(s) for s in KUBERNETES_SOURCES}
"""Every read by the name of its source."""


def source(plural: str) -> KubernetesSource:
    """The Kubernetes source of this name without its folder: ``nodes``, ``daemonsets.apps``."""
    found = SOURCES[f"cluster/{plural}"]
    if not isinstance(found, KubernetesSource):
        raise TypeError(f"cluster/{plural} is no kind")
    return found


def path_of(source: KubernetesSource, version: str, namespace: str = "", name: str = "") -> str:
    """The path of a list, or of one object."""
    root = f"/apis/{source.group}/{version}" if source.group else f"/api/{version}"
    inside = f"/namespaces/{namespace}" if namespace and source.namespaced else ""
    return f"{root}{inside}/{source.plural}" + (f"/{name}" if name else "")
