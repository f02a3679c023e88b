"""The filters that look at a node alone: NodeUnschedulable, NodeName, TaintToleration,
NodeAffinity, NodePorts, NodeResourcesFit, NodeDeclaredFeatures.

https://github.com/kubernetes/kubernetes/tree/v1.36.2/pkg/scheduler/framework/plugins
"""

import pytest
from tiny import judged, node, pod, reason

from efadoctor.scheduling.refusals import (
    AffinityUnmet,
    Cordoned,
    FeaturesUndeclared,
    InsufficientResource,
    OtherNodeNamed,
    PortTaken,
    UntoleratedTaint,
)

GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
EFA = {"key": "vpc.amazonaws.com/efa", "value": "true", "effect": "NoExecute"}
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
NO_MATCH = "1 node(s) didn't match Pod's node affinity/selector"


def affinity(*terms):
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}
        }
    }


def expression(key, operator, *values):
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(*names, operator="In"):
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(names)}]}


# ---- NodeUnschedulable, NodeName ---------------------------------------------


def test_a_cordoned_node_takes_no_pod():
    cordoned = node(spec={"unschedulable": True})
    prediction = judged(pod(), cordoned)
    assert prediction.message == "0/1 nodes are available: 1 node(s) were unschedulable."
    assert isinstance(prediction.blockers["n"][0], Cordoned)


def test_a_pod_that_tolerates_the_cordon_s_taint_may_go_to_a_cordoned_node():
    tolerant = pod(tolerations=[{"key": CORDON["key"], "operator": "Exists"}])
    assert judged(tolerant, node(spec={"unschedulable": True})).feasible == ("n",)


def test_a_pod_that_names_its_node_goes_nowhere_else():
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
def test_the_text_names_the_taint_only_before_1_34_2(version, text):
    assert reason(pod(), node(taints=[GPU]), version=version) == f"1 {text}"


def test_every_untolerated_taint_is_a_blocker_and_only_the_first_is_a_reason():
    soft = {"key": "soft", "effect": "PreferNoSchedule"}
    prediction = judged(pod(), node(taints=[soft, GPU, EFA]), version="v1.33.0")
    found = prediction.blockers["n"]
    assert [(r.index, r.taint.key) for r in found if isinstance(r, UntoleratedTaint)] == [
        (1, "nvidia.com/gpu"),
        (2, "vpc.amazonaws.com/efa"),
    ]
    assert prediction.reasons["n"] == ["node(s) had untolerated taint {nvidia.com/gpu: present}"]


def test_a_numeric_toleration_meets_a_taint_with_a_greater_value():
    slow = {"key": "nodes.example.com/hours", "value": "12", "effect": "NoSchedule"}
    wanted = {"key": slow["key"], "operator": "Gt", "value": "10"}
    assert judged(pod(tolerations=[wanted]), node(taints=[slow])).feasible == ("n",)
    less = pod(tolerations=[wanted | {"value": "12"}])
    assert not judged(less, node(taints=[slow])).feasible


def test_a_manifest_gets_the_tolerations_that_admission_gives():
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}
    stored, manifest = pod(), pod(metadata={"uid": ""})
    assert not judged(stored, node(taints=[taint])).feasible
    assert judged(manifest, node(taints=[taint])).feasible == ("n",)


# ---- NodeAffinity ------------------------------------------------------------


def test_the_selector_s_missing_labels_and_unmet_terms_are_told_apart():
    wants = pod(
        nodeSelector={"pool": "gpu", "zone": "a"}, affinity=affinity(expression("x", "Exists"))
    )
    prediction = judged(wants, node(labels={"zone": "a"}))
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, AffinityUnmet)
    assert (refusal.selector, refusal.terms) == (("pool",), True)
    assert prediction.message == f"0/1 nodes are available: {NO_MATCH}."


def test_one_term_is_enough():
    wants = pod(affinity=affinity(expression("x", "Exists"), expression("size", "Gt", "4")))
    assert judged(wants, node(labels={"size": "8"})).feasible == ("n",)
    assert reason(wants, node(labels={"size": "4"})) == NO_MATCH


def test_naming_a_node_leaves_the_others_out_before_they_are_looked_at():
    wants = pod(affinity=affinity(named("n")))
    prediction = judged(wants, node("n", taints=[GPU]), node("m", taints=[GPU]), node("o"))
    assert prediction.message == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )
    assert prediction.reasons["o"] == ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]
    assert {type(r).__name__ for r in prediction.blockers["m"]} == {
        "UntoleratedTaint",
        "AffinityUnmet",
    }


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("v1.29.4", ""),
        ("v1.29.5", ", 2 node is filtered out by the prefilter result"),
        ("v1.29.6", ""),
        ("v1.30.1", ", 2 node is filtered out by the prefilter result"),
        ("v1.30.2", ""),
        ("v1.31.9", ""),
        ("v1.32.0", ", 2 node(s) didn't satisfy plugin(s) [NodeAffinity]"),
        ("", ", 2 node(s) didn't satisfy plugin(s) [NodeAffinity]"),
    ],
)
def test_nodes_that_affinity_leaves_out_by_name_are_not_counted_by_every_version(version, text):
    """https://github.com/kubernetes/kubernetes/pull/126022 and the pull requests it mentions."""
    nodes = (node("n", allocatable={"cpu": "1"}), node("m"), node("o"))
    subject = pod(requests={"cpu": "2"}, affinity=affinity(named("n")))
    found = judged(subject, *nodes, version=version)
    assert found.message == f"0/3 nodes are available: 1 Insufficient cpu{text}."
    assert found.feasible == ()


