"""Devices that are parts of one another, that are shared, or that constraints keep apart.

https://github.com/kubernetes/kubernetes/tree/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating
"""

from collections.abc import Sequence
from typing import Any

import pytest
from tiny import Json, judged, node, pod, reason, thing

CANNOT = "1 cannot allocate all claims"
CLASS = thing("DeviceClass", "gpu", spec={})


def devices(*listed: Json, name: str = "s", slices: int = 1, **more: Any) -> Json:
    pool = {"name": "n", "generation": 1, "resourceSliceCount": slices}
    spec = {"driver": "gpu.test", "pool": pool, "nodeName": "n", "devices": list(listed)}
    return thing("ResourceSlice", name, spec=spec | more)


def claim(name: str, *requests: Json, constraints: Sequence[Json] = (), **more: Any) -> Json:
    spec = {"devices": {"requests": list(requests), "constraints": list(constraints)}}
    return thing("ResourceClaim", name, namespace="default", spec=spec, **more)


def request(name: str = "r", **more: Any) -> Json:
    return {"name": name, "exactly": {"deviceClassName": "gpu", **more}}


def holding(*results: Json) -> Json:
    base = {"request": "r", "driver": "gpu.test", "pool": "n"}
    held = [base | result for result in results]
    return claim("other", status={"allocation": {"devices": {"results": held}}})


def using(*names: str) -> Json:
    return pod(resourceClaims=[{"name": n, "resourceClaimName": n} for n in names])


# ---- parts of one another -----------------------------------------------------


def part(name: str, slots: int, **more: Any) -> Json:
    uses = [{"counterSet": "chip", "counters": {"slots": {"value": str(slots)}}}]
    return {"name": name, "consumesCounters": uses, **more}


def chip(*parts: Json, slots: str = "4", uses: str = "chip") -> tuple[Json, Json]:
    counters = [{"name": uses, "counters": {"slots": {"value": slots}}}]
    return (
        devices(name="chip", slices=2, sharedCounters=counters),
        devices(*parts, name="parts", slices=2),
    )


@pytest.mark.parametrize(
    ("sizes", "count", "found"),
    [
        ((2, 2), 2, ("n",)),
        ((3, 2), 2, ()),
        ((3, 2), 1, ("n",)),
        ((5,), 1, ()),
        ((3, 2, 2), 2, ("n",)),
    ],
)
def test_parts_of_a_device_share_what_it_has(
    sizes: tuple[int, ...], count: int, found: tuple[str, ...]
) -> None:
    parts = [part(f"d{i}", size) for i, size in enumerate(sizes)]
    state = (node(), CLASS, claim("c", request(count=count)), *chip(*parts))
    assert judged(using("c"), *state).feasible == found


def test_a_part_that_a_claim_holds_leaves_less_to_the_others() -> None:
    state = (node(), CLASS, claim("c", request()), *chip(part("d0", 2), part("d1", 3)))
    assert judged(using("c"), *state).feasible == ("n",)
    assert reason(using("c"), *state, holding({"device": "d0"})) == CANNOT


def test_parts_of_nothing_spoil_their_pool() -> None:
    state = (node(), CLASS, claim("c", request()), *chip(part("d0", 1), uses="another"))
    assert reason(using("c"), *state) == "1 invalid resource pools were encountered"


def test_every_node_sees_the_counters_of_a_pool_that_is_not_complete() -> None:
    counters, _ = chip(part("d0", 1))
    elsewhere = devices({"name": "d0"}, nodeName="m", pool={"name": "m", "resourceSliceCount": 1})
    every = claim("c", request(allocationMode="All"))
    text = "asks for all devices, but resource pool gpu.test/n is currently being updated"
    assert judged(using("c"), node("m"), CLASS, every, counters, elsewhere).message.endswith(text)


# ---- shared devices -----------------------------------------------------------


def memory(amount: str, policy: Json | None = None, *, shared: bool = True) -> Json:
    capacity = {"value": amount} | ({"requestPolicy": policy} if policy else {})
    return {"name": "d", "allowMultipleAllocations": shared, "capacity": {"memory": capacity}}


def asks(amount: str, name: str = "r") -> Json:
    return request(name, capacity={"requests": {"memory": amount}})


