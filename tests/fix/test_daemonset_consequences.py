"""What follows for DaemonSets, their pods, and the devices that these advertise."""

from typing import Any

from clusters import EFA_NODE, Cluster
from fix.settled import ALL, EFA, GPU, after, efa_plugin, kept_off, ref_of, the_node

from efadoctor.model.edits import append_to, set_field
from efadoctor.model.fix import Creation, Deletion
from efadoctor.model.kubernetes import DaemonSet, Namespace, Node, Pod
from efadoctor.model.reference import reference


def waits(cluster: Cluster, reason: str) -> None:
    """The EFA plugin's pod is there and does not start."""
    pod = cluster.plugin_pod(cluster.efa_plugin)
    state = {"waiting": {"reason": reason}}
    pod["status"] = {"phase": "Pending", "containerStatuses": [{"name": "c", "state": state}]}
    for field in ("capacity", "allocatable"):
        cluster.node["status"][field].pop(EFA)


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
