"""The device plugins as their vendors ship them, for clusters of which nothing is known.

Facts from the EFA chart's template and values (Apache-2.0) and NVIDIA's static manifest
(Apache-2.0); the instance types are the chart's allow-list, in ``data/efa_plugin_types.txt``.

https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin
https://github.com/NVIDIA/k8s-device-plugin/blob/v0.20.0/deployments/static/nvidia-device-plugin.yml
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from efadoctor.model.kubernetes import DaemonSet
from efadoctor.scheduling.devices import Device

EFA_CHART = "aws-efa-k8s-device-plugin 0.5.30"
EFA_CHART_DATE = "2026-07-21"
NVIDIA_MANIFEST = "NVIDIA k8s-device-plugin v0.20.0"
NVIDIA_MANIFEST_DATE = "2026-08-19"

_EFA = "aws-efa-k8s-device-plugin"
_EFA_IMAGE = f"602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/{_EFA}:v0.5.20"
_NVIDIA_IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"


class DefaultPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin as it comes: its DaemonSet, what that is, and of which day."""

    daemonset: DaemonSet
    name: str
    dated: str


@cache
def default_plugin(device: Device) -> DefaultPlugin:
    """The plugin that a cluster most likely has for a device."""
    if device is Device.EFA:
        made = msgspec.convert(_efa(), DaemonSet)
        name = f"the chart {EFA_CHART} with its default values"
        return DefaultPlugin(daemonset=made, name=name, dated=EFA_CHART_DATE)
    made = msgspec.convert(_nvidia(), DaemonSet)
    name = f"the static manifest of {NVIDIA_MANIFEST}"
    return DefaultPlugin(daemonset=made, name=name, dated=NVIDIA_MANIFEST_DATE)


def _efa() -> dict[str, Any]:
    types = files("efadoctor.preflight").joinpath("data/efa_plugin_types.txt").read_text("ascii")
    term = {
        "matchExpressions": [
            {
                "key": "node.kubernetes.io/instance-type",
                "operator": "In",
                "values": types.split(),
            },
            {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]},
        ]
    }
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    spec = {
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "priorityClassName": "system-node-critical",
        "affinity": {"nodeAffinity": {required: {"nodeSelectorTerms": [term]}}},
        "hostNetwork": True,
        "containers": [
            {
                "name": _EFA,
                "image": _EFA_IMAGE,
                "securityContext": {"privileged": True, "runAsUser": 0},
                "resources": {"requests": {"cpu": "10m", "memory": "20Mi"}},
            }
        ],
    }
    labels = {
        "app.kubernetes.io/instance": _EFA,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": _EFA,
        "helm.sh/chart": f"{_EFA}-v0.5.30",
    }
    return _daemonset(_EFA, {"name": _EFA}, labels, spec)


def _nvidia() -> dict[str, Any]:
    spec = {
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "priorityClassName": "system-node-critical",
        "containers": [{"name": "nvidia-device-plugin-ctr", "image": _NVIDIA_IMAGE}],
    }
    return _daemonset(
        "nvidia-device-plugin-daemonset", {"name": "nvidia-device-plugin-ds"}, {}, spec
    )


def _daemonset(
    name: str, selector: dict[str, str], labels: dict[str, str], spec: dict[str, Any]
) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "uid": f"assumed/{name}",
            "labels": labels,
        },
        "spec": {
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": selector}, "spec": spec},
        },
    }
