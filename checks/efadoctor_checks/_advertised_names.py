"""Devices that a plugin hands out under another name: parts of GPUs, shared GPUs (EFA414).

https://github.com/NVIDIA/k8s-device-plugin#with-cuda-time-slicing (``renameByDefault``),
https://github.com/NVIDIA/k8s-device-plugin#configuration-option-details (``migStrategy``)
"""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Evidence, Fix, reference
from efadoctor_checks import _plugins


def other_names(blamed: _plugins.Blamed) -> tuple[str, ...]:
    """What the node advertises of the same vendor as the device asked for."""
    resource = blamed.ways[0].refusal.resource
    vendor = f"{resource.partition('/')[0]}/"
    advertised = blamed.ways[0].path.node.status.allocatable
    return tuple(
        sorted(
            name
            for name, amount in advertised.items()
            if name.startswith(vendor) and name != resource and str(amount) != "0"
        )
    )


def evidence(blamed: _plugins.Blamed, names: tuple[str, ...]) -> Iterator[Evidence]:
    """How much of each the node advertises."""
    node = blamed.ways[0].path.node
    for name in names:
        field, value = f'status.allocatable["{name}"]', node.status.allocatable[name]
        yield Evidence(object=reference(node), field=field, value=value)


def fix(blamed: _plugins.Blamed, names: tuple[str, ...]) -> Fix:
    """Either side can change: that depends on what the nodes are for."""
    whole = blamed.ways[0].refusal.resource
    return Fix(
        title=f"Ask for {' or '.join(names)}, or let the plugin's configuration advertise {whole}",
        unprovable="whether the pod can do with a part of a GPU shows in no object",
    )
