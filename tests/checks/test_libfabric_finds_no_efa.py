"""EFA802: settings that keep libfabric from EFA."""

import pytest
from clusters import Cluster, broken
from faults.runtime import env, libfabric_finds_no_efa
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA802"


def with_env(name: str, value: str, type_: str = "p5.48xlarge") -> Cluster:
    def change(cluster: Cluster) -> None:
        env(cluster, name, value)
        cluster.node["metadata"]["labels"]["node.kubernetes.io/instance-type"] = type_
        cluster.pod["spec"]["nodeName"] = cluster.node["metadata"]["name"]

    return broken(change)


def test_a_provider_filter_without_efa_is_named() -> None:
    finding = one(CODE, broken(libfabric_finds_no_efa))
    assert finding.object.name == "trainer"
    assert seen(finding) == {"spec.containers[0].env[0].value": "tcp"}


def test_taking_it_out_removes_it_and_no_verdict_changes() -> None:
    assert left_after_fix(CODE, broken(libfabric_finds_no_efa)) == 0
    found = report(broken(libfabric_finds_no_efa))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


def not_asking(value: str = "efa") -> Cluster:
    """A pod on a node with EFA that is told to use it and does not ask for it."""
    cluster = with_env("FI_PROVIDER", value)
    for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
        del amounts["vpc.amazonaws.com/efa"]
    return cluster


def test_a_pod_that_is_told_to_use_efa_and_does_not_ask_for_it_is_named() -> None:
    finding = one(CODE, not_asking())
    assert finding.object.name == "trainer"
    assert seen(finding)["spec.containers[0].env[0].value"] == "efa"
    assert "32 vpc.amazonaws.com/efa" in finding.fixes[0].title
    assert left_after_fix(CODE, not_asking()) == 0


@pytest.mark.parametrize("value", ["^tcp", "tcp", "shm"])
def test_a_pod_that_does_not_name_efa_may_not_want_it(value: str) -> None:
    assert status(CODE, not_asking(value)) == "pass"


def test_where_no_node_has_efa_there_is_none_to_ask_for() -> None:
    cluster = not_asking()
    cluster.node["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "g5.2xlarge"
    for amounts in ("capacity", "allocatable"):
        del cluster.node["status"][amounts]["vpc.amazonaws.com/efa"]
    assert status(CODE, cluster) == "pass"


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("efa", True),
        ("EFA", True),
        ("efa,tcp", True),
        ("tcp;efa", True),
        ("^tcp", True),
        ("tcp", False),
        ("sockets,tcp", False),
        ("^efa", False),
        ("^efa,shm", False),
        ("verbs", False),
        ("", True),
    ],
)
def test_a_filter_names_providers_to_use_or_to_leave_out(value: str, *, right: bool) -> None:
    assert status(CODE, with_env("FI_PROVIDER", value)) == ("pass" if right else "warn")


@pytest.mark.parametrize(
    ("type_", "value", "right"),
    [
        ("g5.8xlarge", "1", False),
        ("g4dn.8xlarge", "true", False),
        ("g5.8xlarge", "0", True),
        ("p4d.24xlarge", "1", True),
        ("p5.48xlarge", "1", True),
    ],
)
def test_rdma_is_required_in_vain_where_the_type_has_none(
    type_: str, value: str, *, right: bool
) -> None:
    cluster = with_env("FI_EFA_USE_DEVICE_RDMA", value, type_)
    assert status(CODE, cluster) == ("pass" if right else "warn")


def test_the_last_of_two_variables_counts() -> None:
    def twice(cluster: Cluster) -> None:
        env(cluster, "FI_PROVIDER", "tcp")
        env(cluster, "FI_PROVIDER", "efa")

    assert status(CODE, broken(twice)) == "pass"


def test_a_variable_of_a_container_without_efa_is_its_own_business() -> None:
    def sidecar(cluster: Cluster) -> None:
        variables = [{"name": "FI_PROVIDER", "value": "tcp"}]
        cluster.pod["spec"]["containers"].append({"name": "logs", "image": "l:1", "env": variables})

    assert status(CODE, broken(sidecar)) == "pass"


def test_a_variable_whose_value_comes_from_elsewhere_is_not_guessed_at() -> None:
    def indirect(cluster: Cluster) -> None:
        source = {"configMapKeyRef": {"name": "fabric", "key": "provider"}}
        variables = [{"name": "FI_PROVIDER", "valueFrom": source}]
        cluster.pod["spec"]["containers"][0]["env"] = variables

    assert ask(CODE, broken(indirect)).findings == ()


def test_a_healthy_cluster_gets_nothing() -> None:
    assert status(CODE, broken()) == "pass"
