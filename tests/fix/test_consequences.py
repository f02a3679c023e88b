"""What a cluster does by itself once something has changed."""

from typing import Any

import pytest
from clusters import EFA_INSTANCE, EFA_NODE, Cluster
from fix.workloads import own, twin

from efadoctor.fix.apply import apply, apply_all
from efadoctor.fix.change import Change
from efadoctor.fix.consequences import settle
from efadoctor.model import aws
from efadoctor.model.edits import append_to, remove_field, set_field, setting
from efadoctor.model.fix import AwsCall, Creation, Deletion, Edit, Recreation
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool
from efadoctor.model.kubernetes import DaemonSet, Namespace, Node, Pod, Toleration, Workload
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.quantity import amounts

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"
ALL = Toleration(operator="Exists")


def after(snapshot: Snapshot, *edits: Edit) -> Change:
    return settle(apply_all(snapshot, edits), snapshot)


def the_node(snapshot: Snapshot) -> Node:
    found = snapshot.get(Node, EFA_NODE)
    assert found is not None
    return found


def efa_plugin(snapshot: Snapshot) -> DaemonSet:
    found = snapshot.get(DaemonSet, "aws-efa-k8s-device-plugin", "kube-system")
    assert found is not None
    return found


def kept_off() -> Cluster:
    cluster = Cluster()
    cluster.efa_plugin["spec"]["template"]["spec"]["tolerations"] = []
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    return cluster


def ref_of(wire: dict[str, Any]) -> ObjectRef:
    meta = wire["metadata"]
    return ObjectRef(wire["apiVersion"], wire["kind"], meta.get("namespace", ""), meta["name"])


def waits(cluster: Cluster, reason: str) -> None:
    """The EFA plugin's pod is there and does not start."""
    pod = cluster.plugin_pod(cluster.efa_plugin)
    state = {"waiting": {"reason": reason}}
    pod["status"] = {"phase": "Pending", "containerStatuses": [{"name": "c", "state": state}]}
    for field in ("capacity", "allocatable"):
        cluster.node["status"][field].pop(EFA)


# ---- DaemonSets and devices -------------------------------------------------


def test_a_daemonset_that_now_tolerates_a_node_runs_there_and_its_plugin_advertises() -> None:
    snapshot = kept_off().snapshot()
    edit = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    change = after(snapshot, edit)
    interfaces = Cluster().instance["NetworkInterfaces"]
    attached = sum(i["InterfaceType"] == "efa" for i in interfaces)
    assert the_node(change.after).status.allocatable[EFA] == str(attached)
    assert any("now runs on" in s for s in change.said)
    assert any("advertises" in s for s in change.said)


def test_nothing_that_was_not_touched_is_put_right() -> None:
    cluster = Cluster()
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    snapshot = cluster.snapshot()
    edit = set_field(snapshot.get(Pod, "trainer", "ml"), "metadata.labels.a", "b")
    assert EFA not in the_node(after(snapshot, edit).after).status.allocatable


def test_a_plugin_on_a_node_without_efa_interfaces_advertises_nothing() -> None:
    cluster = kept_off()
    for interface in cluster.instance["NetworkInterfaces"]:
        interface["InterfaceType"] = "interface"
    snapshot = cluster.snapshot()
    edit = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    assert EFA not in the_node(after(snapshot, edit).after).status.allocatable


def test_a_plugin_that_is_installed_runs_and_advertises() -> None:
    cluster = Cluster()
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    plugin = cluster.efa_plugin
    cluster.objects.remove(plugin)
    body = {k: v for k, v in plugin.items() if k != "status"}
    body["metadata"] = {"name": "efa", "namespace": "kube-system"}
    change = after(cluster.snapshot(), Creation(body=body))
    assert the_node(change.after).status.allocatable.get(EFA, "0") != "0"


def test_a_changed_daemonset_replaces_a_pod_that_crashes() -> None:
    cluster = Cluster()
    waits(cluster, "CreateContainerConfigError")
    (container,) = cluster.efa_plugin["spec"]["template"]["spec"]["containers"]
    container["securityContext"] = {"runAsUser": 1000}
    snapshot = cluster.snapshot()
    edit = set_field(
        efa_plugin(snapshot), "spec.template.spec.containers[0].securityContext.runAsUser", 0
    )
    change = after(snapshot, edit)
    assert the_node(change.after).status.allocatable.get(EFA, "0") != "0"


