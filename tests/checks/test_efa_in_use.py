"""EFA502: EFA devices that others hold."""

from clusters import Cluster, broken
from faults.nodes import pool_at_its_limit, second_node
from faults.plugins import EFA, GPU, efa_in_use, held_by_job, holder
from faults.provisioning import event
from questions import ask, causes, one, report, seen, status

CODE = "EFA502"
REQUEST = 'spec.containers[0].resources.limits["vpc.amazonaws.com/efa"]'


def test_the_job_that_holds_all_devices_is_named_by_its_pod() -> None:
    finding = one(CODE, broken(efa_in_use))
    assert finding.object.short == "Pod/pretrain-0"
    assert "Job/pretrain" in finding.summary
    assert seen(finding)[REQUEST] == "32"
    assert causes(broken(efa_in_use)) == [(CODE, "pretrain-0")]


def test_suspending_the_job_makes_room() -> None:
    found = report(broken(efa_in_use))
    assert found.plan is not None
    assert found.plan.verified is True
    assert "suspend" in found.root_causes[0].fixes[0].commands[0]


def test_a_holder_that_leaves_enough_is_in_nobody_s_way() -> None:
    def some(cluster: Cluster) -> None:
        cluster.add(holder("small", {EFA: "28"}))

    assert report(broken(some)).verdict.value == "schedulable"
    assert status(CODE, broken(some)) == "pass"


def test_as_few_owners_as_possible_are_named() -> None:
    def three(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.add(holder("large", {EFA: "28"}), holder("b", {EFA: "2"}), holder("c", {EFA: "2"}))

    assert causes(broken(three)) == [(CODE, "large")]


def test_a_pod_without_devices_is_in_nobody_s_way_however_low_its_priority() -> None:
    def beside(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.add(holder("large", {EFA: "32"}))
        idle = holder("idle", {"cpu": "1"})
        idle["spec"]["priority"] = -10
        cluster.add(idle)

    assert [f.object.name for f in ask(CODE, broken(beside)).findings] == ["large"]


def test_two_owners_that_must_both_go_are_two_findings() -> None:
    def two(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
            amounts[EFA] = "32"
        cluster.add(holder("one", {EFA: "16"}), holder("other", {EFA: "16"}))

    names = [f.object.name for f in ask(CODE, broken(two)).findings]
    assert names == ["one", "other"]


def test_where_its_own_peers_hold_them_what_keeps_more_nodes_away_is_the_cause() -> None:
    def half_a_gang(cluster: Cluster) -> None:
        job, peer = held_by_job("train", {EFA: "32", GPU: "8"})
        for thing in (job, peer):
            thing["metadata"]["namespace"] = "ml"
        cluster.pod["metadata"]["ownerReferences"] = peer["metadata"]["ownerReferences"]
        cluster.add(job, peer, event("InsufficientCapacityError"))

    assert causes(broken(half_a_gang)) == [("EFA208", "efa")]
    assert "the pod's own Job/train" in one(CODE, broken(half_a_gang)).summary


def test_two_pods_of_one_owner_are_one_finding() -> None:
    def two_pods(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
            amounts[EFA] = "32"
        job, first = held_by_job("pretrain", {EFA: "16"})
        second = {**first, "metadata": {**first["metadata"], "name": "pretrain-1"}}
        cluster.add(job, first, second)

    (finding,) = ask(CODE, broken(two_pods)).findings
    assert len([e for e in finding.evidence if e.field == REQUEST]) == 2


def test_of_equal_nodes_the_one_with_the_least_to_move_counts() -> None:
    def two_nodes(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        other = second_node(cluster)["metadata"]["name"]
        for name in ("a", "b"):
            cluster.add(holder(name, {EFA: "16"}))
        cluster.add(holder("z", {EFA: "29"}, on=other))
        for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
            amounts[EFA] = "20"

    assert causes(broken(two_nodes)) == [(CODE, "z")]


def test_low_priority_goes_first() -> None:
    def two(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        important, other = holder("a-important", {EFA: "16"}), holder("b-other", {EFA: "16"})
        important["spec"]["priority"] = 1000
        cluster.add(important, other)

    assert causes(broken(two)) == [(CODE, "b-other")]


def test_pods_that_are_ending_are_waited_for() -> None:
    def ending(cluster: Cluster) -> None:
        efa_in_use(cluster)
        pod = cluster.get("Pod", "pretrain-0")
        pod["metadata"]["deletionTimestamp"] = "2026-11-20T09:59:30Z"

    found = report(broken(ending))
    assert found.verdict.value == "waiting"
    assert len(ask(CODE, broken(ending)).awaited) == 1


def test_room_that_the_scheduler_is_making_is_waited_for() -> None:
    def nominated(cluster: Cluster) -> None:
        efa_in_use(cluster)
        cluster.pod["status"]["nominatedNodeName"] = cluster.node["metadata"]["name"]

    assert ask(CODE, broken(nominated)).findings == ()
    assert len(ask(CODE, broken(nominated)).awaited) == 1


def test_finished_pods_hold_nothing() -> None:
    def finished(cluster: Cluster) -> None:
        efa_in_use(cluster)
        cluster.get("Pod", "pretrain-0")["status"]["phase"] = "Succeeded"

    assert report(broken(finished)).verdict.value == "schedulable"


def test_a_holder_of_gpus_as_well_is_one_finding() -> None:
    def both(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.add(*held_by_job("pretrain", {EFA: "32", GPU: "8"}))

    assert causes(broken(both)) == [(CODE, "pretrain-0")]


def test_a_healthy_cluster_gets_nothing_and_an_unread_one_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    assert status(CODE, broken(efa_in_use).unread_sources("cluster/nodes")) == "unknown"