def test_naming_only_nodes_that_do_not_exist_leaves_out_all():
    prediction = judged(pod(affinity=affinity(named("gone"))), node("n"), node("m"))
    assert prediction.message == (
        "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_naming_two_different_nodes_in_one_term_is_a_conflict():
    both = {"matchFields": named("n")["matchFields"] + named("m")["matchFields"]}
    prediction = judged(pod(affinity=affinity(both)), node("n"))
    assert prediction.message == "0/1 nodes are available: pod affinity terms conflict."
    assert prediction.prefilter


def test_a_term_without_a_name_keeps_every_node_in():
    wants = pod(affinity=affinity(named("n"), expression("size", "Exists")))
    assert reason(wants, node("m")) == NO_MATCH


# ---- NodePorts ---------------------------------------------------------------


def port(number, protocol="TCP", address=""):
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
def test_a_host_port_is_free_or_taken_by_address_protocol_and_number(wanted, taken, fits):
    holder = pod("holder", on="n", ports=[taken])
    assert bool(judged(pod(ports=[wanted]), node(), holder).feasible) is fits


def test_who_holds_the_port_is_said():
    holder = pod("holder", on="n", ports=[port(9090)])
    prediction = judged(pod(ports=[port(80), port(9090)]), node(), holder)
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, PortTaken)
    assert (refusal.port, refusal.holder, refusal.unresolvable) == (9090, "default/holder", False)
    assert prediction.message == (
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    )


def test_on_the_host_network_every_port_is_a_host_port():
    holder = pod("holder", on="n", ports=[port(80)])
    manifest = pod(hostNetwork=True, ports=[{"containerPort": 80}])
    assert not judged(manifest, node(), holder).feasible


def test_a_sidecar_holds_its_port_and_an_init_container_does_not():
    def with_init(**more):
        init = [{"name": "i", "ports": [port(80)], **more}]
        return pod("holder", on="n", initContainers=init)

    wants = pod(ports=[port(80)])
    assert judged(wants, node(), with_init()).feasible
    assert not judged(wants, node(), with_init(restartPolicy="Always")).feasible


# ---- NodeResourcesFit --------------------------------------------------------


def test_every_resource_that_is_short_is_a_reason():
    wants = pod(
        requests={
            "cpu": "9",
            "memory": "64Gi",
            "vpc.amazonaws.com/efa": "1",
            "hugepages-2Mi": "2Mi",
        }
    )
    prediction = judged(wants, node(allocatable={"hugepages-2Mi": "0"}))
    assert prediction.message == (
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient hugepages-2Mi, "
        "1 Insufficient memory, 1 Insufficient vpc.amazonaws.com/efa."
    )


def test_a_shortage_tells_what_is_requested_used_and_allocatable():
    holder = pod("holder", on="n", requests={"vpc.amazonaws.com/efa": "24"})
    efa = node(allocatable={"vpc.amazonaws.com/efa": "32"})
    [busy] = judged(pod(requests={"vpc.amazonaws.com/efa": "16"}), efa, holder).blockers["n"]
    assert isinstance(busy, InsufficientResource)
    assert (busy.requested, busy.used, busy.allocatable) == (16, 24, 32)
    assert not busy.unresolvable
    [never] = judged(pod(requests={"vpc.amazonaws.com/efa": "33"}), efa, holder).blockers["n"]
    assert never.unresolvable


def test_a_node_takes_no_more_pods_than_it_allows():
    full = node(allocatable={"pods": "1"})
    assert reason(pod(), full, pod("other", on="n")) == "1 Too many pods"


def test_finished_pods_hold_nothing():
    def other(phase):
        return pod("other", on="n", requests={"cpu": "8"}, status={"phase": phase})

    wants = pod(requests={"cpu": "1"})
    assert not judged(wants, node(), other("Running")).feasible
    for phase in ("Succeeded", "Failed"):
        assert judged(wants, node(), other(phase)).feasible


def test_a_terminating_pod_still_holds_what_it_has():
    going = pod(
        "o", on="n", requests={"cpu": "8"}, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}
    )
    assert not judged(pod(requests={"cpu": "1"}), node(), going).feasible


def test_pods_on_a_node_that_does_not_exist_are_nobody_s():
    assert judged(pod(requests={"cpu": "8"}), node(), pod("lost", on="gone")).feasible == ("n",)


def test_a_name_that_the_scheduler_does_not_count_is_ignored():
    assert judged(pod(requests={"efa": "4"}), node()).feasible == ("n",)


def test_clauses_are_sorted_as_texts():
    nodes = [node(f"n{i}") for i in range(12)]
    cordoned = [node(f"c{i}", spec={"unschedulable": True}) for i in range(2)]
    prediction = judged(pod(requests={"cpu": "9"}), *nodes, *cordoned)
    assert prediction.message == (
        "0/14 nodes are available: 12 Insufficient cpu, 2 node(s) were unschedulable."
    )


# ---- NodeDeclaredFeatures ----------------------------------------------------


def test_a_kubelet_must_declare_the_features_that_a_pod_makes_use_of():
    wants = pod(hostNetwork=True, hostUsers=False)
    declares = node("m", declaredFeatures=["UserNamespacesHostNetworkSupport"])
    prediction = judged(wants, node("n"), declares)
    assert prediction.feasible == ("m",)
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, FeaturesUndeclared)
    assert judged(wants, node("n"), version="v1.35.0").feasible == ("n",)