def test_pods_whose_image_is_not_there_start_no_better_for_a_toleration() -> None:
    cluster = Cluster()
    waits(cluster, "ImagePullBackOff")
    snapshot = cluster.snapshot()
    edit = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    assert EFA not in the_node(after(snapshot, edit).after).status.allocatable


def test_a_daemonset_that_pod_security_keeps_out_gets_no_pods() -> None:
    cluster = kept_off()
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    cluster.get("Namespace", "kube-system")["metadata"]["labels"] = labels
    snapshot = cluster.snapshot()
    edit = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    change = after(snapshot, edit)
    assert EFA not in the_node(change.after).status.allocatable
    assert not any("now runs on" in s for s in change.said)


def test_a_daemonset_that_replaces_its_pods_only_when_they_are_deleted_keeps_a_broken_one() -> None:
    cluster = Cluster()
    waits(cluster, "CreateContainerConfigError")
    plugin = cluster.efa_plugin["spec"]
    plugin["updateStrategy"] = {"type": "OnDelete"}
    plugin["template"]["spec"]["containers"][0]["securityContext"] = {"runAsUser": 1000}
    snapshot = cluster.snapshot()
    edit = set_field(
        efa_plugin(snapshot), "spec.template.spec.containers[0].securityContext.runAsUser", 0
    )
    assert EFA not in the_node(after(snapshot, edit).after).status.allocatable
    pod = reference(snapshot.find(ref_of(cluster.plugin_pod(cluster.efa_plugin))))
    change = after(snapshot, edit, Deletion(target=pod))
    assert the_node(change.after).status.allocatable.get(EFA, "0") != "0"


def test_a_deleted_daemon_pod_is_made_anew_on_its_node() -> None:
    cluster = Cluster()
    name = ref_of(cluster.plugin_pod(cluster.efa_plugin))
    snapshot = cluster.snapshot()
    change = after(snapshot, Deletion(target=name))
    (made,) = (v for v in change.replaced if isinstance(v, Pod))
    assert made.spec.node_name == EFA_NODE
    assert made.metadata.owner_references[0].name == efa_plugin(snapshot).metadata.name


def test_a_namespace_that_now_admits_privileged_pods_gets_its_daemon_pods() -> None:
    cluster = Cluster()
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    snapshot = cluster.snapshot()
    namespace = snapshot.get(Namespace, "kube-system")
    edit = set_field(
        namespace, 'metadata.labels["pod-security.kubernetes.io/enforce"]', "privileged"
    )
    assert the_node(after(snapshot, edit).after).status.allocatable.get(EFA, "0") != "0"


def test_a_node_that_gets_the_label_a_daemonset_asks_for_gets_its_pod() -> None:
    cluster = Cluster()
    cluster.gpu_plugin["spec"]["template"]["spec"]["nodeSelector"] = {
        "nvidia.com/gpu.present": "true"
    }
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)
    cluster.node["metadata"]["labels"].pop("nvidia.com/gpu.present", None)
    snapshot = cluster.snapshot()
    edit = set_field(the_node(snapshot), 'metadata.labels["nvidia.com/gpu.present"]', "true")
    assert the_node(after(snapshot, edit).after).status.allocatable[GPU] == "8"


def test_a_feature_discovery_worker_labels_gpu_nodes_and_the_plugin_follows() -> None:
    cluster = Cluster()
    label = "feature.node.kubernetes.io/pci-10de.present"
    cluster.gpu_plugin["spec"]["template"]["spec"]["nodeSelector"] = {label: "true"}
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)
    worker: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "nfd", "namespace": "nfd", "uid": "nfd"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "w", "image": "registry.k8s.io/nfd/node-feature-discovery:v0.17"}
                    ]
                }
            }
        },
    }
    cluster.add(worker)
    snapshot = cluster.snapshot()
    daemonset = snapshot.get(DaemonSet, "nfd", "nfd")
    change = after(snapshot, append_to(daemonset, "spec.template.spec.tolerations", ALL))
    assert the_node(change.after).metadata.labels[label] == "true"
    assert the_node(change.after).status.allocatable[GPU] == "8"
    others = [n for n in change.after.all(Node) if n.metadata.name != EFA_NODE]
    assert not any(label in n.metadata.labels for n in others)


# ---- nodes ------------------------------------------------------------------


