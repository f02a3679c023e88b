"""NodeAffinity: selectors, required terms, and nodes left out by name.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go
"""

import pytest
from tiny import Json, judged, node, pod, reason

from efadoctor.scheduling.refusals import AffinityUnmet

GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
NO_MATCH = "1 node(s) didn't match Pod's node affinity/selector"


def affinity(*terms: Json) -> Json:
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}
        }
    }


def expression(key: str, operator: str, *values: str) -> Json:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(*names: str, operator: str = "In") -> Json:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(names)}]}


def test_the_selector_s_missing_labels_and_unmet_terms_are_told_apart() -> None:
    wants = pod(
        nodeSelector={"pool": "gpu", "zone": "a"}, affinity=affinity(expression("x", "Exists"))
    )
    prediction = judged(wants, node(labels={"zone": "a"}))
    [refusal] = prediction.blockers["n"]
    assert isinstance(refusal, AffinityUnmet)
    assert (refusal.selector, refusal.terms) == (("pool",), True)
    assert prediction.message == f"0/1 nodes are available: {NO_MATCH}."


def test_one_term_is_enough() -> None:
    wants = pod(affinity=affinity(expression("x", "Exists"), expression("size", "Gt", "4")))
    assert judged(wants, node(labels={"size": "8"})).feasible == ("n",)
    assert reason(wants, node(labels={"size": "4"})) == NO_MATCH


def test_naming_a_node_leaves_the_others_out_before_they_are_looked_at() -> None:
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
def test_nodes_that_affinity_leaves_out_by_name_are_not_counted_by_every_version(
    version: str, text: str
) -> None:
    """https://github.com/kubernetes/kubernetes/pull/126022 and the pull requests it mentions."""
    nodes = (node("n", allocatable={"cpu": "1"}), node("m"), node("o"))
    subject = pod(requests={"cpu": "2"}, affinity=affinity(named("n")))
    found = judged(subject, *nodes, version=version)
    assert found.message == f"0/3 nodes are available: 1 Insufficient cpu{text}."
    assert found.feasible == ()


def test_naming_only_nodes_that_do_not_exist_leaves_out_all() -> None:
    prediction = judged(pod(affinity=affinity(named("gone"))), node("n"), node("m"))
    assert prediction.message == (
        "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_naming_two_different_nodes_in_one_term_is_a_conflict() -> None:
    both = {"matchFields": named("n")["matchFields"] + named("m")["matchFields"]}
    prediction = judged(pod(affinity=affinity(both)), node("n"))
    assert prediction.message == "0/1 nodes are available: pod affinity terms conflict."
    assert prediction.prefilter


def test_a_term_without_a_name_keeps_every_node_in() -> None:
    wants = pod(affinity=affinity(named("n"), expression("size", "Exists")))
    assert reason(wants, node("m")) == NO_MATCH
