"""DynamicResources: claims, classes, slices, and the expressions that select devices.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

import pytest
from tiny import ZONE, judged, node, pod, reason, thing

from efadoctor.scheduling.refusals import ClaimRefusal

EFA = "efa.networking.k8s.aws"
CANNOT = "1 cannot allocate all claims"


def device_class(name=EFA, expression='device.driver == "dra.net"', **more):
    selectors = [{"cel": {"expression": expression}}] if expression else []
    return thing("DeviceClass", name, spec={"selectors": selectors, **more})


def device(name, *, taints=(), **attributes):
    kinds = {bool: "bool", int: "int", str: "string"}
    typed = {k.replace("__", "/"): {kinds[type(v)]: v} for k, v in attributes.items()}
    return {"name": name, "attributes": typed, "taints": list(taints)}


def devices(*names, on="n", driver="dra.net", **more):
    pool = {"name": on, "generation": 1, "resourceSliceCount": 1} | more.pop("pool", {})
    listed = [device(n) if isinstance(n, str) else n for n in names]
    where = more.pop("where", {"nodeName": on})
    spec = {"driver": driver, "pool": pool, "devices": listed, **where}
    return thing("ResourceSlice", more.pop("name", f"slice-{on}-{driver}"), spec=spec | more)


def request(name="r", count=1, **more):
    exactly = {"deviceClassName": EFA, "allocationMode": "ExactCount", "count": count}
    return {"name": name, "exactly": exactly | more}


def claim(name="c", *requests, constraints=(), **more):
    spec = {"devices": {"requests": list(requests or [request()]), "constraints": constraints}}
    return thing("ResourceClaim", name, namespace="default", spec=spec, **more)


def holding(name, *ids, selector=None):
    results = [
        {"request": "r", "driver": "dra.net", "pool": pool, "device": found} for pool, found in ids
    ]
    allocation = {"devices": {"results": results}}
    if selector:
        allocation["nodeSelector"] = selector
    return claim(name, status={"allocation": allocation})


def using(*names, **more):
    claims = [{"name": n, "resourceClaimName": n} for n in names]
    return pod(resourceClaims=claims, **more)


# ---- allocation --------------------------------------------------------------


def test_a_claim_is_met_where_enough_devices_are_free():
    state = (device_class(), claim("c", request(count=2)))
    assert judged(using("c"), node(), *state, devices("d0", "d1")).feasible == ("n",)
    prediction = judged(using("c"), node(), *state, devices("d0"))
    assert prediction.message == f"0/1 nodes are available: {CANNOT}."
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, ClaimRefusal)
    assert (refusal.claim, refusal.request, refusal.device_class) == ("default/c", "r", EFA)


def test_a_node_without_slices_has_no_devices():
    state = (device_class(), claim(), devices("d0", on="m"))
    assert judged(using("c"), node("n"), node("m"), *state).feasible == ("m",)


def test_a_device_that_another_claim_holds_is_not_free():
    state = (device_class(), claim(), devices("d0"), holding("other", ("n", "d0")))
    assert reason(using("c"), node(), *state) == CANNOT


def test_two_claims_of_a_pod_share_no_device():
    state = (device_class(), claim("c"), claim("d"))
    assert reason(using("c", "d"), node(), *state, devices("d0")) == CANNOT
    assert judged(using("c", "d"), node(), *state, devices("d0", "d1")).feasible == ("n",)


def test_an_earlier_request_leaves_a_later_one_the_only_device_it_can_have():
    picky = request(
        "picky", selectors=[{"cel": {"expression": 'device.attributes["dra.net"].fast'}}]
    )
    state = (device_class(), claim("c", request("any"), picky))
    fast = devices(device("d0", fast=True), device("d1", fast=False))
    assert judged(using("c"), node(), *state, fast).feasible == ("n",)


def test_all_devices_means_that_none_is_in_use():
    every = claim("c", request(allocationMode="All"))
    assert judged(using("c"), node(), device_class(), every, devices("d0", "d1")).feasible
    taken = holding("other", ("n", "d1"))
    assert reason(using("c"), node(), device_class(), every, devices("d0", "d1"), taken) == CANNOT


def test_the_first_alternative_that_can_be_had_is_enough():
    def alternatives(*counts):
        subs = [{"name": f"s{n}", "deviceClassName": EFA, "count": n} for n in counts]
        return claim("c", {"name": "r", "firstAvailable": subs})

    two = devices("d0", "d1")
    assert judged(using("c"), node(), device_class(), alternatives(4, 2), two).feasible
    assert not judged(using("c"), node(), device_class(), alternatives(4, 3), two).feasible


def test_devices_can_be_asked_to_share_an_attribute_or_to_differ_in_it():
    near = [device("d0", numa=0), device("d1", numa=1), device("d2", numa=1), device("d3")]

    def constrained(count, **constraint):
        return claim("c", request(count=count), constraints=[constraint])

    same = constrained(2, matchAttribute="dra.net/numa")
    assert judged(using("c"), node(), device_class(), same, devices(*near)).feasible
    three = constrained(3, matchAttribute="dra.net/numa")
    assert not judged(using("c"), node(), device_class(), three, devices(*near)).feasible
    apart = constrained(2, distinctAttribute="dra.net/numa")
    assert judged(using("c"), node(), device_class(), apart, devices(*near)).feasible
    assert not judged(using("c"), node(), device_class(), apart, devices(*near[1:])).feasible


def test_a_tainted_device_needs_a_toleration():
    taint = {"key": "broken", "effect": "NoSchedule"}
    sick = devices(device("d0", taints=[taint]))
    assert reason(using("c"), node(), device_class(), claim(), sick) == CANNOT
    tolerant = claim("c", request(tolerations=[{"key": "broken", "operator": "Exists"}]))
    assert judged(using("c"), node(), device_class(), tolerant, sick).feasible


def test_admin_access_takes_devices_that_are_in_use():
    admin = claim("c", request(adminAccess=True))
    taken = holding("other", ("n", "d0"))
    assert judged(using("c"), node(), device_class(), admin, devices("d0"), taken).feasible


# ---- pools -------------------------------------------------------------------


def test_slices_for_all_nodes_or_for_selected_ones_reach_those():
    selected = {
        "nodeSelector": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["a"]}]}
            ]
        }
    }
    nodes = (node("a", zone="a"), node("b", zone="b"))
    everywhere = devices("d0", where={"allNodes": True})
    assert judged(using("c"), *nodes, device_class(), claim(), everywhere).feasible == ("a", "b")
    there = devices("d0", where=selected)
    assert judged(using("c"), *nodes, device_class(), claim(), there).feasible == ("a",)


def test_each_device_may_have_its_own_node():
    listed = [device("d0") | {"nodeName": "m"}, device("d1") | {"nodeName": "m"}]
    own = devices(*listed, where={"perDeviceNodeSelection": True})
    assert judged(using("c"), node("n"), node("m"), device_class(), claim(), own).feasible == ("m",)


def test_an_incomplete_pool_gives_nothing_and_ends_an_attempt_to_get_all():
    part = devices("d0", pool={"resourceSliceCount": 2})
    assert reason(using("c"), node(), device_class(), claim(), part) == CANNOT
    every = claim("c", request(allocationMode="All"))
    assert judged(using("c"), node(), device_class(), every, part).message == (
        'running "DynamicResources" filter plugin: claim default/c, request r: asks for all '
        "devices, but resource pool dra.net/n is currently being updated"
    )


def test_only_the_newest_generation_of_a_pool_counts():
    old = devices("d0", "d1", name="old")
    new = devices("d0", name="new", pool={"generation": 2})
    two = claim("c", request(count=2))
    assert reason(using("c"), node(), device_class(), two, old, new) == CANNOT


def test_a_pool_that_a_node_sees_whole_counts_although_it_is_newer_elsewhere():
    here = devices("d0", name="here", pool={"name": "p"})
    newer = devices("d1", name="newer", on="m", pool={"name": "p", "generation": 2})
    assert judged(using("c"), node(), device_class(), claim(), here, newer).feasible == ("n",)


def test_a_device_named_twice_spoils_its_pool():
    text = reason(using("c"), node(), device_class(), claim(), devices("d0", "d0"))
    assert text == "1 invalid resource pools were encountered"


def test_slices_of_the_first_beta_keep_a_device_s_details_in_basic():
    basic = {"name": "d0", "basic": {"attributes": {"fast": {"bool": True}}}}
    fast = device_class(expression='device.attributes["dra.net"].fast')
    flat = claim("c", {"name": "r", "deviceClassName": EFA})
    assert judged(using("c"), node(), fast, flat, devices(basic)).feasible


# ---- the pod's claims --------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ((), 'resourceclaim.resource.k8s.io "c" not found'),
        ((claim(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),), 'resourceclaim "c" is being deleted'),
    ],
)  # fmt: skip
def test_a_pod_is_not_queued_before_its_claim_is_there_and_nothing_is_said(state, text):
    prediction = judged(using("c"), node(), device_class(), *state)
    assert (prediction.feasible, prediction.message) == ((), "")
    assert [refusal.reason for refusal in prediction.prefilter] == [text]


def test_a_class_that_does_not_exist_is_named():
    text = f"request r: device class {EFA} does not exist"
    assert reason(using("c"), node(), claim()) == text


def test_a_claim_from_a_template_must_be_there_and_the_pod_s_own():
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


def test_an_allocated_claim_goes_where_its_devices_are():
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


def test_a_class_stands_in_for_an_extended_resource_that_no_plugin_offers():
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


# ---- errors ------------------------------------------------------------------


def test_an_expression_that_fails_ends_the_attempt():
    broken = device_class(expression='device.attributes["dra.net"].missing')
    assert judged(using("c"), node(), broken, claim(), devices("d0")).message == (
        'running "DynamicResources" filter plugin: class efa.networking.k8s.aws: selector #0: '
        "CEL runtime error: no such key: missing"
    )


def test_an_error_on_one_node_ends_the_attempt_for_all():
    fast = device_class(expression='device.attributes["dra.net"].fast')
    slices = (devices(device("d0", fast=True), on="n"), devices("d0", on="m"))
    prediction = judged(using("c"), node("n"), node("m"), fast, claim(), *slices)
    assert prediction.feasible == ()
    assert prediction.message.endswith("CEL runtime error: no such key: fast")
    assert judged(using("c"), node("n"), fast, claim(), *slices).feasible == ("n",)


def test_a_claim_that_is_short_anyway_is_not_blamed_on_a_later_one_s_expression():
    broken = device_class("odd", expression='device.attributes["dra.net"].missing')
    later = claim("later", request(deviceClassName="odd"))
    state = (device_class(), broken, claim("c", request(count=2)), later, devices("d0"))
    assert reason(using("c", "later"), node(), *state) == CANNOT


def test_a_gated_pod_is_said_to_be_gated_whatever_else_cannot_be_told():
    odd = device_class(expression="device.nothing.known()")
    gated = using("c", schedulingGates=[{"name": "wait"}])
    prediction = judged(gated, node(), odd, claim(), devices("d0"))
    assert prediction.message == "Scheduling is blocked due to non-empty scheduling gates"


def test_an_expression_beyond_the_evaluator_is_no_guess():
    odd = device_class(expression="device.driver.format([1])")
    prediction = judged(using("c"), node(), odd, claim(), devices("d0"))
    assert (prediction.feasible, prediction.message) == ((), "")
    [gap] = prediction.unread
    assert "efadoctor cannot evaluate" in gap


def test_a_claim_cannot_hold_more_devices_than_the_api_has_room_for():
    many = [f"d{i}" for i in range(40)]
    found = judged(
        using("c"), node(), device_class(), claim("c", request(count=33)), devices(*many)
    )
    assert found.message.endswith(
        "claim default/c: number of requested devices 33 exceeds the claim limit of 32"
    )
    full = claim("c", request(count=32))
    assert judged(using("c"), node(), device_class(), full, devices(*many)).feasible


def test_nodes_whose_devices_differ_in_their_names_only_are_one_class():
    two = claim("c", request(count=2))
    nodes = [node(f"n{i}") for i in range(4)]
    slices = [devices(f"d{i}", on=f"n{i}") for i in range(3)]
    prediction = judged(using("c"), *nodes, device_class(), two, *slices)
    assert [c.nodes for c in prediction.classes] == [("n0", "n1", "n2"), ("n3",)]
    held = holding("other", ("n1", "d1"))
    prediction = judged(using("c"), *nodes, device_class(), claim(), *slices, held)
    assert prediction.feasible == ("n0", "n2")


def test_a_search_without_end_is_given_up_and_said_to_be():
    apart = [{"distinctAttribute": "dra.net/numa"}]
    one_each = [request(f"r{i}") for i in range(14)]
    crowded = [device(f"d{i}", numa=i % 13) for i in range(26)]
    state = (device_class(), claim("c", *one_each, constraints=apart), devices(*crowded))
    prediction = judged(using("c"), node(), *state)
    assert (prediction.feasible, prediction.message) == ((), "")
    [gap] = prediction.unread
    assert "too many ways to hand out devices" in gap


@pytest.mark.slow
def test_a_search_among_thousands_of_devices_is_given_up_too():
    alike = [{"matchAttribute": "dra.net/numa"}]
    scattered = [device(f"d{i}", numa=i) for i in range(3000)]
    pair = claim("c", request("r0"), request("r1"), constraints=alike)
    prediction = judged(using("c"), node(), device_class(), pair, devices(*scattered))
    assert prediction.feasible == ()
    [gap] = prediction.unread
    assert "too many devices to choose from" in gap


def test_slices_that_share_a_name_are_both_there():
    twins = (devices("d0", name="s"), devices("d1", name="s", driver="other"))
    assert judged(using("c"), node(), device_class(), claim(), *twins).feasible == ("n",)


def test_a_pod_of_very_many_claims_is_refused_and_no_more():
    names = [f"c{i}" for i in range(200)]
    claims = [claim(n, request(count=30)) for n in names]
    assert reason(using(*names), node(), device_class(), *claims, devices("d0")) == CANNOT
