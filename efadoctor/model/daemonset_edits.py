"""Fixes of a DaemonSet: the live patch, and the values of the chart that makes it.

Charts: ``stable/aws-efa-k8s-device-plugin`` in https://github.com/aws/eks-charts (renders
a CriticalAddonsOnly toleration of its own, then ``tolerations``),
``deployments/helm/nvidia-device-plugin`` in https://github.com/NVIDIA/k8s-device-plugin
(``tolerations`` is the whole list), ``deployments/gpu-operator`` in
https://github.com/NVIDIA/gpu-operator (``daemonsets.tolerations``, kept by its ClusterPolicy).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from efadoctor.model.edits import plain
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.fix import ChartValues, Command, Fix, Patch, Risk
from efadoctor.model.keepers import Tool, chart_of, keepers_of, release_namespace, release_of
from efadoctor.model.kubernetes import DaemonSet, Toleration
from efadoctor.model.reference import reference
from efadoctor.model.spec_edits import Appending, SpecEdit, operations_on

_TEMPLATE_SPEC = FieldPath.of("spec", "template", "spec")

_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9._]*")

RESTARTS_PLUGIN = "Its pods restart one node at a time; running pods keep their devices."


class _Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart: where it comes from, and what it calls its tolerations.

    ``own`` are tolerations that its template adds to those of the values.
    """

    repository: str
    tolerations: str = "tolerations"
    own: tuple[Toleration, ...] = ()


_CHARTS = {
    "aws-efa-k8s-device-plugin": _Chart(
        repository="https://aws.github.io/eks-charts",
        own=(Toleration(key="CriticalAddonsOnly", operator="Exists"),),
    ),
    "nvidia-device-plugin": _Chart(repository="https://nvidia.github.io/k8s-device-plugin"),
    "gpu-operator": _Chart(
        repository="https://helm.ngc.nvidia.com/nvidia", tolerations="daemonsets.tolerations"
    ),
}


def add_daemonset_toleration(
    daemonset: DaemonSet, toleration: Toleration, *, title: str
) -> tuple[Fix, ...]:
    """Let a DaemonSet's pods tolerate one more taint."""
    return daemonset_fix(daemonset, (Appending("tolerations", toleration),), title=title)


def daemonset_fix(
    daemonset: DaemonSet,
    edits: tuple[SpecEdit, ...],
    *,
    title: str,
    values: Mapping[str, Any] | None = None,
    risk: Risk = Risk.RESTARTS,
    warning: str = RESTARTS_PLUGIN,
) -> tuple[Fix, ...]:
    """The fixes that change a DaemonSet's pod template: live first, then what makes it last.

    ``edits`` are paths in the template's pod spec. ``values`` are those of the chart that
    come to the same; for tolerations they are worked out.
    """
    spec = daemonset.spec.template.spec
    operations = operations_on(daemonset, _TEMPLATE_SPEC, spec, spec, edits)
    ref = reference(daemonset)
    patch = Patch(target=ref, operations=operations)
    live = Fix(title=title, edits=(patch,), risk=risk, warning=warning)
    known = values if values is not None else _toleration_values(daemonset, edits)
    if any(k.tool is Tool.GPU_OPERATOR for k in keepers_of(daemonset)):
        return (_through_operator(daemonset, live, known),)
    release = release_of(daemonset)
    if not release or known is None:
        return (live,)
    chart, version = chart_of(daemonset)
    chart = chart or next((n for n in _CHARTS if n in daemonset.metadata.name), "")
    if not (_NAME.fullmatch(chart) and _NAME.fullmatch(release)):
        return (live,)
    change = ChartValues(
        target=ref,
        release=release,
        namespace=release_namespace(daemonset),
        chart=chart,
        values=known,
        repository=_CHARTS[chart].repository if chart in _CHARTS else "",
        version=version,
        operations=operations,
    )
    said = f"{title}, in the values of Helm release {release}"
    return live, Fix(title=said, edits=(change,), risk=risk, warning=warning)


def _toleration_values(
    daemonset: DaemonSet, edits: tuple[SpecEdit, ...]
) -> Mapping[str, Any] | None:
    """The chart's tolerations with those that the edits append; None where they do more."""
    added: list[Toleration] = []
    for edit in edits:
        if not (isinstance(edit, Appending) and str(edit.path) == "tolerations"):
            return None
        added.append(edit.item)
    operator = any(k.tool is Tool.GPU_OPERATOR for k in keepers_of(daemonset))
    chart = _CHARTS.get("gpu-operator" if operator else chart_of(daemonset)[0])
    if chart is None:
        return None
    kept = [t for t in daemonset.spec.template.spec.tolerations if t not in chart.own]
    return {chart.tolerations: plain([*kept, *added])}


def _through_operator(daemonset: DaemonSet, live: Fix, values: Mapping[str, Any] | None) -> Fix:
    """The operator undoes a patch of its DaemonSets at once: its ClusterPolicy must change."""
    keeper = next(k for k in keepers_of(daemonset) if k.tool is Tool.GPU_OPERATOR)
    policy = keeper.name or "cluster-policy"
    if values is None:
        why = f"the NVIDIA GPU operator makes this DaemonSet from ClusterPolicy {policy}"
        return msgspec.structs.replace(live, edits=(), unprovable=why)
    body: dict[str, Any] = {}
    for key, value in values.items():
        nested: Any = value
        for part in reversed(key.split(".")):
            nested = {part: nested}
        body |= nested
    merge = json.dumps({"spec": body}, separators=(",", ":"), ensure_ascii=False)
    target = f"clusterpolicies.nvidia.com/{policy}"
    command = Command(
        argv=("kubectl", "patch", target, "--type=merge", "-p", merge),
        effect=tuple(e for e in live.edits if isinstance(e, Patch)),
    )
    note = f"{live.warning} If Helm installed the operator, set the same in its values."
    title = f"{live.title}, in ClusterPolicy {policy}"
    return msgspec.structs.replace(live, title=title, edits=(command,), warning=note)
