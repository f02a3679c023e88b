"""What nobody read is unknown: not a pass, and not the fault of what was read."""

import pytest
from clusters import Cluster, Fault, broken
from faults import nodes, plugins, pods
from faults.provisioning import event, requirements, requiring
from incidents.states import in_group

from efadoctor import diagnose
from efadoctor.diagnosis import diagnose_pending
from efadoctor.model.report import Report, Verdict

AWS = ("aws/ec2/describe-instances", "aws/ec2/describe-network-interfaces")


def in_a_full_group(cluster: Cluster) -> None:
    in_group(cluster, most=1)


def crashing_in_a_group(cluster: Cluster) -> None:
    nodes.without_efa(cluster)
    nodes.crashing(cluster.plugin_pod(cluster.efa_plugin))
    in_a_full_group(cluster)


def volume_elsewhere(cluster: Cluster) -> None:
    pods.volume_zone_conflict(cluster)


def without_efa_in_a_group(cluster: Cluster) -> None:
    cluster.drop_plugin_pod(cluster.efa_plugin, plugins.EFA)
    in_a_full_group(cluster)


def report(fault: Fault, *unread: str) -> Report:
    return diagnose(broken(fault).unread_sources(*unread).snapshot(), "ml/trainer")


@pytest.mark.parametrize(
    ("fault", "unread", "says"),
    [
        (without_efa_in_a_group, ("cluster/daemonsets.apps",), "cluster/daemonsets.apps"),
        (crashing_in_a_group, AWS, "describe-instances was not read"),
        (volume_elsewhere, ("cluster/persistentvolumes",), "cluster/persistentvolumes"),
        (volume_elsewhere, ("cluster/persistentvolumeclaims",), "cluster/persistentvolumeclaims"),
        (Cluster.without_nodes_of_pool, ("cluster/nodepools.karpenter.sh",), "nodepools"),
    ],
    ids=["DaemonSets", "instances", "volumes", "claims", "NodePools"],
)
def test_a_cause_that_lies_in_what_was_not_read_is_unknown(
    fault: Fault, unread: tuple[str, ...], says: str
) -> None:
    found = report(fault, *unread)
    assert (found.verdict, found.root_causes) == (Verdict.UNKNOWN, ())
    assert says in found.summary


def test_with_the_instances_read_a_crashing_plugin_is_to_blame_for_itself() -> None:
    found = report(crashing_in_a_group)
    assert [f.code for f in found.root_causes] == ["EFA404"]


def test_a_fault_of_the_pod_is_certain_whatever_else_was_not_read() -> None:
    found = report(pods.toleration_missing, "cluster/daemonsets.apps", *AWS)
    assert [f.code for f in found.root_causes] == ["EFA104"]


def test_a_scheduler_is_not_said_to_disagree_with_a_prediction_that_lacks_facts() -> None:
    cluster = broken(volume_elsewhere).unread_sources("cluster/persistentvolumes")
    said = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: no."}
    cluster.pod["status"]["conditions"] = [said]
    assert diagnose(cluster.snapshot(), "ml/trainer").scheduler.agrees is None


def test_a_request_that_is_no_quantity_does_not_end_the_reports_on_other_pods() -> None:
    cluster = Cluster()
    pods.asking(cluster, plugins.EFA, "four")
    cluster.add(dict(cluster.pod, metadata={**cluster.pod["metadata"], "name": "b", "uid": "b"}))
    cluster.get("Pod", "b")["spec"] = Cluster().pod["spec"]
    by_name = {r.subjects[0].name: r for r in diagnose_pending(cluster.snapshot())}
    assert by_name["trainer"].verdict is Verdict.UNKNOWN
    assert "'four' is not a quantity" in by_name["trainer"].summary
    assert by_name["b"].verdict is Verdict.SCHEDULABLE


def test_a_promise_that_is_no_quantity_counts_as_not_made() -> None:
    cluster = broken(nodes.instance_on_its_way)
    cluster.claim["status"]["allocatable"]["cpu"] = "many"
    assert diagnose(cluster.snapshot(), "ml/trainer").verdict is Verdict.WAITING


