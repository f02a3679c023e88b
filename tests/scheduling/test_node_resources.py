"""NodeResourcesFit: what is requested, used and allocatable, of every resource.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/noderesources/fit.go
"""

from tiny import Json, judged, node, pod, reason

from efadoctor.scheduling.refusals import InsufficientResource


def test_every_resource_that_is_short_is_a_reason() -> None:
    wants = pod(
        requests={
            "cpu": "9",
            "memory": "64Gi",
            "vpc.amazonaws.com/efa": "1",
            "hugepages-2Mi": "2Mi",
        }
    )
    prediction = judged(wants, node(allocatable={"hugepages-2Mi": "0"}))
    assert prediction.message == (
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient hugepages-2Mi, "
        "1 Insufficient memory, 1 Insufficient vpc.amazonaws.com/efa."
    )


def test_a_shortage_tells_what_is_requested_used_and_allocatable() -> None:
    holder = pod("holder", on="n", requests={"vpc.amazonaws.com/efa": "24"})
    efa = node(allocatable={"vpc.amazonaws.com/efa": "32"})
    [busy] = judged(pod(requests={"vpc.amazonaws.com/efa": "16"}), efa, holder).blockers["n"]
    assert isinstance(busy, InsufficientResource)
    assert (busy.requested, busy.used, busy.allocatable) == (16, 24, 32)
    assert not busy.unresolvable
    [never] = judged(pod(requests={"vpc.amazonaws.com/efa": "33"}), efa, holder).blockers["n"]
    assert never.unresolvable


def test_a_node_takes_no_more_pods_than_it_allows() -> None:
    full = node(allocatable={"pods": "1"})
    assert reason(pod(), full, pod("other", on="n")) == "1 Too many pods"


def test_finished_pods_hold_nothing() -> None:
    def other(phase: str) -> Json:
        return pod("other", on="n", requests={"cpu": "8"}, status={"phase": phase})

    wants = pod(requests={"cpu": "1"})
    assert not judged(wants, node(), other("Running")).feasible
    for phase in ("Succeeded", "Failed"):
        assert judged(wants, node(), other(phase)).feasible


def test_a_terminating_pod_still_holds_what_it_has() -> None:
    going = pod(
        "o", on="n", requests={"cpu": "8"}, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}
    )
    assert not judged(pod(requests={"cpu": "1"}), node(), going).feasible


def test_pods_on_a_node_that_does_not_exist_are_nobody_s() -> None:
    assert judged(pod(requests={"cpu": "8"}), node(), pod("lost", on="gone")).feasible == ("n",)


def test_a_name_that_the_scheduler_does_not_count_is_ignored() -> None:
    assert judged(pod(requests={"efa": "4"}), node()).feasible == ("n",)


def test_clauses_are_sorted_as_texts() -> None:
    nodes = [node(f"n{i}") for i in range(12)]
    cordoned = [node(f"c{i}", spec={"unschedulable": True}) for i in range(2)]
    prediction = judged(pod(requests={"cpu": "9"}), *nodes, *cordoned)
    assert prediction.message == (
        "0/14 nodes are available: 12 Insufficient cpu, 2 node(s) were unschedulable."
    )
