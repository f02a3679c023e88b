"""Whether the NVIDIA device plugin mounts all RDMA devices into GPU containers ("MOFED").

The argument ``--mofed-enabled`` counts before the variable ``MOFED_ENABLED``, and that before
the default, which is true in 0.19.0 to 0.19.2 only
(https://github.com/NVIDIA/k8s-device-plugin, cmd/nvidia-device-plugin/main.go).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from efadoctor.model.kubernetes import Container, DaemonSet
from efadoctor.scheduling.devices import Device, plugin_container

_VARIABLE = "MOFED_ENABLED"
_ARGUMENT = "--mofed-enabled"
_TRUE = frozenset({"1", "t", "true"})
_ON_BY_DEFAULT = re.compile(r":v?0\.19\.[012](?![0-9.])")


class Mofed(msgspec.Struct, frozen=True, kw_only=True):
    """What turns it on: the field and its value; and the field and value that turn it off.

    ``adds``: the value is to be added to the list at that field.
    """

    field: str
    value: str
    why: str
    wanted: tuple[str, Any]
    adds: bool = False


def setting(daemonset: DaemonSet) -> Mofed | None:
    """What makes a plugin mount all RDMA devices, None where it does not."""
    index = plugin_container(daemonset, Device.GPU)
    if index is None:
        return None
    container = daemonset.spec.template.spec.containers[index]
    return _of_container(container, f"spec.template.spec.containers[{index}]")


def _of_container(container: Container, at: str) -> Mofed | None:
    for name, words in (("args", container.args), ("command", container.command)):
        for index, word in enumerate(words):
            argument, _, value = word.partition("=")
            if argument == _ARGUMENT:
                field = f"{at}.{name}[{index}]"
                why = "The plugin's argument asks for it."
                off = (field, f"{_ARGUMENT}=false")
                on = not value or value.lower() in _TRUE
                return Mofed(field=field, value=word, why=why, wanted=off) if on else None
    for index, variable in enumerate(container.env):
        if variable.name == _VARIABLE:
            field = f"{at}.env[{index}].value"
            why = "The plugin's variable asks for it."
            on = variable.value.lower() in _TRUE
            wanted = (field, "false")
            return Mofed(field=field, value=variable.value, why=why, wanted=wanted) if on else None
    if _ON_BY_DEFAULT.search(container.image):
        return Mofed(
            field=f"{at}.image",
            value=container.image,
            why="Versions 0.19.0 to 0.19.2 of the plugin do so by default.",
            wanted=(f"{at}.env", {"name": _VARIABLE, "value": "false"}),
            adds=True,
        )
    return None