def test_an_uncordoned_node_loses_the_taint_of_the_cordon() -> None:
    cluster = Cluster()
    cluster.node["spec"]["unschedulable"] = True
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    cluster.node["spec"].setdefault("taints", []).append(taint)
    snapshot = cluster.snapshot()
    change = after(snapshot, remove_field(the_node(snapshot), "spec.unschedulable"))
    assert all(t.key != taint["key"] for t in the_node(change.after).spec.taints)


@pytest.mark.parametrize("kind", [NodeClaim, Node])
def test_a_deleted_machine_takes_node_claim_and_pods_with_it(kind: type[Any]) -> None:
    cluster = Cluster()
    own(cluster, "Job")
    cluster.pod["spec"]["nodeName"] = EFA_NODE
    snapshot = cluster.snapshot()
    name = EFA_NODE if kind is Node else "efa-abcde"
    change = after(snapshot, Deletion(target=reference(snapshot.get(kind, name))))
    assert change.after.get(Node, EFA_NODE) is None
    assert change.after.get(NodeClaim, "efa-abcde") is None
    assert not [p for p in change.after.all(Pod) if p.spec.node_name == EFA_NODE]
    again = change.after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.status.phase == "Pending"


def test_a_node_that_goes_gives_back_its_share_of_the_pools_limits() -> None:
    cluster = Cluster()
    cluster.node["status"]["capacity"]["cpu"] = "192"
    cluster.pool["status"]["resources"] = {"cpu": "384", "nodes": "2", "pods": "200"}
    snapshot = cluster.snapshot()
    claim = ObjectRef("karpenter.sh/v1", "NodeClaim", "", "efa-abcde")
    pool = after(snapshot, Deletion(target=claim)).after.all(NodePool)[0]
    assert amounts(pool.status.resources)["cpu"] == 192_000
    assert pool.status.resources["nodes"] == "1"


def test_quantities_that_are_none_count_for_nothing() -> None:
    cluster = kept_off()
    cluster.node["status"]["capacity"]["memory"] = "much"
    cluster.node["status"]["allocatable"][EFA] = "several"
    cluster.pool["status"]["resources"] = {"memory": "1Gi", "cpu": "lots"}
    snapshot = cluster.snapshot()
    mended = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    assert the_node(after(snapshot, mended).after).status.allocatable[EFA] != "several"
    claim = ObjectRef("karpenter.sh/v1", "NodeClaim", "", "efa-abcde")
    pool = after(snapshot, Deletion(target=claim)).after.all(NodePool)[0]
    assert amounts(pool.status.resources)["memory"] == 2**30


@pytest.mark.parametrize(
    "call",
    [
        AwsCall(
            service="ec2",
            operation="terminate-instances",
            parameters={"InstanceIds": [EFA_INSTANCE]},
        ),
        AwsCall(
            service="autoscaling",
            operation="terminate-instance-in-auto-scaling-group",
            parameters={"InstanceId": EFA_INSTANCE, "ShouldDecrementDesiredCapacity": False},
        ),
    ],
    ids=lambda c: c.operation,
)
def test_an_instance_that_is_terminated_takes_its_node_with_it(call: AwsCall) -> None:
    change = after(Cluster().snapshot(), call)
    assert change.after.get(Node, EFA_NODE) is None
    assert len(change.after.all(Node)) == len(Cluster().snapshot().all(Node)) - 1


# ---- owners -----------------------------------------------------------------


def test_a_deleted_pod_comes_back_from_its_owners_template_with_what_admission_added() -> None:
    cluster = Cluster()
    owner = own(cluster, "StatefulSet")
    added = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    cluster.pod["spec"]["tolerations"].append(added)
    template = owner["spec"]["template"]["spec"]
    snapshot = cluster.snapshot()
    workload = snapshot.find(ObjectRef("apps/v1", "StatefulSet", "ml", "train"))
    edits = (
        set_field(workload, "spec.template.spec.nodeSelector.fresh", "yes"),
        Deletion(target=ObjectRef("v1", "Pod", "ml", "trainer")),
    )
    again = after(snapshot, *edits).after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.spec.node_selector["fresh"] == "yes"
    assert len(again.spec.tolerations) == len(template["tolerations"]) + 1


def test_a_bare_pod_that_is_deleted_does_not_come_back() -> None:
    snapshot = Cluster().snapshot()
    change = after(snapshot, Deletion(target=ObjectRef("v1", "Pod", "ml", "trainer")))
    assert change.after.get(Pod, "trainer", "ml") is None


