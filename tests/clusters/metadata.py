"""What every object and every condition has."""

from __future__ import annotations

from typing import Any

from clusters.names import LONG_AGO, Json


def meta(name: str, namespace: str = "", **more: Any) -> Json:
    found: Json = {"name": name, "uid": f"uid-{namespace}-{name}", "creationTimestamp": LONG_AGO}
    if namespace:
        found["namespace"] = namespace
    return found | more


def condition(type_: str, status: str = "True", reason: str = "", **more: Any) -> Json:
    base = {"type": type_, "status": status, "reason": reason or type_, "message": ""}
    return base | {"lastTransitionTime": LONG_AGO} | more
