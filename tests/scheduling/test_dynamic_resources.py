"""DynamicResources: what a claim can be given on a node, and what a claim must be.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from typing import Any

import pytest
from scheduling.devices_of import (
    CANNOT,
    EFA,
    claim,
    device,
    device_class,
    devices,
    holding,
    request,
    using,
)
from tiny import Json, judged, node, pod, reason

from efadoctor.scheduling.refusals import ClaimRefusal

# ---- allocation --------------------------------------------------------------


def test_a_claim_is_met_where_enough_devices_are_free() -> None:
    state = (device_class(), claim("c", request(count=2)))
    assert judged(using("c"), node(), *state, devices("d0", "d1")).feasible == ("n",)
    prediction = judged(using("c"), node(), *state, devices("d0"))
    assert prediction.message == f"0/1 nodes are available: {CANNOT}."
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, ClaimRefusal)
    assert (refusal.claim, refusal.request, refusal.device_class) == ("default/c", "r", EFA)


def test_a_node_without_slices_has_no_devices() -> None:
    state = (device_class(), claim(), devices("d0", on="m"))
    assert judged(using("c"), node("n"), node("m"), *state).feasible == ("m",)


def test_a_device_that_another_claim_holds_is_not_free() -> None:
    state = (device_class(), claim(), devices("d0"), holding("other", ("n", "d0")))
    assert reason(using("c"), node(), *state) == CANNOT


def test_two_claims_of_a_pod_share_no_device() -> None:
    state = (device_class(), claim("c"), claim("d"))
    assert reason(using("c", "d"), node(), *state, devices("d0")) == CANNOT
    assert judged(using("c", "d"), node(), *state, devices("d0", "d1")).feasible == ("n",)


def test_an_earlier_request_leaves_a_later_one_the_only_device_it_can_have() -> None:
    picky = request(
        "picky", selectors=[{"cel": {"expression": 'device.attributes["dra.net"].fast'}}]
    )
    state = (device_class(), claim("c", request("any"), picky))
    fast = devices(device("d0", fast=True), device("d1", fast=False))
    assert judged(using("c"), node(), *state, fast).feasible == ("n",)


def test_all_devices_means_that_none_is_in_use() -> None:
    every = claim("c", request(allocationMode="All"))
    assert judged(using("c"), node(), device_class(), every, devices("d0", "d1")).feasible
    taken = holding("other", ("n", "d1"))
    assert reason(using("c"), node(), device_class(), every, devices("d0", "d1"), taken) == CANNOT


def test_the_first_alternative_that_can_be_had_is_enough() -> None:
    def alternatives(*counts: int) -> Json:
        subs = [{"name": f"s{n}", "deviceClassName": EFA, "count": n} for n in counts]
        return claim("c", {"name": "r", "firstAvailable": subs})

    two = devices("d0", "d1")
    assert judged(using("c"), node(), device_class(), alternatives(4, 2), two).feasible
    assert not judged(using("c"), node(), device_class(), alternatives(4, 3), two).feasible


def test_devices_can_be_asked_to_share_an_attribute_or_to_differ_in_it() -> None:
    near = [device("d0", numa=0), device("d1", numa=1), device("d2", numa=1), device("d3")]

    def constrained(count: int, **constraint: Any) -> Json:
        return claim("c", request(count=count), constraints=[constraint])

    same = constrained(2, matchAttribute="dra.net/numa")
    assert judged(using("c"), node(), device_class(), same, devices(*near)).feasible
    three = constrained(3, matchAttribute="dra.net/numa")
    assert not judged(using("c"), node(), device_class(), three, devices(*near)).feasible
    apart = constrained(2, distinctAttribute="dra.net/numa")
    assert judged(using("c"), node(), device_class(), apart, devices(*near)).feasible
    assert not judged(using("c"), node(), device_class(), apart, devices(*near[1:])).feasible


def test_a_tainted_device_needs_a_toleration() -> None:
    taint = {"key": "broken", "effect": "NoSchedule"}
    sick = devices(device("d0", taints=[taint]))
    assert reason(using("c"), node(), device_class(), claim(), sick) == CANNOT
    tolerant = claim("c", request(tolerations=[{"key": "broken", "operator": "Exists"}]))
    assert judged(using("c"), node(), device_class(), tolerant, sick).feasible


def test_admin_access_takes_devices_that_are_in_use() -> None:
    admin = claim("c", request(adminAccess=True))
    taken = holding("other", ("n", "d0"))
    assert judged(using("c"), node(), device_class(), admin, devices("d0"), taken).feasible


# ---- the pod's claims --------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ((), 'resourceclaim.resource.k8s.io "c" not found'),
        ((claim(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),), 'resourceclaim "c" is being deleted'),
    ],
)  # fmt: skip
def test_a_pod_is_not_queued_before_its_claim_is_there_and_nothing_is_said(
    state: tuple[Json, ...], text: str
) -> None:
    prediction = judged(using("c"), node(), device_class(), *state)
    assert (prediction.feasible, prediction.message) == ((), "")
    assert [refusal.reason for refusal in prediction.prefilter] == [text]


def test_a_class_that_does_not_exist_is_named() -> None:
    text = f"request r: device class {EFA} does not exist"
    assert reason(using("c"), node(), claim()) == text


def test_a_claim_from_a_template_must_be_there_and_the_pod_s_own() -> None:
    uses = [{"name": "efa", "resourceClaimTemplateName": "t"}]
    [refusal] = judged(pod(resourceClaims=uses), node()).prefilter
    assert refusal.reason == 'pod "default/p": ResourceClaim not created yet'
    status = {"resourceClaimStatuses": [{"name": "efa", "resourceClaimName": "c"}]}
    made = pod(resourceClaims=uses, status=status)
    [refusal] = judged(made, node(), claim(), device_class(), devices("d0")).prefilter
    others = "ResourceClaim default/c was not created for Pod default/p (Pod is not owner)"
    assert refusal.reason == others
    owner = {"kind": "Pod", "name": "p", "uid": "uid-default-p", "controller": True}
    own = claim(metadata={"ownerReferences": [owner]})
    assert judged(made, node(), own, device_class(), devices("d0")).feasible == ("n",)


def test_an_allocated_claim_goes_where_its_devices_are() -> None:
    there = {
        "nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["m"]}]}
        ]
    }
    prediction = judged(
        using("c"), node("n"), node("m"), device_class(), holding("c", ("m", "d0"), selector=there)
    )
    assert prediction.feasible == ("m",)
    assert prediction.reasons["n"] == ["resourceclaim not available on the node"]


# ---- extended resources ------------------------------------------------------


def test_a_class_stands_in_for_an_extended_resource_that_no_plugin_offers() -> None:
    efa = "vpc.amazonaws.com/efa"
    backed = device_class(extendedResourceName=efa)
    wants = pod(requests={efa: "2"})
    assert judged(wants, node(), backed, devices("d0", "d1")).feasible == ("n",)
    assert reason(wants, node(), backed, devices("d0")) == CANNOT
    assert reason(wants, node(), backed, version="v1.35.0") == f"1 Insufficient {efa}"
    newer = device_class("b", expression="false", extendedResourceName=efa)
    newer["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert reason(wants, node(), newer, backed, devices("d0", "d1")) == CANNOT
    plugin = node(allocatable={efa: "1"})
    assert reason(wants, plugin, backed, devices("d0", "d1")) == f"1 Insufficient {efa}"
