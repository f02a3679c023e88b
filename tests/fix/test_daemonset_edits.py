"""A DaemonSet's fix: the live patch, its chart's values, its operator."""

import json
from typing import Any

from clusters import Cluster

from efadoctor.model.daemonset_edits import add_daemonset_toleration, daemonset_fix
from efadoctor.model.edits import plain
from efadoctor.model.fix import ChartValues, Command, Fix, Patch
from efadoctor.model.kubernetes import DaemonSet, Toleration
from efadoctor.model.pod_edits import Setting

NEW = Toleration(key="k", operator="Exists", effect="NoSchedule")


def fixes(cluster: Cluster, labels: dict[str, str], **metadata: Any) -> tuple[Fix, ...]:
    cluster.efa_plugin["metadata"].update(labels=labels, **metadata)
    daemonset = cluster.snapshot().get(DaemonSet, "aws-efa-k8s-device-plugin", "kube-system")
    assert daemonset is not None
    return add_daemonset_toleration(daemonset, NEW, title="Tolerate k")


def test_a_plain_manifest_gets_its_own_patch_and_nothing_else() -> None:
    (fix,) = fixes(Cluster(), {"name": "aws-efa-k8s-device-plugin"})
    assert isinstance(fix.edits[0], Patch)


def test_a_release_is_found_from_labels_and_keeps_its_chart_version() -> None:
    cluster = Cluster()
    spec = cluster.efa_plugin["spec"]["template"]["spec"]
    spec["tolerations"] = [
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "old", "operator": "Exists"},
    ]
    labels = {
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/instance": "efa",
        "helm.sh/chart": "aws-efa-k8s-device-plugin-v0.5.30",
    }
    live, lasting = fixes(cluster, labels)
    assert isinstance(live.edits[0], Patch)
    (chart,) = lasting.edits
    assert isinstance(chart, ChartValues)
    assert (chart.release, chart.namespace) == ("efa", "kube-system")
    assert (chart.chart, chart.version) == ("aws-efa-k8s-device-plugin", "v0.5.30")
    # the chart renders its own CriticalAddonsOnly; the values replace the whole list
    assert chart.values == {"tolerations": [{"key": "old", "operator": "Exists"}, plain(NEW)]}
    assert chart.operations == live.edits[0].operations


def test_the_release_annotation_of_helm_wins_over_labels() -> None:
    notes = {"meta.helm.sh/release-name": "mine", "meta.helm.sh/release-namespace": "elsewhere"}
    labels = {"helm.sh/chart": "aws-efa-k8s-device-plugin-v0.5.30"}
    _, lasting = fixes(Cluster(), labels, annotations=notes)
    (chart,) = lasting.edits
    assert isinstance(chart, ChartValues)
    assert (chart.release, chart.namespace) == ("mine", "elsewhere")


def test_a_release_whose_name_a_shell_tool_could_take_for_an_option_is_left_out() -> None:
    labels = {
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/instance": "--post-renderer=evil",
        "helm.sh/chart": "aws-efa-k8s-device-plugin-v0.5.30",
    }
    assert len(fixes(Cluster(), labels)) == 1


def test_the_gpu_operator_is_changed_through_its_cluster_policy() -> None:
    owner = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "name": "mine", "uid": "u"}
    (fix,) = fixes(Cluster(), {}, ownerReferences=[owner])
    (command,) = fix.edits
    assert isinstance(command, Command)
    assert command.argv[:3] == ("kubectl", "patch", "clusterpolicies.nvidia.com/mine")
    tolerations = json.loads(command.argv[-1])["spec"]["daemonsets"]["tolerations"]
    assert tolerations[-1] == plain(NEW)
    assert [e.target.kind for e in command.effect if isinstance(e, Patch)] == ["DaemonSet"]


def test_a_change_without_known_chart_values_is_the_live_patch_alone() -> None:
    cluster = Cluster()
    cluster.efa_plugin["metadata"]["labels"] = {
        "app.kubernetes.io/instance": "efa",
        "helm.sh/chart": "aws-efa-k8s-device-plugin-v0.5.30",
    }
    daemonset = cluster.snapshot().get(DaemonSet, "aws-efa-k8s-device-plugin", "kube-system")
    assert daemonset is not None
    edits = (Setting("hostNetwork", value=True),)
    assert len(daemonset_fix(daemonset, edits, title="t")) == 1
    _, lasting = daemonset_fix(daemonset, edits, title="t", values={"hostNetwork": True})
    assert isinstance(lasting.edits[0], ChartValues)
