"""EFA107: more than any node could ever offer."""

import pytest
from clusters import Cluster, Fault, broken
from faults.nodes import node_launched_without_efa, pool_at_its_limit
from faults.plugins import efa_plugin_runs_as_non_root, efa_plugin_taint_not_tolerated
from faults.pods import EFA, GPU, asking, request_exceeds_every_node
from faults.provisioning import (
    nodeclass_without_efa_interface,
    nodegroup_cannot_scale,
    nodepool_limits_exceeded,
    nodepool_missing,
    nodepool_without_efa_type,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA107"


def wanting(**amounts: str | None) -> Cluster:
    names = {"efa": EFA, "gpu": GPU, "fpga": "example.com/fpga"}

    def fault(cluster: Cluster) -> None:
        for name, amount in amounts.items():
            asking(cluster, names.get(name, name), amount)

    return broken(fault)


def test_more_efa_than_any_type_has_is_the_pods_fault() -> None:
    assert causes(broken(request_exceeds_every_node)) == [(CODE, "trainer")]
    finding = one(CODE, broken(request_exceeds_every_node))
    assert seen(finding)[f'spec.containers[0].resources.limits["{EFA}"]'] == "33"
    assert finding.evidence[0].expected == "at most 32"


@pytest.mark.parametrize(
    ("amounts", "resource"),
    [
        ({"efa": "33"}, EFA),
        ({"gpu": "500"}, GPU),
        ({"cpu": "5000"}, "cpu"),
        ({"memory": "500Ti"}, "memory"),
        ({"efa": "32", "cpu": "192"}, "cpu"),
        ({"efa": "32", "gpu": None, "aws.amazon.com/neuron": "1"}, EFA),
        ({"fpga": "1"}, "example.com/fpga"),
    ],
)
def test_what_no_node_and_no_type_has_is_named(
    amounts: dict[str, str | None], resource: str
) -> None:
    assert {f.key for f in ask(CODE, wanting(**amounts)).findings} == {resource}
    assert causes(wanting(**amounts)) == [(CODE, "trainer")]


@pytest.mark.parametrize(
    "amounts",
    [
        {"efa": "32", "gpu": "8"},
        {"efa": "32", "cpu": "191"},
        {"efa": "1", "gpu": "1", "cpu": "4"},
        {"ephemeral-storage": "900Gi"},
    ],
)
def test_what_some_type_has_is_nobodys_excess(amounts: dict[str, str]) -> None:
    assert status(CODE, wanting(**amounts)) == "pass"


def test_a_node_that_advertises_more_than_is_known_counts() -> None:
    cluster = wanting(efa="33")
    cluster.node["status"]["allocatable"][EFA] = "40"
    assert status(CODE, cluster) == "pass"


def test_containers_count_together() -> None:
    def two(cluster: Cluster) -> None:
        asking(cluster, EFA, "20")
        containers = cluster.pod["spec"]["containers"]
        other = {"name": "other", "image": "x", "resources": {"limits": {EFA: "20"}}}
        containers.append(other)

    assert one(CODE, broken(two)).key == EFA


def test_the_request_is_lowered_to_what_one_node_has_and_proved() -> None:
    found = report(broken(request_exceeds_every_node))
    assert found.plan is not None
    assert found.plan.verified is True
    assert "32" in found.root_causes[0].fixes[0].title


def test_what_daemon_pods_ask_for_is_left_to_them() -> None:
    """Of the node's 191450m; the plugin does not run yet, and the pod cannot land without it."""

    def hungry(cluster: Cluster) -> None:
        asking(cluster, "cpu", "500")
        pool_at_its_limit(cluster)
        for plugin, cpu in ((cluster.efa_plugin, "50m"), (cluster.gpu_plugin, "100m")):
            asked = {"requests": {"cpu": cpu}}
            plugin["spec"]["template"]["spec"]["containers"][0]["resources"] = asked
            cluster.plugin_pod(plugin)["spec"]["containers"][0]["resources"] = asked
        efa_plugin_taint_not_tolerated(cluster)

    found = report(broken(hungry))
    assert [f.code for f in found.root_causes] == [CODE, "EFA402"]
    assert "191300m cpu" in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(request_exceeds_every_node).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"


@pytest.mark.parametrize(
    ("beside", "code"),
    [
        (nodepool_limits_exceeded, "EFA206"),
        (nodepool_without_efa_type, "EFA205"),
        (nodepool_missing, "EFA201"),
        (nodegroup_cannot_scale, "EFA210"),
        (nodeclass_without_efa_interface, "EFA211"),
        (node_launched_without_efa, "EFA305"),
        (efa_plugin_runs_as_non_root, "EFA404"),
    ],
)
def test_what_else_is_wrong_is_not_taken_for_a_consequence(beside: Fault, code: str) -> None:
    found = causes(broken(beside, request_exceeds_every_node))
    assert list(dict.fromkeys(c for c, _ in found)) == [CODE, code]
