"""EFA110: topology spread."""

import pytest
from clusters import Cluster, broken
from faults.pods import topology_spread_unsatisfiable
from questions import causes, one, report, seen, status

CODE = "EFA110"


def constraint(cluster: Cluster) -> dict[str, object]:
    found: dict[str, object] = cluster.pod["spec"]["topologySpreadConstraints"][0]
    return found


def test_a_spread_over_zones_that_only_one_zone_could_serve_is_named() -> None:
    assert causes(broken(topology_spread_unsatisfiable)) == [(CODE, "trainer")]
    finding = one(CODE, broken(topology_spread_unsatisfiable))
    assert "spec.topologySpreadConstraints[0]" in seen(finding)
    assert "skew of 2" in finding.summary


def test_softening_it_is_proved() -> None:
    plan = report(broken(topology_spread_unsatisfiable)).plan
    assert plan is not None
    assert plan.verified is True


@pytest.mark.parametrize(
    "change",
    [
        {"whenUnsatisfiable": "ScheduleAnyway"},
        {"maxSkew": 2},
        {"topologyKey": "kubernetes.io/os"},
        {"labelSelector": {"matchLabels": {"app": "other"}}},
    ],
)
def test_a_spread_that_can_be_kept_keeps_nobody_off(change: dict[str, object]) -> None:
    cluster = broken(topology_spread_unsatisfiable)
    constraint(cluster).update(change)
    assert status(CODE, cluster) == "pass"


def test_a_key_that_no_node_has_is_put_right() -> None:
    cluster = broken(topology_spread_unsatisfiable)
    constraint(cluster).update(topologyKey="topology.kubernetes.io/zones", maxSkew=5)
    finding = one(CODE, cluster)
    assert finding.evidence[0].expected == "topology.kubernetes.io/zone"
    plan = report(cluster).plan
    assert plan is not None
    assert plan.verified is True


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(topology_spread_unsatisfiable).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"
