"""What a manifest becomes when the API server admits it, as far as scheduling is concerned.

Requests that default from limits and ports that default to host ports are counted where
requests and ports are; here are the defaults that change nothing else.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/plugin/pkg/admission/defaulttolerationseconds/admission.go
"""

import msgspec

from efadoctor.model.kubernetes import Pod, Taint, Toleration
from efadoctor.scheduling.taints import NO_EXECUTE

DEFAULT_NAMESPACE = "default"
TOLERATED_FOR_A_WHILE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
SECONDS = 300


def is_admitted(pod: Pod) -> bool:
    """Whether the API server has seen this pod: it gives every object a uid."""
    return bool(pod.metadata.uid)


def admitted(pod: Pod) -> Pod:
    """The pod with a namespace and the tolerations that every admitted pod has."""
    if is_admitted(pod) and pod.metadata.namespace:
        return pod
    namespace = pod.metadata.namespace or DEFAULT_NAMESPACE
    metadata = msgspec.structs.replace(pod.metadata, namespace=namespace)
    spec = pod.spec
    if not is_admitted(pod):
        more = tuple(t for t in map(_for_a_while, TOLERATED_FOR_A_WHILE) if not _has(pod, t))
        spec = msgspec.structs.replace(spec, tolerations=(*spec.tolerations, *more))
    return msgspec.structs.replace(pod, metadata=metadata, spec=spec)


def _for_a_while(key: str) -> Toleration:
    return Toleration(key=key, operator="Exists", effect=NO_EXECUTE, toleration_seconds=SECONDS)


def _has(pod: Pod, wanted: Toleration) -> bool:
    """Whether the pod has its own toleration for this taint, of whatever value."""
    taint = Taint(key=wanted.key, effect=wanted.effect)
    return any(
        t.key in ("", taint.key) and t.effect in ("", taint.effect) for t in pod.spec.tolerations
    )
