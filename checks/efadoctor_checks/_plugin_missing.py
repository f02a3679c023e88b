"""No device plugin at all (EFA401, EFA411)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from efadoctor.authoring import Case, Change, Command, Creation, Finding, Fix
from efadoctor.model.edits import plain
from efadoctor.model.kubernetes import DaemonSet, Node, Toleration
from efadoctor.scheduling.devices import Device, plugins
from efadoctor.scheduling.promises import advertised_without_plugin
from efadoctor_checks import _plugins
from efadoctor_checks._taints import TaintOwner, owner_of


class _Chart(msgspec.Struct, frozen=True, kw_only=True):
    """The chart of a plugin, and what its DaemonSet comes to."""

    name: str
    repository: str
    image: str
    host_network: bool = False
    values: Mapping[str, Any] = msgspec.field(default_factory=dict)


_CHARTS = {
    Device.EFA: _Chart(
        name="aws-efa-k8s-device-plugin",
        repository="https://aws.github.io/eks-charts",
        image="602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin",
        host_network=True,
    ),
    # The chart's own affinity waits for labels of feature discovery; without it the plugin
    # runs on every node, as NVIDIA's static manifest does.
    Device.GPU: _Chart(
        name="nvidia-device-plugin",
        repository="https://nvidia.github.io/k8s-device-plugin",
        image="nvcr.io/nvidia/k8s-device-plugin",
        values={"affinity": None},
    ),
}
_OWN = Toleration(key="CriticalAddonsOnly", operator="Exists")


def findings(case: Case, device: Device) -> Iterator[Finding]:
    """One finding for all ways in, where the cluster has no plugin and no node needs none."""
    snapshot = case.snapshot
    if plugins(snapshot, device) or not snapshot.was_read_whole(DaemonSet):
        return
    if advertised_without_plugin(snapshot, device):
        return
    ways = tuple(w for w in _plugins.unadvertised(case, device) if not w.ships)
    if not ways:
        return
    expected = _plugins.EXPECTED[device]
    name = _plugins.NAMES[device]
    yield Finding(
        object=expected,
        summary=f"The cluster has no {name} device plugin, so {_where(case, device, ways)}.",
        evidence=tuple(_plugins.advertised(ways)),
        chain=(
            f"Only a device plugin's pod on the node makes {device.value} allocatable.",
            f"No DaemonSet of the cluster runs the {name} device plugin.",
            f"So {ways[0].where} advertises none, and the pod that asks for it cannot land.",
        ),
        fixes=(_install(device, ways),),
        paths=frozenset(w.path.id for w in ways),
        change=Change.DAEMONSET,
        key=device.value,
    )


def _where(case: Case, device: Device, ways: tuple[_plugins.Unadvertised, ...]) -> str:
    """Which nodes go without: all, unless some come with a plugin of their own."""
    nodes = case.snapshot.all(Node)
    any_has = any(str(n.status.allocatable.get(device.value, "0")) != "0" for n in nodes)
    if any_has:
        return f"{device.value} cannot be had on {ways[0].where}"
    return f"no node advertises {device.value}"


def _install(device: Device, ways: tuple[_plugins.Unadvertised, ...]) -> Fix:
    """The chart, with tolerations for the taints that these ways in have for good."""
    chart = _CHARTS[device]
    taints = dict.fromkeys(
        t
        for w in ways
        for t in w.path.node.spec.taints
        if t.effect in ("NoSchedule", "NoExecute") and owner_of(t, w.path) is TaintOwner.POD
    )
    tolerations = tuple(Toleration(key=t.key, operator="Exists", effect=t.effect) for t in taints)
    argv = ["helm", "upgrade", "--install", chart.name, chart.name, "--repo", chart.repository]
    argv += ["-n", "kube-system"]
    values = {**chart.values, **({"tolerations": plain(tolerations)} if tolerations else {})}
    for key, value in values.items():
        argv += ["--set-json", f"{key}={msgspec.json.encode(value).decode()}"]
    labels = {"name": chart.name}
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": chart.name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [{"name": chart.name, "image": chart.image}],
                    "hostNetwork": chart.host_network,
                    "tolerations": plain((_OWN, *tolerations)),
                },
            },
        },
    }
    edit = Command(argv=tuple(argv), effect=(Creation(body=body),))
    return Fix(title=f"Install the {_plugins.NAMES[device]} device plugin", edits=(edit,))
