"""Room is kept for pods that have preempted others.

https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from typing import Any

import pytest
from tiny import ZONE, Json, judged, node, pod, snapshot

from efadoctor.scheduling.prediction import predict


def nominated(
    name: str = "vip", priority: int = 10, cpu: str = "8", on: str = "n", **more: Any
) -> Json:
    status = {"phase": "Pending", "nominatedNodeName": on}
    return pod(name, priority=priority, requests={"cpu": cpu}, status=status, **more)


def test_room_is_kept_for_nominated_pods_of_the_same_or_a_higher_priority() -> None:
    wants = pod(requests={"cpu": "1"}, priority=5)
    assert not judged(wants, node(), nominated()).feasible
    assert judged(pod(requests={"cpu": "1"}, priority=11), node(), nominated()).feasible
    assert judged(nominated(), node(), nominated()).feasible


def test_a_nominated_pod_does_not_stand_in_its_own_way_for_being_like_others() -> None:
    found = snapshot(node(), nominated("first"), nominated("second", on="gone"))
    assert predict(found, nominated("second", on="gone")).feasible == ()
    assert predict(found, nominated("first")).feasible == ("n",)


APART = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": "x"}}}


def spread(selector: Json) -> list[Json]:
    constraint = {"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule"}
    return [constraint | {"labelSelector": selector}]


@pytest.mark.parametrize(
    ("needs", "feasible"),
    [
        ({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [APART]}}}, ("same", "m")),
        ({"topologySpreadConstraints": spread({"matchLabels": {"app": "x"}})}, ("same", "m")),
        # an empty selector counts no bound pod, but it counts a nominated one
        ({"topologySpreadConstraints": spread({})}, ("same", "m")),
        ({"topologySpreadConstraints": spread({"matchLabels": {"app": "y"}})}, ("n", "same", "m")),
    ],
)  # fmt: skip
def test_a_nominated_pod_counts_in_affinity_and_spread_on_its_own_node_alone(
    needs: Json, feasible: tuple[str, ...]
) -> None:
    nodes = (node("n"), node("same"), node("m", zone="b"))
    vip = nominated(cpu="1", labels={"app": "x"})
    assert judged(pod(labels={"app": "x"}, **needs), *nodes, vip).feasible == feasible


def test_a_nominated_pod_repels_others_only_where_affinity_is_looked_at_anyway() -> None:
    guard = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [APART]}}
    vip = nominated(cpu="1", affinity=guard)
    assert judged(pod(labels={"app": "x"}), node(), vip).feasible == ("n",)
    elsewhere = pod("bound", on="m", affinity=guard)
    nodes = (node(), node("m", zone="b"))
    assert judged(pod(labels={"app": "x"}), *nodes, vip, elsewhere).feasible == ()
    assert judged(pod(labels={"app": "y"}), *nodes, vip, elsewhere).feasible == ("n", "m")