@pytest.mark.parametrize(
    ("device", "requests", "found"),
    [
        (memory("80Gi"), (asks("40Gi", "a"), asks("40Gi", "b")), True),
        (memory("80Gi"), (asks("40Gi", "a"), asks("41Gi", "b")), False),
        (memory("80Gi"), (request("a"), asks("1Gi", "b")), False),
        (memory("80Gi", shared=False), (asks("40Gi", "a"), asks("40Gi", "b")), False),
        (memory("80Gi", shared=False), (asks("81Gi"),), False),
        (memory("80Gi"), (request(capacity={"requests": {"cores": "1"}}),), False),
        (memory("80Gi", {"default": "10Gi"}), (request("a"), request("b")), True),
        (memory("80Gi", {"default": "1Gi", "validValues": ["1Gi", "60Gi"]}), (asks("2Gi", "a"), asks("2Gi", "b")), False),
        (memory("80Gi", {"default": "1Gi", "validValues": ["1Gi", "30Gi"]}), (asks("31Gi"),), False),
        (memory("80Gi", {"default": "1Gi", "validRange": {"min": "2Gi", "max": "40Gi"}}), (asks("41Gi"),), False),
        (memory("80Gi", {"default": "1Gi", "validRange": {"min": "2Gi", "step": "26Gi"}}), (asks("3Gi", "a"), asks("50Gi", "b")), False),
        (memory("84Gi", {"default": "1Gi", "validRange": {"min": "2Gi", "step": "26Gi"}}), (asks("3Gi", "a"), asks("50Gi", "b")), True),
    ],
)  # fmt: skip
def test_requests_share_a_device_as_its_capacity_and_policy_allow(
    device: Json, requests: tuple[Json, ...], *, found: bool
) -> None:
    state = (node(), CLASS, claim("c", *requests), devices(device))
    assert bool(judged(using("c"), *state).feasible) is found


def test_what_other_claims_consume_of_a_shared_device_is_gone() -> None:
    state = (node(), CLASS, claim("c", asks("30Gi")), devices(memory("80Gi")))
    share = {"device": "d", "shareID": "1", "consumedCapacity": {"memory": "50Gi"}}
    assert judged(using("c"), *state, holding(share)).feasible
    assert (
        reason(using("c"), *state, holding(share | {"consumedCapacity": {"memory": "51Gi"}}))
        == CANNOT
    )
    assert reason(using("c"), *state, holding({"device": "d"})) == CANNOT


# ---- constraints --------------------------------------------------------------


def numbered(*values: int) -> Json:
    return devices(
        *({"name": f"d{i}", "attributes": {"numa": {"int": v}}} for i, v in enumerate(values))
    )


def test_of_a_request_s_devices_only_the_last_must_differ() -> None:
    apart = claim("c", request(count=3), constraints=[{"distinctAttribute": "gpu.test/numa"}])
    assert judged(using("c"), node(), CLASS, apart, numbered(0, 1, 0)).feasible
    assert reason(using("c"), node(), CLASS, apart, numbered(0, 0, 0)) == CANNOT
    each = claim(
        "c",
        request("a"),
        request("b"),
        request("c"),
        constraints=apart["spec"]["devices"]["constraints"],
    )
    assert reason(using("c"), node(), CLASS, each, numbered(0, 1, 0)) == CANNOT


def test_a_constraint_against_getting_all_devices_ends_the_attempt() -> None:
    alike = [{"matchAttribute": "gpu.test/numa"}]
    every = claim("c", request(allocationMode="All"), constraints=alike)
    assert judged(using("c"), node(), CLASS, every, numbered(0, 0)).feasible
    assert judged(using("c"), node(), CLASS, every, numbered(0, 1)).message == (
        'running "DynamicResources" filter plugin: claim default/c, request r: cannot add device '
        "gpu.test/n/d1 because a claim constraint would not be satisfied"
    )


def test_a_constraint_may_be_about_some_requests() -> None:
    some = [{"matchAttribute": "gpu.test/numa", "requests": ["a"]}]
    free = claim("c", request("a"), request("b"), constraints=some)
    assert judged(using("c"), node(), CLASS, free, numbered(0, 1)).feasible
    subs = [
        {"name": "two", "deviceClassName": "gpu", "count": 2},
        {"name": "one", "deviceClassName": "gpu"},
    ]
    way = [{"matchAttribute": "gpu.test/numa", "requests": ["a/two"]}]
    first = claim("c", {"name": "a", "firstAvailable": subs}, constraints=way)
    assert judged(using("c"), node(), CLASS, first, numbered(0, 1)).feasible
