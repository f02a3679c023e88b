"""DynamicResources: expressions that fail, and searches that are given up.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
"""

import pytest
from scheduling.devices_of import CANNOT, claim, device, device_class, devices, request, using
from tiny import judged, node, reason


def test_an_expression_that_fails_ends_the_attempt() -> None:
    broken = device_class(expression='device.attributes["dra.net"].missing')
    assert judged(using("c"), node(), broken, claim(), devices("d0")).message == (
        'running "DynamicResources" filter plugin: class efa.networking.k8s.aws: selector #0: '
        "CEL runtime error: no such key: missing"
    )


def test_an_error_on_one_node_ends_the_attempt_for_all() -> None:
    fast = device_class(expression='device.attributes["dra.net"].fast')
    slices = (devices(device("d0", fast=True), on="n"), devices("d0", on="m"))
    prediction = judged(using("c"), node("n"), node("m"), fast, claim(), *slices)
    assert prediction.feasible == ()
    assert prediction.message.endswith("CEL runtime error: no such key: fast")
    assert judged(using("c"), node("n"), fast, claim(), *slices).feasible == ("n",)


def test_a_claim_that_is_short_anyway_is_not_blamed_on_a_later_one_s_expression() -> None:
    broken = device_class("odd", expression='device.attributes["dra.net"].missing')
    later = claim("later", request(deviceClassName="odd"))
    state = (device_class(), broken, claim("c", request(count=2)), later, devices("d0"))
    assert reason(using("c", "later"), node(), *state) == CANNOT


def test_a_gated_pod_is_said_to_be_gated_whatever_else_cannot_be_told() -> None:
    odd = device_class(expression="device.nothing.known()")
    gated = using("c", schedulingGates=[{"name": "wait"}])
    prediction = judged(gated, node(), odd, claim(), devices("d0"))
    assert prediction.message == "Scheduling is blocked due to non-empty scheduling gates"


def test_an_expression_beyond_the_evaluator_is_no_guess() -> None:
    odd = device_class(expression="device.driver.format([1])")
    prediction = judged(using("c"), node(), odd, claim(), devices("d0"))
    assert (prediction.feasible, prediction.message) == ((), "")
    [gap] = prediction.unread
    assert "efadoctor cannot evaluate" in gap


def test_a_claim_cannot_hold_more_devices_than_the_api_has_room_for() -> None:
    many = [f"d{i}" for i in range(40)]
    found = judged(
        using("c"), node(), device_class(), claim("c", request(count=33)), devices(*many)
    )
    assert found.message.endswith(
        "claim default/c: number of requested devices 33 exceeds the claim limit of 32"
    )
    full = claim("c", request(count=32))
    assert judged(using("c"), node(), device_class(), full, devices(*many)).feasible


def test_a_search_without_end_is_given_up_and_said_to_be() -> None:
    apart = [{"distinctAttribute": "dra.net/numa"}]
    one_each = [request(f"r{i}") for i in range(14)]
    crowded = [device(f"d{i}", numa=i % 13) for i in range(26)]
    state = (device_class(), claim("c", *one_each, constraints=apart), devices(*crowded))
    prediction = judged(using("c"), node(), *state)
    assert (prediction.feasible, prediction.message) == ((), "")
    [gap] = prediction.unread
    assert "too many ways to hand out devices" in gap


@pytest.mark.slow
def test_a_search_among_thousands_of_devices_is_given_up_too() -> None:
    alike = [{"matchAttribute": "dra.net/numa"}]
    scattered = [device(f"d{i}", numa=i) for i in range(3000)]
    pair = claim("c", request("r0"), request("r1"), constraints=alike)
    prediction = judged(using("c"), node(), device_class(), pair, devices(*scattered))
    assert prediction.feasible == ()
    [gap] = prediction.unread
    assert "too many devices to choose from" in gap


def test_a_pod_of_very_many_claims_is_refused_and_no_more() -> None:
    names = [f"c{i}" for i in range(200)]
    claims = [claim(n, request(count=30)) for n in names]
    assert reason(using(*names), node(), device_class(), *claims, devices("d0")) == CANNOT
