"""Which instance types are left for a pod and the daemons beside it, and what is said of none.

Rules and words: https://github.com/kubernetes-sigs/karpenter/tree/v1.13.0/pkg, the files
named at each group of tests.
"""

from typing import Any

import pytest
from provisioning import (
    CAPACITY,
    EFA,
    TYPE,
    ZONE,
    A,
    B,
    C,
    Json,
    a_type,
    ask,
    clause,
    offering,
    pod,
    pool,
    required,
    requirement,
    taint,
)

# ---- types: nodeclaim.go ----------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "requirements", "said"),
    [
        ({"requests": {EFA: "33"}}, (), "no instance type has enough resources"),
        ({"requests": {"hugepages-2Mi": "1Gi"}}, (), "no instance type has enough resources"),
        (
            {"nodeSelector": {TYPE: "x.large"}},
            (),
            "no instance type met all requirements",
        ),
        (
            {"nodeSelector": {TYPE: "x.large"}, "requests": {EFA: "33"}},
            (),
            "no instance type met the scheduling requirements or had enough resources",
        ),
        (
            {"nodeSelector": {ZONE: C}},
            (),
            "no instance type met the scheduling requirements or had a required offering",
        ),
        (
            {"nodeSelector": {ZONE: C}, "requests": {EFA: "33"}},
            (),
            (
                "no instance type met the scheduling requirements or had enough resources or had a"
                " required offering"
            ),
        ),
        (
            {"nodeSelector": {TYPE: "m5.large"}, "requests": {EFA: "1"}},
            (),
            (
                "no instance type which had enough resources and the required offering met the"
                " scheduling requirements"
            ),
        ),
    ],
)
def test_it_says_which_constraints_exclude_all_types(
    wanted: Json, requirements: tuple[Json, ...], said: str
) -> None:
    assert clause(ask(pod(**wanted), pool("pool", *requirements))) == said


def priced(name: str, *offers: tuple[str, str], **more: Any) -> Json:
    """A type offered in exactly these (zone, capacity type) pairs."""
    return a_type(name, **more) | {"offerings": [offering(z, k) for z, k in offers]}


CROSSED = priced("crossed", (A, "spot"), (B, "on-demand"))


def test_a_zone_and_a_capacity_type_can_exclude_each_other() -> None:
    found = ask(pod(nodeSelector={ZONE: A, CAPACITY: "on-demand"}), pool(), types=[CROSSED])
    assert clause(found) == "no instance type has the required offering"


def test_the_types_with_room_may_be_the_ones_that_are_not_offered() -> None:
    types = [priced("small", (A, "on-demand")), priced("big", (A, "spot"), (B, "on-demand"), efa=1)]
    selector = {ZONE: A, CAPACITY: "on-demand"}
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=types)
    assert clause(found) == (
        "no instance type which met the scheduling requirements and had enough resources, had a"
        " required offering"
    )


def test_the_types_to_be_had_may_be_the_ones_without_room() -> None:
    big = priced("big", (A, "on-demand"), efa=1, arch="arm64")
    other = priced("other", (A, "spot"), (B, "on-demand"), arch="arm64")
    types = [priced("small", (A, "on-demand")), big, other]
    selector = {ZONE: A, CAPACITY: "on-demand", "kubernetes.io/arch": "amd64"}
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=types)
    assert clause(found) == (
        "no instance type which had enough resources and the required offering met the scheduling"
        " requirements"
    )
    types = [t for t in types if t["name"] != "big"]
    spot = priced("spot", (B, "spot"), efa=1)
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=[*types, spot])
    assert clause(found) == (
        "no instance type which met the scheduling requirements and the required offering had the"
        " required resources"
    )


def test_a_request_of_a_million_cores_is_taken_for_a_slip() -> None:
    found = ask(pod(requests={"cpu": "1M"}), pool())
    assert found.errors["pool"].endswith(" (CPU request >= 1 Million, m vs M typo?)")


