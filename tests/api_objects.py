"""Objects as an API server is asked to take them, and the paths where it keeps them."""

from typing import Any

from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource, kubernetes_source

Json = dict[str, Any]

BUILT_IN = frozenset(
    {
        "",
        "apiextensions.k8s.io",
        "apps",
        "batch",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""The API groups that every API server has; the others are custom kinds."""

_OF_JOB = {"controller-uid", "job-name"}


def collection(source: KubernetesSource, namespace: str = "") -> str:
    """The path at which a kind's objects are listed, of one namespace or of all."""
    root = f"/apis/{source.api_version}" if source.group else f"/api/{source.version}"
    inside = f"/namespaces/{namespace}" if namespace and source.namespaced else ""
    return f"{root}{inside}/{source.plural}"


def source_of(thing: Json) -> KubernetesSource:
    """The source that lists an object."""
    source = kubernetes_source(thing["apiVersion"].rpartition("/")[0], thing["kind"])
    assert source is not None, thing["kind"]
    return source


def custom_kinds() -> list[KubernetesSource]:
    """The kinds that no API server has of itself."""
    return [s for s in KUBERNETES_SOURCES if s.group not in BUILT_IN]


def fresh(thing: Json) -> Json:
    """An object as somebody would create it: without what the server itself writes.

    The status of a custom kind stays: ours are served without that subresource.
    """
    kept = ("name", "namespace", "labels", "annotations", "ownerReferences", "finalizers")
    own = {k: v for k, v in thing["metadata"].items() if k in kept}
    source = source_of(thing)
    made = {k: v for k, v in thing.items() if k != "status" or source.group not in BUILT_IN}
    made |= {"metadata": own, "apiVersion": source.api_version}
    if made["kind"] == "Job":
        made["spec"] = _own_spec(made["spec"])
    return made


def _own_spec(job: Json) -> Json:
    """A Job's spec without the selector and the labels that its creation gives it."""
    template = job["template"]
    labels = template.get("metadata", {}).get("labels", {})
    kept = {k: v for k, v in labels.items() if k.rpartition("/")[2] not in _OF_JOB}
    own = {k: v for k, v in job.items() if k != "selector"}
    return own | {"template": {**template, "metadata": {"labels": kept}}}


def definition(source: KubernetesSource) -> Json:
    """A definition of a custom kind whose fields nobody validates."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": source.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{source.plural}.{source.group}"},
        "spec": {
            "group": source.group,
            "names": {
                "plural": source.plural,
                "singular": source.kind.lower(),
                "kind": source.kind,
                "listKind": f"{source.kind}List",
            },
            "scope": "Namespaced" if source.namespaced else "Cluster",
            "versions": [version],
        },
    }
