"""EFA101: scheduling gates."""

import pytest
from clusters import Cluster, broken
from faults.pods import scheduling_gated, toleration_missing
from questions import ask, causes, one, report, seen, status

CODE = "EFA101"


def test_a_gate_is_named_and_taken_away_by_hand_where_nobody_owns_it() -> None:
    assert causes(broken(scheduling_gated)) == [(CODE, "trainer")]
    finding = one(CODE, broken(scheduling_gated))
    assert seen(finding) == {"spec.schedulingGates[0].name": "example.com/wait"}
    plan = report(broken(scheduling_gated)).plan
    assert plan is not None
    assert plan.verified is True


@pytest.mark.parametrize(
    ("gate", "owner"),
    [("kueue.x-k8s.io/admission", "Kueue"), ("grove.io/podgang-pending-creation", "Grove")],
)
def test_a_gate_with_an_owner_is_first_asked_about(gate: str, owner: str) -> None:
    def gated(cluster: Cluster) -> None:
        cluster.pod["spec"]["schedulingGates"] = [{"name": gate}]

    finding = one(CODE, broken(gated))
    assert owner in finding.summary
    assert owner in finding.fixes[0].title
    assert owner in finding.fixes[1].warning


def test_each_gate_is_a_finding_of_its_own() -> None:
    def two(cluster: Cluster) -> None:
        cluster.pod["spec"]["schedulingGates"] = [{"name": "a"}, {"name": "b"}]

    assert [f.key for f in ask(CODE, broken(two)).findings] == ["a", "b"]


def test_what_stands_behind_a_gate_is_seen_as_well() -> None:
    found = causes(broken(scheduling_gated, toleration_missing))
    assert found == [(CODE, "trainer"), ("EFA104", "trainer")]


def test_a_pod_without_gates_is_not_gated() -> None:
    assert status(CODE, broken()) == "pass"


def test_without_pods_nothing_is_concluded() -> None:
    assert (
        report(broken(scheduling_gated).unread_sources("cluster/nodes")).verdict.value == "unknown"
    )
