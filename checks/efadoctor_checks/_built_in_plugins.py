"""GPU plugins that come with a node's operating system, and advertise nothing (EFA414)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Change, Evidence, Finding, Fix, PathId, reference
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.names import NODEGROUP, NODEPOOL
from efadoctor_checks import _ages, _plugins

_VARIANT = "nvidia"
_UNSEEN = "what keeps a service of the operating system from running shows in no object"


def findings(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each class of nodes whose own plugin has registered no GPUs.

    Nodes to come of the same pool or group fare no better where all that it has fare so.
    https://bottlerocket.dev/en/os/latest/api/settings/kubelet-device-plugins/
    """
    for way in _plugins.unadvertised(case, Device.GPU):
        if not way.ships or way.path.hypothetical or not _ages.is_ready(way.path.node):
            continue
        since = _ages.newest_ready(case.snapshot, way.path.nodes)
        if _ages.is_within(case.snapshot, since, _ages.STARTS_WITHIN):
            yield Awaited(
                paths=frozenset({way.path.id}),
                what=f"the NVIDIA device plugin in the system of {way.where} is about to register",
                evidence=(_plugins.allocatable_evidence(way),),
                since=since,
                until=_ages.deadline(since, _ages.STARTS_WITHIN),
            )
        else:
            yield _finding(case, way)


def _finding(case: Case, way: _plugins.Unadvertised) -> Finding:
    node, resource = way.path.node, way.refusal.resource
    image = node.status.node_info.os_image
    right = not image or _VARIANT in image.lower()
    why = (
        f"The NVIDIA device plugin in the operating system of {way.where} has registered no GPUs"
        if right
        else f"The operating system of {way.where} is a variant without NVIDIA's device plugin"
    )
    shown = Evidence(
        object=reference(node),
        field="status.nodeInfo.osImage",
        value=image or None,
        expected=None if right else f"a variant with {_VARIANT} in its name",
    )
    return Finding(
        object=_plugins.EXPECTED[Device.GPU],
        summary=f"{why}.",
        evidence=(shown, _plugins.allocatable_evidence(way)),
        chain=(
            f"{why}.",
            "It is a service of the operating system: no DaemonSet or pod shows it.",
            f"So no {resource} can be had on {way.where}, and the pod that asks for it waits.",
        ),
        fixes=(_fix(way, right=right),),
        paths=frozenset({way.path.id, *_to_come(case, node)}),
        change=Change.NODE_REPLACED,
        key=way.path.id.name,
    )


def _fix(way: _plugins.Unadvertised, *, right: bool) -> Fix:
    if not right:
        title = "Launch such nodes from an image with NVIDIA's driver and device plugin"
        return Fix(title=title, unprovable="it changes the nodes that are launched from then on")
    title = f"Read the journal of nvidia-k8s-device-plugin on {way.where}, or replace it"
    return Fix(title=title, unprovable=_UNSEEN)


def _to_come(case: Case, failed: Node) -> Iterator[PathId]:
    """The ways in that would make another such node, if all that they have made advertise none."""
    for label in (NODEPOOL, NODEGROUP):
        name = failed.metadata.labels.get(label)
        made = (n for n in case.snapshot.all(Node) if name and n.metadata.labels.get(label) == name)
        advertised = [n.status.allocatable.get(Device.GPU.value, "0") for n in made]
        if name and all(str(count) == "0" for count in advertised):
            for path in case.paths:
                owner = path.pool if label == NODEPOOL else path.group
                if path.hypothetical and owner is not None and path.id.name == name:
                    yield path.id
