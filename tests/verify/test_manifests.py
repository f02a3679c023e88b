"""Test manifests that suit a cluster."""

from typing import Any

import pytest
import yaml
from clusters import EFA_NODE, Cluster, broken
from faults.nodes import second_node

from efadoctor import Snapshot, predict
from efadoctor.scheduling.instance_types import known_types
from efadoctor.verify import Fit, fit_of_type, fitted, manifests

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"


def fit(cluster: Cluster) -> Fit:
    found = fitted(cluster.snapshot())
    assert found is not None
    return found


def written(found: Fit, **more: Any) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(manifests(found, **more)))


def test_the_pod_and_the_workers_take_all_devices_of_the_nodes_that_are_there() -> None:
    pod, job = written(fit(broken(second_node)))
    limits = pod["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {EFA: 32, GPU: 8}
    worker = job["spec"]["mpiReplicaSpecs"]["Worker"]["template"]["spec"]
    assert worker["containers"][0]["resources"]["limits"] == limits
    assert job["spec"]["slotsPerWorker"] == 8


def test_the_scheduler_would_take_the_pod_onto_such_a_node() -> None:
    snapshot = broken().snapshot()
    (pod, _) = written(fit(broken()), namespace="ml")
    assert predict(snapshot, pod).feasible == (EFA_NODE,)


@pytest.mark.parametrize(
    ("pages", "asked"), [("0", None), ("10256Mi", "5120Mi"), ("1Gi", "1024Mi")]
)
def test_huge_pages_are_asked_for_only_where_nodes_have_them(pages: str, asked: str | None) -> None:
    def reserved(cluster: Cluster) -> None:
        cluster.node["status"]["allocatable"]["hugepages-2Mi"] = pages

    limits = written(fit(broken(reserved)))[0]["spec"]["containers"][0]["resources"]["limits"]
    assert limits.get("hugepages-2Mi") == asked


def test_taints_of_the_nodes_life_are_not_tolerated() -> None:
    def not_ready(cluster: Cluster) -> None:
        taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
        cluster.node["spec"]["taints"].append(taint)

    assert {t.key for t in fit(broken(not_ready)).tolerations} == {EFA, GPU}


def test_before_the_first_node_the_nodepool_that_names_a_type_is_taken() -> None:
    def named(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["spec"]["template"]["spec"]["requirements"][0] = {
            "key": "node.kubernetes.io/instance-type",
            "operator": "In",
            "values": ["m7i.2xlarge", "p4d.24xlarge"],
        }

    found = fit(broken(named))
    assert (found.where, found.instance_type, found.efa) == ("NodePool efa", "p4d.24xlarge", 4)
    assert {t.key for t in found.tolerations} == {EFA, GPU}


def test_a_node_group_offers_as_many_interfaces_as_its_template_has() -> None:
    def of_group(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        group = cluster.aws["aws/eks/describe-nodegroup"][0]
        group |= {
            "instanceTypes": ["p4d.24xlarge"],
            "taints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}],
        }
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
        template["LaunchTemplateData"]["NetworkInterfaces"] = [
            {"InterfaceType": "efa", "NetworkCardIndex": i} for i in range(2)
        ]

    found = fit(broken(of_group))
    assert (found.where, found.efa, found.gpus) == ("node group system", 2, 8)
    assert [t.key for t in found.tolerations] == ["gpu"]


def test_a_cluster_without_efa_fits_nothing() -> None:
    assert fitted(Snapshot.from_objects([])) is None


def test_a_type_without_gpus_gets_no_nccl_job() -> None:
    facts = known_types()["hpc6a.48xlarge"]
    assert [d["kind"] for d in written(fit_of_type(facts))] == ["Pod"]


def test_workers_are_kept_in_one_zone_and_ranks_are_theirs() -> None:
    job = written(fit_of_type(known_types()["p5.48xlarge"]), workers=4)[1]
    specs = job["spec"]["mpiReplicaSpecs"]
    (term,) = specs["Worker"]["template"]["spec"]["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["topologyKey"] == "topology.kubernetes.io/zone"
    command = specs["Launcher"]["template"]["spec"]["containers"][0]["command"]
    assert command[command.index("-np") + 1] == "32"
    assert specs["Worker"]["replicas"] == 4
