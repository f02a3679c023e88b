"""EFA403: the EFA plugin's selection passes the node by."""

import pytest
from clusters import Cluster, Fault, broken
from faults.plugins import (
    allowed_types,
    efa_plugin_leaves_out_auto,
    efa_plugin_list_too_old,
    efa_plugin_taint_not_tolerated,
    efa_plugin_wants_a_label,
)
from questions import ask, causes, one, report, seen, status

from efadoctor.model.fix import Patch

CODE = "EFA403"
PLUGIN = "aws-efa-k8s-device-plugin"
TERM = (
    "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    ".nodeSelectorTerms[0].matchExpressions"
)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        (efa_plugin_list_too_old, f"{TERM}[0].values"),
        (efa_plugin_wants_a_label, 'spec.template.spec.nodeSelector["example.com/efa"]'),
        (efa_plugin_leaves_out_auto, f"{TERM}[1].values"),
    ],
)
def test_what_the_selection_misses_is_the_only_cause(fault: Fault, field: str) -> None:
    assert field in seen(one(CODE, broken(fault)))
    assert causes(broken(fault)) == [(CODE, PLUGIN)]
    found = report(broken(fault))
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_node_s_type_is_added_to_the_list() -> None:
    fix = one(CODE, broken(efa_plugin_list_too_old)).fixes[0]
    patch = fix.edits[0]
    assert isinstance(patch, Patch)
    added = patch.operations[-1]
    assert (added.op, added.value) == ("add", "p5.48xlarge")


def test_a_chart_gets_the_whole_list_for_its_values() -> None:
    def of_chart(cluster: Cluster) -> None:
        efa_plugin_list_too_old(cluster)
        cluster.efa_plugin["metadata"]["labels"] |= {
            "helm.sh/chart": "aws-efa-k8s-device-plugin-v0.5.7",
            "app.kubernetes.io/instance": "efa",
            "app.kubernetes.io/managed-by": "Helm",
        }

    _, values, upgrade = report(broken(of_chart)).root_causes[0].fixes
    assert 'supportedInstanceLabels.values=["c5n.18xlarge"' in values.commands[0]
    assert values.verified is True
    assert "--reset-then-reuse-values" in upgrade.commands[0]


def test_a_label_may_also_be_set_on_nodes_and_pool() -> None:
    _, label = report(broken(efa_plugin_wants_a_label)).root_causes[0].fixes
    assert len(label.edits) == 2
    assert label.risk.value == "replaces-nodes"
    assert label.verified is True


def test_a_list_that_lacks_the_type_of_a_node_to_come_is_named() -> None:
    def before(cluster: Cluster) -> None:
        efa_plugin_list_too_old(cluster)
        allowed_types(cluster.efa_plugin).remove("p4d.24xlarge")
        cluster.without_nodes_of_pool()
        cluster.pool["spec"]["limits"] = {}

    finding = one(CODE, broken(before))
    assert "p4d.24xlarge" in finding.summary
    assert causes(broken(before)) == [(CODE, PLUGIN)]


def test_taint_and_selection_are_two_findings() -> None:
    def both(cluster: Cluster) -> None:
        efa_plugin_list_too_old(cluster)
        spec = cluster.efa_plugin["spec"]["template"]["spec"]
        spec["tolerations"] = []

    assert [code for code, _ in causes(broken(both))] == ["EFA402", CODE]


def test_a_second_term_that_matches_is_enough() -> None:
    def two_terms(cluster: Cluster) -> None:
        allowed_types(cluster.efa_plugin).remove("p5.48xlarge")
        affinity = cluster.efa_plugin["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
        terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        terms.append({"matchExpressions": [{"key": "karpenter.sh/nodepool", "operator": "Exists"}]})

    assert status(CODE, broken(two_terms)) == "pass"


def test_a_plugin_kept_off_by_a_taint_alone_selects_the_node() -> None:
    assert ask(CODE, broken(efa_plugin_taint_not_tolerated)).findings == ()


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(efa_plugin_list_too_old).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"
