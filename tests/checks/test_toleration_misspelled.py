"""EFA105: tolerations that nearly meet a taint."""

import pytest
from clusters import EFA_NODE, GPU_TAINT, Cluster, Json, broken, node
from faults.pods import toleration_misspelled
from questions import ask, causes, one, report, seen, status

CODE, MISSING = "EFA105", "EFA104"
GPU_TOLERATION = {"key": GPU_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"}


def tainted(taint: Json, toleration: Json) -> Cluster:
    """The pool has this taint instead of its own for EFA, and the pod this toleration."""

    def fault(cluster: Cluster) -> None:
        for thing in (
            cluster.node["spec"],
            cluster.pool["spec"]["template"]["spec"],
            cluster.claim["spec"],
        ):
            thing["taints"] = [dict(GPU_TAINT), dict(taint)]
        cluster.pod["spec"]["tolerations"] = [dict(GPU_TOLERATION), dict(toleration)]

    return broken(fault)


EFA = {"key": "vpc.amazonaws.com/efa", "value": "true", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("taint", "toleration", "field"),
    [
        (EFA, {"key": "vpc.amazon.com/efa", "operator": "Exists"}, "key"),
        (EFA, {"key": "vpc.amazonaws.com", "operator": "Exists"}, "key"),
        (EFA, {"key": "VPC.amazonaws.com/EFA", "operator": "Exists"}, "key"),
        (EFA, {"key": "vpc.amazonaws.com/efs", "operator": "Exists"}, "key"),
        (EFA, {"key": "vpx.amazonaws.con/efa", "operator": "Exists"}, "key"),
        (
            EFA | {"key": "vpc.amazonaws.com"},
            {"key": "vpc.amazon.com/efa", "operator": "Exists"},
            "key",
        ),
        (EFA, EFA | {"operator": "Equal", "value": "yes"}, "value"),
        (EFA, EFA | {"operator": "Equal", "effect": "NoExecute"}, "effect"),
        (EFA, {"key": EFA["key"], "operator": "Equal"}, "value"),
    ],
)
def test_a_slip_is_named_by_its_field(taint: Json, toleration: Json, field: str) -> None:
    finding = one(CODE, tainted(taint, toleration))
    assert f"spec.tolerations[1].{field}" in seen(finding)
    assert ask(MISSING, tainted(taint, toleration)).findings == ()


@pytest.mark.parametrize(
    "toleration",
    [
        {"key": "dedicated", "operator": "Exists"},
        {"key": "amazonaws.com/efa", "operator": "Exists"},
        {"key": "nvidia.com/mig", "operator": "Exists"},
        {"key": "vpx.amazonaws.con/efb", "operator": "Exists"},
    ],
)
def test_what_is_not_near_is_missing(toleration: Json) -> None:
    assert ask(CODE, tainted(EFA, toleration)).findings == ()
    assert len(ask(MISSING, tainted(EFA, toleration)).findings) == 1


def test_a_near_toleration_that_meets_a_taint_elsewhere_was_meant_for_that() -> None:
    def elsewhere(cluster: Cluster) -> None:
        toleration_misspelled(cluster)
        other = node("ip-10-0-9-9.us-west-2.compute.internal", "m7i.2xlarge", "i-0other")
        other["spec"]["taints"] = [{"key": "vpc.amazon.com/efa", "effect": "NoSchedule"}]
        cluster.add(other)

    assert ask(CODE, broken(elsewhere)).findings == ()
    assert causes(broken(elsewhere)) == [(MISSING, "trainer")]


def test_two_effects_of_one_key_need_two_tolerations() -> None:
    both = tainted(EFA, EFA | {"operator": "Equal"})
    for taints in (both.node["spec"]["taints"], both.pool["spec"]["template"]["spec"]["taints"]):
        taints.append(EFA | {"effect": "NoExecute"})
    assert ask(CODE, both).findings == ()
    assert [f.key for f in ask(MISSING, both).findings] == ["vpc.amazonaws.com/efa=true:NoExecute"]


def test_the_template_gets_the_right_toleration_and_the_pod_one_more() -> None:
    found = report(broken(toleration_misspelled))
    assert [(f.code, f.object.name) for f in found.root_causes] == [(CODE, "trainer")]
    assert found.plan is not None
    assert found.plan.verified is True
    assert EFA_NODE in found.root_causes[0].chain[0]


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(toleration_misspelled).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"
