"""Which way in a pod means, where nothing serves it as it is written."""

import pytest
from clusters import GPU_TAINT, Cluster, broken, node
from faults.pods import (
    EFA,
    GPU,
    asking,
    hugepages_unavailable,
    request_exceeds_every_node,
    resource_name_misspelled,
    scheduling_gated,
    toleration_missing,
    volume_unavailable,
    volume_zone_conflict,
)
from faults.provisioning import nodepool_without_efa_type, requiring
from incidents.states import in_group, of_type
from questions import causes, report

from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.intent import asking_within_reach
from efadoctor.scheduling.requests import pod_requests


def cpu_pool(cluster: Cluster, *values: str, key: str = "instance-category") -> None:
    cluster.without_nodes_of_pool()
    template = cluster.pool["spec"]["template"]["spec"]
    template["taints"] = []
    template["requirements"] = []
    requiring(cluster, f"karpenter.k8s.aws/{key}", *values)


@pytest.mark.parametrize(
    "fault", [scheduling_gated, resource_name_misspelled, hugepages_unavailable, volume_unavailable]
)
def test_a_cpu_node_is_never_the_way_in_though_less_stands_in_its_way(fault: object) -> None:
    """What is wrong with the pod blocks every path; what is wrong with its pool must still show."""
    assert callable(fault)
    codes = [c for c, _ in causes(broken(nodepool_without_efa_type, fault))]
    assert "EFA205" in codes
    assert len(codes) == 2


def test_a_request_beyond_all_types_does_not_hide_what_else_is_wrong() -> None:
    codes = [c for c, _ in causes(broken(request_exceeds_every_node, toleration_missing))]
    assert codes == ["EFA104", "EFA107"]


def test_beyond_all_types_a_group_of_a_small_type_is_meant_with_what_else_is_wrong_there() -> None:
    def small_group(cluster: Cluster) -> None:
        of_type(cluster, "p4d.24xlarge", efa=4)
        in_group(cluster, 4)

    found = causes(broken(small_group, request_exceeds_every_node, volume_zone_conflict))
    assert [c for c, _ in found] == ["EFA107", "EFA112"]


def general_pool(cluster: Cluster) -> None:
    cpu_pool(cluster, "m")
    cluster.pool["metadata"]["name"] = "general"


def test_a_pool_of_general_types_is_not_meant_by_a_pod_with_gpus() -> None:
    assert [c for c, _ in causes(broken(general_pool))] == ["EFA201"]


def test_a_pool_is_meant_that_says_that_it_is_for_such_pods() -> None:
    def labelled(cluster: Cluster) -> None:
        labels = {"nvidia.com/gpu.present": "true"}
        cluster.pool["spec"]["template"]["metadata"] = {"labels": labels}
        general_pool(cluster)

    assert [c for c, _ in causes(broken(lambda c: cpu_pool(c, "m")))] == ["EFA205"]
    assert [c for c, _ in causes(broken(labelled))] == ["EFA205"]


def test_a_pool_whose_taint_the_pod_tolerates_by_name_is_meant() -> None:
    def tainted(cluster: Cluster) -> None:
        cpu_pool(cluster, "m")
        cluster.pool["spec"]["template"]["spec"]["taints"] = [dict(GPU_TAINT)]

    assert [c for c, _ in causes(broken(tainted))] == ["EFA205"]


def test_a_pool_pinned_to_a_family_that_has_efa_in_other_sizes_is_meant() -> None:
    def pinned(cluster: Cluster) -> None:
        cpu_pool(cluster, "g5.2xlarge", key="instance-family")
        template = cluster.pool["spec"]["template"]["spec"]
        template["requirements"] = []
        requiring(cluster, "node.kubernetes.io/instance-type", "g5.2xlarge")
        known = cluster.aws["aws/ec2/describe-instance-types"]
        small = {**known[2], "InstanceType": "g5.2xlarge"}
        small["NetworkInfo"] = {**small["NetworkInfo"], "EfaSupported": False, "EfaInfo": None}
        known.append(small)
        offered = {"Location": "us-west-2a", "LocationType": "availability-zone"}
        cluster.aws["aws/ec2/describe-instance-type-offerings"].append(
            offered | {"InstanceType": "g5.2xlarge"}
        )

    assert [c for c, _ in causes(broken(pinned))] == ["EFA205"]


def test_a_pool_of_general_types_is_meant_by_a_pod_that_names_it() -> None:
    def named(cluster: Cluster) -> None:
        general_pool(cluster)
        cluster.pod["spec"]["nodeSelector"] = {"karpenter.sh/nodepool": "general"}

    assert [c for c, _ in causes(broken(named))] == ["EFA205"]


def test_a_pool_of_general_types_that_any_selector_meets_is_not_meant() -> None:
    def in_zone(cluster: Cluster) -> None:
        general_pool(cluster)
        cluster.pod["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": "us-west-2a"}

    assert [c for c, _ in causes(broken(in_zone))] == ["EFA201"]


def test_a_node_that_takes_the_pod_wins_over_all_else() -> None:
    def no_devices(cluster: Cluster) -> None:
        asking(cluster, EFA, None)
        asking(cluster, GPU, None)

    assert report(broken(no_devices)).verdict.value == "schedulable"


def _meant(cluster: Cluster) -> dict[str, int]:
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    return dict(pod_requests(asking_within_reach(snapshot, pod)))


def test_of_a_device_asked_for_beyond_all_types_whatever_has_one_may_be_meant() -> None:
    assert _meant(broken(request_exceeds_every_node)) == {EFA: 1, GPU: 8}


def test_a_pod_that_asks_for_what_there_is_means_what_it_asks_for() -> None:
    assert _meant(broken()) == {EFA: 4, GPU: 8}


def test_a_node_with_a_quantity_that_is_none_is_passed_over() -> None:
    def odd(cluster: Cluster) -> None:
        strange = node("ip-10-0-9-9.us-west-2.compute.internal", "m7i.2xlarge", "i-0odd")
        strange["status"]["allocatable"][EFA] = "many"
        cluster.add(strange)

    assert _meant(broken(odd, request_exceeds_every_node))[EFA] == 1
