"""EFA503: CPU, memory, GPUs or pods that others hold."""

import pytest
from clusters import Cluster, Fault, broken, meta
from faults.nodes import pool_at_its_limit
from faults.plugins import EFA, GPU, efa_in_use, gpu_in_use, holder
from questions import ask, causes, one, report, seen, status

CODE = "EFA503"


def holding(resource: str, wanted: str, held: str) -> Fault:
    """The pod asks for so much, and somebody holds so much."""

    def fault(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.pod["spec"]["containers"][0]["resources"]["requests"][resource] = wanted
        pod = holder("other", {})
        pod["spec"]["containers"][0]["resources"] = {"requests": {resource: held}}
        cluster.add(pod)

    return fault


@pytest.mark.parametrize(
    ("resource", "wanted", "held", "said"),
    [
        ("cpu", "100", "100", "100 of 191.45 cpu"),
        ("memory", "1500Gi", "1000Gi", "1000 GiB of 2000 GiB memory"),
        ("ephemeral-storage", "200Gi", "100Gi", "100 GiB of 280 GiB ephemeral-storage"),
    ],
)
def test_what_is_short_is_named_with_who_holds_it(
    resource: str, wanted: str, held: str, said: str
) -> None:
    cluster = broken(holding(resource, wanted, held))
    assert said in one(CODE, cluster).summary
    assert causes(cluster) == [(CODE, "other")]


def test_a_notebook_with_one_gpu_keeps_a_job_of_eight_off() -> None:
    finding = one(CODE, broken(gpu_in_use))
    assert finding.object.short == "Pod/notebook"
    assert seen(finding)['spec.containers[0].resources.limits["nvidia.com/gpu"]'] == "1"
    found = report(broken(gpu_in_use))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_node_with_all_its_pods_is_full() -> None:
    def full(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.node["status"]["allocatable"]["pods"] = "3"
        cluster.add(holder("third", {}))

    finding = one(CODE, broken(full))
    assert (finding.object.name, finding.key.split()[0]) == ("third", "pods")


def test_a_replicated_holder_is_scaled_down() -> None:
    def replicated(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        template = {"spec": {"containers": [{"name": "main"}]}}
        kinds = (("Deployment", "web"), ("ReplicaSet", "web-1"))
        for kind, name in kinds:
            owners = (
                [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u"}]
                if kind == "ReplicaSet"
                else []
            )
            cluster.add(
                {
                    "apiVersion": "apps/v1",
                    "kind": kind,
                    "metadata": meta(name, "research", ownerReferences=owners),
                    "spec": {"replicas": 1, "template": template},
                }
            )
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u"}
        cluster.add(holder("web-1-x", {GPU: "1"}, ownerReferences=[owner]))

    (fix,) = report(broken(replicated)).root_causes[0].fixes
    assert fix.title == "Scale Deployment/web from 1 to 0"
    assert fix.verified is True


def test_daemon_pods_and_static_pods_are_not_to_be_moved() -> None:
    def daemons(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        for kind in ("DaemonSet", "Node"):
            owner = {"apiVersion": "v1", "kind": kind, "name": kind, "uid": kind}
            cluster.add(holder(kind.lower(), {GPU: "1"}, ownerReferences=[owner]))

    assert ask(CODE, broken(daemons)).findings == ()


def test_the_job_s_own_pods_are_no_neighbours_to_move() -> None:
    def own(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": "u"}
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": meta("train", "ml"),
            "spec": {"template": {"spec": {"containers": [{"name": "main"}]}}},
        }
        cluster.add(job)
        cluster.pod["metadata"]["ownerReferences"] = [owner]
        peer = holder("peer", {GPU: "8"}, ownerReferences=[owner])
        peer["metadata"]["namespace"] = "ml"
        cluster.add(peer)

    finding = one(CODE, broken(own))
    assert finding.change.name == "PEER_MOVED"
    assert "its own peers" in finding.fixes[0].unprovable


def test_a_request_that_no_eviction_can_meet_is_not_blamed_on_others() -> None:
    def too_much(cluster: Cluster) -> None:
        holding("cpu", "500", "1")(cluster)

    assert ask(CODE, broken(too_much)).findings == ()


def test_efa_devices_are_another_check_s_business() -> None:
    assert status(CODE, broken(efa_in_use)) == "pass"


def test_who_holds_efa_is_chosen_first() -> None:
    def both(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.add(holder("devices", {EFA: "32", GPU: "4"}), holder("gpus", {GPU: "4"}))

    assert one("EFA502", broken(both)).object.name == "devices"
    assert one(CODE, broken(both)).object.name == "gpus"


def test_without_nodes_it_cannot_tell() -> None:
    assert status(CODE, broken(gpu_in_use).unread_sources("cluster/nodes")) == "unknown"
    assert status(CODE, broken()) == "pass"