# ---- where only words are left ----------------------------------------------


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("with fleet error(s), InsufficientInstanceCapacity: none", "EFA208"),
        ("with fleet error(s), VcpuLimitExceeded: a limit of 0", "EFA209"),
        ("with fleet error(s), InsufficientFreeAddressesInSubnet: subnet-0a", "EFA209"),
        ("all requested instance types were unavailable during launch", "EFA208"),
    ],
)
def test_the_error_code_tells_what_karpenter_calls_insufficient_capacity(
    message: str, code: str
) -> None:
    cluster = Cluster()
    cluster.without_nodes_of_pool()
    cluster.add(event("InsufficientCapacityError", message=message))
    found = diagnose(cluster.snapshot(), "ml/trainer").root_causes
    assert [(f.code, f.object.name) for f in found] == [(code, "efa")]


def test_an_instance_is_not_waited_for_where_earlier_ones_have_not_registered() -> None:
    cluster = broken(nodes.instance_on_its_way)
    for condition in cluster.pool["status"]["conditions"]:
        if condition["type"] == "NodeRegistrationHealthy":
            condition |= {"status": "False", "reason": "RegistrationFailed"}
    found = diagnose(cluster.snapshot(), "ml/trainer")
    assert [(f.code, f.object.kind) for f in found.root_causes] == [("EFA301", "NodeClaim")]


def test_an_event_about_a_quota_does_not_outlive_the_quota() -> None:
    cluster = broken(pods.quota_exceeded)
    about = {"kind": "Job", "name": "trainer", "namespace": "ml", "apiVersion": "batch/v1"}
    text = 'pods "trainer-x" is forbidden: exceeded quota: gpus, requested: ...'
    cluster.add(event("FailedCreate", involvedObject=about, message=text))
    report_ = diagnose(cluster.snapshot(), "ml/Job/trainer")
    assert [(f.code, f.object.kind) for f in report_.root_causes] == [("EFA115", "ResourceQuota")]
    assert report_.plan is not None
    assert report_.plan.verified is True


def test_of_a_type_that_nobody_knows_no_plugin_is_blamed() -> None:
    """Whether it has EFA at all only EC2 could tell."""

    def unheard_of(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        requiring(cluster, "node.kubernetes.io/instance-type", "c6i.8xlarge")
        kept = [r for r in requirements(cluster) if not r["key"].endswith("instance-category")]
        requirements(cluster)[:] = kept
        for name in [n for n in cluster.aws if n.startswith("aws/")]:
            del cluster.aws[name]

    found = diagnose(broken(unheard_of).snapshot(), "ml/trainer")
    assert (found.verdict.value, found.root_causes) == ("unknown", ())


def test_what_was_not_read_is_named_beside_what_the_scheduler_would_say() -> None:
    cluster = Cluster()
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts].pop("vpc.amazonaws.com/efa")
    cluster.unread_sources("cluster/daemonsets.apps", "cluster/nodepools.karpenter.sh")
    said = diagnose(cluster.snapshot(), "ml/trainer").summary
    assert "cluster/daemonsets.apps" in said
    assert said.endswith("Insufficient vpc.amazonaws.com/efa.")


def test_a_cpu_group_of_which_ec2_says_nothing_is_not_taken_for_one_with_gpus() -> None:
    """No size of a family has GPUs where the table has the family and none of it does."""

    def too_small(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        kept = [r for r in requirements(cluster) if "category" not in r["key"]]
        requirements(cluster)[:] = kept
        requiring(cluster, "node.kubernetes.io/instance-type", "g5.8xlarge")

    ec2 = ("instance-types", "instance-type-offerings", "launch-template-versions")
    unread = [f"aws/ec2/describe-{name}" for name in ec2]
    found = report(too_small, *unread)
    assert [f.code for f in found.root_causes] == ["EFA205"]
