"""DeviceClasses, ResourceSlices and ResourceClaims for tests of DynamicResources."""

from collections.abc import Sequence
from typing import Any

from tiny import Json, pod, thing

EFA = "efa.networking.k8s.aws"
CANNOT = "1 cannot allocate all claims"


def device_class(
    name: str = EFA, expression: str = 'device.driver == "dra.net"', **more: Any
) -> Json:
    selectors = [{"cel": {"expression": expression}}] if expression else []
    return thing("DeviceClass", name, spec={"selectors": selectors, **more})


def device(name: str, *, taints: Sequence[Json] = (), **attributes: Any) -> Json:
    kinds = {bool: "bool", int: "int", str: "string"}
    typed = {k.replace("__", "/"): {kinds[type(v)]: v} for k, v in attributes.items()}
    return {"name": name, "attributes": typed, "taints": list(taints)}


def devices(*names: str | Json, on: str = "n", driver: str = "dra.net", **more: Any) -> Json:
    pool = {"name": on, "generation": 1, "resourceSliceCount": 1} | more.pop("pool", {})
    listed = [device(n) if isinstance(n, str) else n for n in names]
    where = more.pop("where", {"nodeName": on})
    spec = {"driver": driver, "pool": pool, "devices": listed, **where}
    return thing("ResourceSlice", more.pop("name", f"slice-{on}-{driver}"), spec=spec | more)


def request(name: str = "r", count: int = 1, **more: Any) -> Json:
    exactly = {"deviceClassName": EFA, "allocationMode": "ExactCount", "count": count}
    return {"name": name, "exactly": exactly | more}


def claim(name: str = "c", *requests: Json, constraints: Sequence[Json] = (), **more: Any) -> Json:
    spec = {"devices": {"requests": list(requests or [request()]), "constraints": constraints}}
    return thing("ResourceClaim", name, namespace="default", spec=spec, **more)


def holding(name: str, *ids: tuple[str, str], selector: Json | None = None) -> Json:
    results = [
        {"request": "r", "driver": "dra.net", "pool": pool, "device": found} for pool, found in ids
    ]
    allocation = {"devices": {"results": results}}
    if selector:
        allocation["nodeSelector"] = selector
    return claim(name, status={"allocation": allocation})


def using(*names: str, **more: Any) -> Json:
    claims = [{"name": n, "resourceClaimName": n} for n in names]
    return pod(resourceClaims=claims, **more)