def test_a_job_made_anew_forgets_what_was_patched_into_its_pods() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    job = snapshot.find(ObjectRef("batch/v1", "Job", "ml", "train"))
    patched = after(snapshot, append_to(pod, "spec.tolerations", Toleration(key="in-place")))
    remade = Recreation(
        target=reference(job), operations=setting(job, "spec.template.spec.nodeSelector.a", "b")
    )
    change = settle(apply(patched.after, remade), snapshot)
    again = change.after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.spec.node_selector["a"] == "b"
    assert Toleration(key="in-place") not in again.spec.tolerations


def test_a_deployment_replaces_its_pods_when_its_template_changes_a_stateful_set_does_not() -> None:
    for kind, changes in (("Deployment", True), ("StatefulSet", False)):
        cluster = Cluster()
        own(cluster, kind)
        snapshot = cluster.snapshot()
        workload = snapshot.find(ObjectRef("apps/v1", kind, "ml", "train"))
        edit = set_field(workload, "spec.template.spec.nodeSelector.fresh", "yes")
        pod = after(snapshot, edit).after.get(Pod, "trainer", "ml")
        assert pod is not None
        assert ("fresh" in pod.spec.node_selector) is changes


@pytest.mark.parametrize(
    ("kind", "field", "value", "left"),
    [
        ("Deployment", "replicas", 1, 1),
        ("Deployment", "replicas", 0, 0),
        ("Job", "parallelism", 1, 1),
        ("Job", "suspend", True, 0),
    ],
)
def test_a_workload_that_is_scaled_down_or_suspended_ends_pods(
    kind: str, field: str, value: object, left: int
) -> None:
    cluster = Cluster()
    own(cluster, kind, replicas=2, parallelism=2)
    twin(cluster, "trainer-b")
    snapshot = cluster.snapshot()
    workload = next(w for w in snapshot.all(Workload) if w.kind == kind)
    change = after(snapshot, set_field(workload, f"spec.{field}", value))
    assert len([p for p in change.after.all(Pod) if p.metadata.namespace == "ml"]) == left


# ---- Karpenter --------------------------------------------------------------


def not_ready(cluster: Cluster) -> None:
    conditions = cluster.nodeclass["status"]["conditions"]
    for condition in conditions:
        if condition["type"] in ("SubnetsReady", "ValidationSucceeded", "Ready"):
            condition["status"] = "False"
            condition["reason"] = "DependenciesNotReady"
    if not any(c["type"] == "SubnetsReady" for c in conditions):
        conditions.append({"type": "SubnetsReady", "status": "False", "reason": "SubnetsNotFound"})
    cluster.nodeclass["spec"]["subnetSelectorTerms"] = [
        {"tags": {"karpenter.sh/discovery": "typo"}}
    ]
    for condition in cluster.pool["status"]["conditions"]:
        if condition["type"] in ("NodeClassReady", "Ready"):
            condition["status"] = "False"


def ready(view: Any) -> str:
    return next(c.status for c in view.status.conditions if c.type == "Ready")


@pytest.mark.parametrize("value", ["prod", "*"])
def test_a_node_class_whose_selector_now_matches_is_ready_and_so_is_its_pool(value: str) -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', value
    )
    change = after(snapshot, edit)
    assert ready(change.after.all(EC2NodeClass)[0]) == "True"
    assert change.after.all(EC2NodeClass)[0].status.subnets
    assert ready(change.after.all(NodePool)[0]) == "True"


def test_a_tag_on_a_subnet_does_the_same() -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    subnet = snapshot.all(aws.Subnet)[0].subnet_id
    tags = [{"Key": "karpenter.sh/discovery", "Value": "typo"}]
    edit = AwsCall(
        service="ec2", operation="create-tags", parameters={"Resources": [subnet], "Tags": tags}
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "True"


def test_a_selector_that_still_matches_nothing_leaves_the_class_as_it_is() -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', "other-typo"
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "False"


def test_what_aws_was_not_asked_about_stays_unresolved() -> None:
    cluster = Cluster()
    not_ready(cluster)
    cluster.unread_sources("aws/ec2/describe-subnets")
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', "prod"
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "False"


def test_a_change_that_leads_to_nothing_is_itself() -> None:
    snapshot = Cluster().snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    change = after(snapshot, set_field(pod, "metadata.labels.a", "b"))
    assert [reference(v) for v in change.replaced] == [reference(pod)]
    assert not change.removed
    assert not change.said
