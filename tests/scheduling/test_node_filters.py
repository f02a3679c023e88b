"""The small filters that look at a node alone: NodeUnschedulable, NodeName, TaintToleration,
NodePorts, NodeDeclaredFeatures.

https://github.com/kubernetes/kubernetes/tree/v1.36.2/pkg/scheduler/framework/plugins
"""

from typing import Any

import pytest
from tiny import Json, judged, node, pod, reason

from efadoctor.scheduling.refusals import (
    Cordoned,
    FeaturesUndeclared,
    OtherNodeNamed,
    PortTaken,
    UntoleratedTaint,
)

GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
EFA = {"key": "vpc.amazonaws.com/efa", "value": "true", "effect": "NoExecute"}
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


# ---- NodeUnschedulable, NodeName ---------------------------------------------


def test_a_cordoned_node_takes_no_pod() -> None:
    cordoned = node(spec={"unschedulable": True})
    prediction = judged(pod(), cordoned)
    assert prediction.message == "0/1 nodes are available: 1 node(s) were unschedulable."
    assert isinstance(prediction.blockers["n"][0], Cordoned)


def test_a_pod_that_tolerates_the_cordon_s_taint_may_go_to_a_cordoned_node() -> None:
    tolerant = pod(tolerations=[{"key": CORDON["key"], "operator": "Exists"}])
    assert judged(tolerant, node(spec={"unschedulable": True})).feasible == ("n",)


def test_a_pod_that_names_its_node_goes_nowhere_else() -> None:
    prediction = judged(pod(nodeName="m", metadata={"name": "x"}), node("n"), node("m"))
    assert prediction.feasible == ("m",)
    [refusal] = prediction.blockers["n"]
    assert refusal == OtherNodeNamed(
        plugin=refusal.plugin, reason="node(s) didn't match the requested node name", wanted="m"
    )


# ---- TaintToleration ---------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("v1.36.2", "node(s) had untolerated taint(s)"),
        ("v1.34.2", "node(s) had untolerated taint(s)"),
        ("", "node(s) had untolerated taint(s)"),
        ("v1.34.1-eks-113cf36", "node(s) had untolerated taint {nvidia.com/gpu: present}"),
        ("v1.30.9", "node(s) had untolerated taint {nvidia.com/gpu: present}"),
    ],
)
def test_the_text_names_the_taint_only_before_1_34_2(version: str, text: str) -> None:
    assert reason(pod(), node(taints=[GPU]), version=version) == f"1 {text}"


def test_every_untolerated_taint_is_a_blocker_and_only_the_first_is_a_reason() -> None:
    soft = {"key": "soft", "effect": "PreferNoSchedule"}
    prediction = judged(pod(), node(taints=[soft, GPU, EFA]), version="v1.33.0")
    found = prediction.blockers["n"]
    assert [(r.index, r.taint.key) for r in found if isinstance(r, UntoleratedTaint)] == [
        (1, "nvidia.com/gpu"),
        (2, "vpc.amazonaws.com/efa"),
    ]
    assert prediction.reasons["n"] == ["node(s) had untolerated taint {nvidia.com/gpu: present}"]


def test_a_numeric_toleration_meets_a_taint_with_a_greater_value() -> None:
    slow = {"key": "nodes.example.com/hours", "value": "12", "effect": "NoSchedule"}
    wanted = {"key": slow["key"], "operator": "Gt", "value": "10"}
    assert judged(pod(tolerations=[wanted]), node(taints=[slow])).feasible == ("n",)
    less = pod(tolerations=[wanted | {"value": "12"}])
    assert not judged(less, node(taints=[slow])).feasible


def test_a_manifest_gets_the_tolerations_that_admission_gives() -> None:
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}
    stored, manifest = pod(), pod(metadata={"uid": ""})
    assert not judged(stored, node(taints=[taint])).feasible
    assert judged(manifest, node(taints=[taint])).feasible == ("n",)


# ---- NodePorts ---------------------------------------------------------------


def port(number: int, protocol: str = "TCP", address: str = "") -> Json:
    more = {"hostIP": address} if address else {}
    return {"containerPort": 1, "hostPort": number, "protocol": protocol, **more}


@pytest.mark.parametrize(
    ("wanted", "taken", "fits"),
    [
        (port(80), port(80), False),
        (port(80), port(81), True),
        (port(80), port(80, "UDP"), True),
        (port(80, address="10.0.0.1"), port(80), False),
        (port(80), port(80, address="10.0.0.1"), False),
        (port(80, address="10.0.0.1"), port(80, address="10.0.0.2"), True),
        (port(80, address="10.0.0.1"), port(80, address="10.0.0.1"), False),
        ({"containerPort": 80}, port(80), True),
    ],
)
def test_a_host_port_is_free_or_taken_by_address_protocol_and_number(
    wanted: Json, taken: Json, *, fits: bool
) -> None:
    holder = pod("holder", on="n", ports=[taken])
    assert bool(judged(pod(ports=[wanted]), node(), holder).feasible) is fits


def test_who_holds_the_port_is_said() -> None:
    holder = pod("holder", on="n", ports=[port(9090)])
    prediction = judged(pod(ports=[port(80), port(9090)]), node(), holder)
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, PortTaken)
    assert (refusal.port, refusal.holder, refusal.unresolvable) == (9090, "default/holder", False)
    assert prediction.message == (
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    )


def test_on_the_host_network_every_port_is_a_host_port() -> None:
    holder = pod("holder", on="n", ports=[port(80)])
    manifest = pod(hostNetwork=True, ports=[{"containerPort": 80}])
    assert not judged(manifest, node(), holder).feasible


def test_a_sidecar_holds_its_port_and_an_init_container_does_not() -> None:
    def with_init(**more: Any) -> Json:
        init = [{"name": "i", "ports": [port(80)], **more}]
        return pod("holder", on="n", initContainers=init)

    wants = pod(ports=[port(80)])
    assert judged(wants, node(), with_init()).feasible
    assert not judged(wants, node(), with_init(restartPolicy="Always")).feasible


# ---- NodeDeclaredFeatures ----------------------------------------------------


def test_a_kubelet_must_declare_the_features_that_a_pod_makes_use_of() -> None:
    wants = pod(hostNetwork=True, hostUsers=False)
    declares = node("m", declaredFeatures=["UserNamespacesHostNetworkSupport"])
    prediction = judged(wants, node("n"), declares)
    assert prediction.feasible == ("m",)
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, FeaturesUndeclared)
    assert judged(wants, node("n"), version="v1.35.0").feasible == ("n",)
