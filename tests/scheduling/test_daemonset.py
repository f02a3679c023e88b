"""Where the DaemonSet controller wants a pod.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/controller/daemon/daemon_controller.go
"""

from typing import Any

import msgspec
import pytest
from tiny import Json, node, snapshot

from efadoctor import daemonset_nodes
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.daemonset import daemonset_verdict
from efadoctor.scheduling.refusals import AffinityUnmet, OtherNodeNamed, UntoleratedTaint

EFA = {"key": "vpc.amazonaws.com/efa", "value": "true", "effect": "NoSchedule"}


def daemonset(**spec: Any) -> Json:
    template = {"spec": {"containers": [{"name": "c"}], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "ds", "namespace": "kube-system"},
        "spec": {"template": template},
    }


def runs(taint: Json, **spec: Any) -> bool:
    return daemonset_nodes(snapshot(node(taints=[taint])), daemonset(**spec)) == ["n"]


def condition(name: str, effect: str = "NoSchedule") -> Json:
    return {"key": f"node.kubernetes.io/{name}", "effect": effect}


@pytest.mark.parametrize(
    ("name", "effect", "tolerated"),
    [
        ("not-ready", "NoExecute", True),
        ("not-ready", "NoSchedule", False),
        ("unreachable", "NoExecute", True),
        ("disk-pressure", "NoSchedule", True),
        ("memory-pressure", "NoSchedule", True),
        ("pid-pressure", "NoSchedule", True),
        ("unschedulable", "NoSchedule", True),
        ("network-unavailable", "NoSchedule", False),
    ],
)
def test_the_controller_adds_tolerations_for_a_node_s_conditions(
    name: str, effect: str, *, tolerated: bool
) -> None:
    assert runs(condition(name, effect)) is tolerated


def test_on_the_host_network_the_network_may_be_missing() -> None:
    assert runs(condition("network-unavailable"), hostNetwork=True)


@pytest.mark.parametrize("key", ["karpenter.sh/unregistered", "vpc.amazonaws.com/efa"])
def test_no_other_taint_is_tolerated_unasked(key: str) -> None:
    taint = {"key": key, "effect": "NoExecute"}
    assert not runs(taint)
    assert runs(taint, tolerations=[{"operator": "Exists"}])


def test_a_cordon_keeps_no_daemon_off() -> None:
    cordoned = node(spec={"unschedulable": True})
    assert daemonset_nodes(snapshot(cordoned), daemonset()) == ["n"]


def test_resources_do_not_matter_to_the_controller() -> None:
    assert daemonset_nodes(snapshot(node(allocatable={"pods": "0"})), daemonset()) == ["n"]


def test_selector_affinity_and_node_name_choose() -> None:
    required = {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": "type", "operator": "In", "values": ["p5"]}]}
        ]
    }
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    nodes = snapshot(node("n", labels={"type": "p5"}), node("m", labels={"efa": "yes"}))
    assert daemonset_nodes(nodes, daemonset(affinity=affinity)) == ["n"]
    assert daemonset_nodes(nodes, daemonset(nodeSelector={"efa": "yes"})) == ["m"]
    assert daemonset_nodes(nodes, daemonset(nodeName="m")) == ["m"]


def test_a_verdict_has_every_fact_and_needs_no_snapshot() -> None:
    view = msgspec.convert(daemonset(nodeSelector={"efa": "yes"}, nodeName="m"), DaemonSet)
    future = msgspec.convert(node(taints=[EFA]), Node)
    verdict = daemonset_verdict(view, future, ServerVersion(1, 33))
    assert [type(r) for r in verdict] == [OtherNodeNamed, UntoleratedTaint, AffinityUnmet]
    assert verdict[1].reason == "node(s) had untolerated taint {vpc.amazonaws.com/efa: true}"
    assert (
        daemonset_verdict(msgspec.convert(daemonset(), DaemonSet), msgspec.convert(node(), Node))
        == ()
    )


def test_what_is_no_daemonset_is_an_error() -> None:
    with pytest.raises(UnreadableInputError, match="not a DaemonSet"):
        daemonset_nodes(snapshot(node()), {"spec": {"template": 7}})
