"""DynamicResources: which slices of devices count for a node.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

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
from tiny import ZONE, judged, node, reason


def test_slices_for_all_nodes_or_for_selected_ones_reach_those() -> None:
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


def test_each_device_may_have_its_own_node() -> None:
    listed = [device("d0") | {"nodeName": "m"}, device("d1") | {"nodeName": "m"}]
    own = devices(*listed, where={"perDeviceNodeSelection": True})
    assert judged(using("c"), node("n"), node("m"), device_class(), claim(), own).feasible == ("m",)


def test_an_incomplete_pool_gives_nothing_and_ends_an_attempt_to_get_all() -> None:
    part = devices("d0", pool={"resourceSliceCount": 2})
    assert reason(using("c"), node(), device_class(), claim(), part) == CANNOT
    every = claim("c", request(allocationMode="All"))
    assert judged(using("c"), node(), device_class(), every, part).message == (
        'running "DynamicResources" filter plugin: claim default/c, request r: asks for all '
        "devices, but resource pool dra.net/n is currently being updated"
    )


def test_only_the_newest_generation_of_a_pool_counts() -> None:
    old = devices("d0", "d1", name="old")
    new = devices("d0", name="new", pool={"generation": 2})
    two = claim("c", request(count=2))
    assert reason(using("c"), node(), device_class(), two, old, new) == CANNOT


def test_a_pool_that_a_node_sees_whole_counts_although_it_is_newer_elsewhere() -> None:
    here = devices("d0", name="here", pool={"name": "p"})
    newer = devices("d1", name="newer", on="m", pool={"name": "p", "generation": 2})
    assert judged(using("c"), node(), device_class(), claim(), here, newer).feasible == ("n",)


def test_a_device_named_twice_spoils_its_pool() -> None:
    text = reason(using("c"), node(), device_class(), claim(), devices("d0", "d0"))
    assert text == "1 invalid resource pools were encountered"


def test_slices_of_the_first_beta_keep_a_device_s_details_in_basic() -> None:
    basic = {"name": "d0", "basic": {"attributes": {"fast": {"bool": True}}}}
    fast = device_class(expression='device.attributes["dra.net"].fast')
    flat = claim("c", {"name": "r", "deviceClassName": EFA})
    assert judged(using("c"), node(), fast, flat, devices(basic)).feasible


def test_nodes_whose_devices_differ_in_their_names_only_are_one_class() -> None:
    two = claim("c", request(count=2))
    nodes = [node(f"n{i}") for i in range(4)]
    slices = [devices(f"d{i}", on=f"n{i}") for i in range(3)]
    prediction = judged(using("c"), *nodes, device_class(), two, *slices)
    assert [c.nodes for c in prediction.classes] == [("n0", "n1", "n2"), ("n3",)]
    held = holding("other", ("n1", "d1"))
    prediction = judged(using("c"), *nodes, device_class(), claim(), *slices, held)
    assert prediction.feasible == ("n0", "n2")


def test_slices_that_share_a_name_are_both_there() -> None:
    twins = (devices("d0", name="s"), devices("d1", name="s", driver="other"))
    assert judged(using("c"), node(), device_class(), claim(), *twins).feasible == ("n",)
