"""Who keeps an object as it is: a live patch of what Helm or Argo CD owns does not last.

Marks, each from its tool's own documentation:
https://helm.sh/docs/chart_best_practices/labels/ ,
https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ ,
https://fluxcd.io/flux/components/kustomize/kustomizations/ ,
https://fluxcd.io/flux/components/helm/helmreleases/ , https://github.com/eksctl-io/eksctl ,
https://github.com/NVIDIA/gpu-operator (ClusterPolicy). Terraform leaves no mark but one that
its author gives an object.
"""

from __future__ import annotations

import re
from enum import Enum

import msgspec

from efadoctor.model.kubernetes import KubernetesObject


class Tool(Enum):
    """What can own an object, by the name that people know."""

    HELM = "Helm"
    ARGO_CD = "Argo CD"
    FLUX = "Flux"
    EKSCTL = "eksctl"
    TERRAFORM = "Terraform"
    GPU_OPERATOR = "the NVIDIA GPU operator"

    @property
    def reverts(self) -> str:
        """What becomes of a live patch."""
        return _REVERTS[self]


_REVERTS = {
    Tool.HELM: "its next upgrade undoes a live patch",
    Tool.ARGO_CD: "its next sync undoes a live patch",
    Tool.FLUX: "its next reconciliation undoes a live patch",
    Tool.EKSCTL: "eksctl undoes a live patch when it next applies its own manifest",
    Tool.TERRAFORM: "the next terraform apply undoes a live patch",
    Tool.GPU_OPERATOR: "the operator undoes a live patch at once",
}


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """The tool that owns an object, and the name under which it knows it ("" if not told)."""

    tool: Tool
    name: str = ""


_MANAGED_BY = "app.kubernetes.io/managed-by"
_CHART = re.compile(r"(?P<name>.+?)-(?P<version>v?\d+\.\d+.*)")


def keepers_of(view: KubernetesObject) -> tuple[Keeper, ...]:
    """Every tool whose mark the object carries, the one that acts soonest first."""
    labels, notes = view.metadata.labels, view.metadata.annotations
    managed = labels.get(_MANAGED_BY, "").lower()
    found: list[Keeper] = []
    operator = next((o for o in view.metadata.owner_references if o.kind == "ClusterPolicy"), None)
    if operator is not None or managed == "gpu-operator":
        found.append(Keeper(tool=Tool.GPU_OPERATOR, name=operator.name if operator else ""))
    if argo := _application_of(view):
        found.append(Keeper(tool=Tool.ARGO_CD, name=argo))
    for kind in ("helm", "kustomize"):
        flux = labels.get(f"{kind}.toolkit.fluxcd.io/name", "")
        if flux:
            found.append(Keeper(tool=Tool.FLUX, name=flux))
    # eksctl's labels on a node say who made its group; the node itself it leaves alone
    marked = view.kind != "Node" and any("alpha.eksctl.io/" in k for k in (*labels, *notes))
    if managed == "eksctl" or marked:
        found.append(Keeper(tool=Tool.EKSCTL))
    if managed == "terraform":
        found.append(Keeper(tool=Tool.TERRAFORM))
    if release_of(view) and operator is None:
        found.append(Keeper(tool=Tool.HELM, name=release_of(view)))
    return tuple(found)


def _application_of(view: KubernetesObject) -> str:
    """The Argo CD application that tracks an object, by annotation or by label."""
    tracking = view.metadata.annotations.get("argocd.argoproj.io/tracking-id", "")
    return tracking.partition(":")[0] or view.metadata.labels.get("argocd.argoproj.io/instance", "")


def release_of(view: KubernetesObject) -> str:
    """The Helm release that an object belongs to, "" where it is of none.

    Argo CD renders a chart without making a release of it, so the chart's labels then say
    nothing: https://argo-cd.readthedocs.io/en/stable/user-guide/helm/ .
    """
    labels, notes = view.metadata.labels, view.metadata.annotations
    if notes.get("meta.helm.sh/release-name"):
        return notes["meta.helm.sh/release-name"]
    if _application_of(view):
        return ""
    helm = labels.get(_MANAGED_BY, "").lower() == "helm" or "helm.sh/chart" in labels
    return labels.get("app.kubernetes.io/instance", "") if helm else ""


def release_namespace(view: KubernetesObject) -> str:
    """The namespace of that release."""
    noted = view.metadata.annotations.get("meta.helm.sh/release-namespace", "")
    return noted or view.metadata.namespace


def chart_of(view: KubernetesObject) -> tuple[str, str]:
    """Name and version of the chart (label ``helm.sh/chart``), "" where it is not told."""
    label = view.metadata.labels.get("helm.sh/chart", "")
    match = _CHART.fullmatch(label)
    return (match["name"], match["version"].replace("_", "+")) if match else (label, "")
