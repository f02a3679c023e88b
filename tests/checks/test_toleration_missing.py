"""EFA104: taints that the pod does not tolerate."""

import pytest
from clusters import EFA_NODE, EFA_TAINT, GPU_TAINT, Cluster, Json, broken
from faults.pods import toleration_missing, toleration_misspelled
from questions import ask, causes, one, report, seen, status

CODE = "EFA104"


def tolerating(*tolerations: Json) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.pod["spec"]["tolerations"] = list(tolerations)

    return broken(fault)


def test_the_taint_is_named_where_it_stands() -> None:
    assert causes(broken(toleration_missing)) == [(CODE, "trainer")]
    finding = one(CODE, broken(toleration_missing))
    assert seen(finding)["spec.taints[1]"]["key"] == EFA_TAINT["key"]
    assert EFA_NODE in finding.chain[0]


def test_the_toleration_is_added_in_place_and_proved() -> None:
    found = report(broken(toleration_missing))
    assert found.plan is not None
    assert found.plan.verified is True
    assert found.root_causes[0].fixes[0].risk.value == "safe"


def test_a_taint_of_a_pool_without_nodes_counts() -> None:
    def before(cluster: Cluster) -> None:
        toleration_missing(cluster)
        cluster.without_nodes_of_pool()

    assert causes(broken(before)) == [(CODE, "trainer")]
    assert "spec.template.spec.taints[1]" in seen(one(CODE, broken(before)))


@pytest.mark.parametrize(
    "tolerations",
    [
        ({"operator": "Exists"},),
        ({"operator": "Exists", "effect": "NoSchedule"},),
        (
            {"key": EFA_TAINT["key"], "operator": "Exists"},
            {"key": GPU_TAINT["key"], "operator": "Exists"},
        ),
        (
            {"key": EFA_TAINT["key"], "value": "true"},
            {"key": GPU_TAINT["key"], "operator": "Equal", "value": "present"},
        ),
    ],
    ids=["everything", "every NoSchedule", "any effect", "equal by default"],
)
def test_what_tolerates_is_enough(tolerations: tuple[Json, ...]) -> None:
    assert ask(CODE, tolerating(*tolerations)).findings == ()
    assert report(tolerating(*tolerations)).verdict.value == "schedulable"


def test_two_taints_without_tolerations_are_two_findings() -> None:
    found = ask(CODE, tolerating())
    assert sorted(f.key for f in found.findings) == [
        "nvidia.com/gpu=present:NoSchedule",
        "vpc.amazonaws.com/efa=true:NoSchedule",
    ]


def test_a_taint_that_only_discourages_keeps_nobody_off() -> None:
    def soft(cluster: Cluster) -> None:
        toleration_missing(cluster)
        for thing in (cluster.node["spec"], cluster.pool["spec"]["template"]["spec"]):
            thing["taints"][1]["effect"] = "PreferNoSchedule"

    assert status(CODE, broken(soft)) == "pass"


def test_a_near_toleration_is_a_misspelling_and_not_missing() -> None:
    assert status(CODE, broken(toleration_misspelled)) == "pass"


def test_a_cordon_is_not_the_pods_business() -> None:
    def cordoned(cluster: Cluster) -> None:
        cluster.node["spec"]["unschedulable"] = True
        cluster.node["spec"]["taints"].append(
            {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        )

    assert status(CODE, broken(cordoned)) == "pass"


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(toleration_missing).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"