def test_requirements_and_resources_are_printed() -> None:
    found = ask(pod(requests={EFA: "33"}), pool("pool", requirement("team", "In", "a")))
    assert found.errors["pool"] == (
        "no instance type has enough resources, requirements=karpenter.kwok.sh/kwoknodeclass In"
        " [default], karpenter.sh/nodepool In [pool], team In [a],"
        ' resources={"cpu":"1","pods":"1","vpc.amazonaws.com/efa":"33"}'
    )


def test_pools_whose_own_requirements_leave_no_type_have_no_clause() -> None:
    empty = pool("empty", requirement(TYPE, "In", "x.large"))
    found = ask(pod(), empty, pool("tainted", taints=(taint("x"),)))
    assert list(found.errors) == ["tainted"]


def test_pools_that_all_leave_no_type_share_one_clause() -> None:
    empty = [pool(name, requirement(TYPE, "In", "x.large")) for name in ("a", "b")]
    found = ask(pod(), *empty)
    assert found.message == "nodepool requirements filtered out all available instance types"
    assert set(found.errors.values()) == {found.message}


# ---- daemons: scheduler.go --------------------------------------------------


def daemonset(cpu: str = "1", **spec: Any) -> Json:
    container = {"name": "d", "image": "x", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"d{cpu}", "namespace": "kube-system"},
        "spec": {"template": template},
    }


def test_daemons_take_their_share_of_a_new_node() -> None:
    asking = pod(requests={"cpu": "190"})
    assert ask(asking, pool(), daemonset("1")).nodepool == "pool"
    found = ask(asking, pool(), daemonset("2"))
    assert found.errors["pool"].endswith('resources={"cpu":"192","pods":"2"}')


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"nodeSelector": {"kubernetes.io/os": "windows", "team": "b"}},
        {"nodeSelector": {"team": "b"}},
        {"affinity": required([requirement("team", "In", "b")], [requirement("x", "Exists")])},
    ],
)
def test_daemons_of_other_nodes_take_nothing(elsewhere: Json) -> None:
    asking = pod(requests={"cpu": "191"})
    assert ask(asking, pool(), daemonset("2", **elsewhere)).nodepool == "pool"


def test_a_daemon_that_does_not_tolerate_the_pools_taints_takes_nothing() -> None:
    tainted = pool(taints=(taint("x"),))
    tolerating = [{"key": "x", "operator": "Exists"}]
    asking = pod(requests={"cpu": "191"}, tolerations=tolerating)
    assert ask(asking, tainted, daemonset("2")).nodepool == "pool"
    assert ask(asking, tainted, daemonset("2", tolerations=tolerating)).nodepool is None


def test_a_daemon_does_not_mind_what_a_pool_prefers() -> None:
    preferring = pool(taints=(taint("x", "PreferNoSchedule"),))
    assert ask(pod(requests={"cpu": "191"}), preferring, daemonset("2")).nodepool is None


def test_a_daemon_with_alternatives_lands_by_any_of_them() -> None:
    terms = required([requirement("x", "Exists")], [requirement("team", "In", "a")])
    found = ask(
        pod(requests={"cpu": "191"}), pool(labels={"team": "a"}), daemonset("2", affinity=terms)
    )
    assert found.nodepool is None


def test_a_host_port_that_a_daemon_has_is_not_free() -> None:
    daemon = daemonset("1")
    ports = [{"containerPort": 80, "hostPort": 8080}]
    daemon["spec"]["template"]["spec"]["containers"][0]["ports"] = ports
    asking = pod()
    asking["spec"]["containers"][0]["ports"] = [ports[0] | {"hostIP": "10.0.0.1"}]
    assert (
        ask(asking, pool(), daemon)
        .errors["pool"]
        .startswith(
            "checking host port usage, pod hostport conflicts with existing hostport configuration"
            " (existing-hostport-ip=0.0.0.0, existing-hostport-port=8080,"
        )
    )
    asking["spec"]["containers"][0]["ports"][0]["protocol"] = "UDP"
    assert ask(asking, pool(), daemon).nodepool == "pool"
