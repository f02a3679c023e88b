"""The filters that look at other pods: PodTopologySpread and InterPodAffinity.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go
"""

from typing import Any

import pytest
from tiny import HOST, ZONE, Json, judged, node, pod, reason, thing

from efadoctor.scheduling.refusals import PodAffinitySide, PodAffinityUnmet, SpreadUnmet

SPREAD = "node(s) didn't match pod topology spread constraints"
NEAR = "node(s) didn't match pod affinity rules"
FAR = "node(s) didn't match pod anti-affinity rules"
REPELLED = "node(s) didn't satisfy existing pods anti-affinity rules"

A = {"app": "a"}
NODES = (node("a1", zone="a"), node("a2", zone="a"), node("b1", zone="b"))


def spread(skew: int = 1, key: str = ZONE, labels: Json = A, **more: Any) -> Json:
    return {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": labels},
        **more,
    }


def spreading(*constraints: Json, labels: Json = A, **more: Any) -> Json:
    return pod(labels=labels, topologySpreadConstraints=list(constraints), **more)


def running(*nodes: str, labels: Json = A, namespace: str = "default", **more: Any) -> list[Json]:
    return [
        pod(f"r{i}-{n}", on=n, labels=labels, namespace=namespace, **more)
        for i, n in enumerate(nodes)
    ]


# ---- PodTopologySpread -------------------------------------------------------


def test_the_fuller_domain_is_closed() -> None:
    prediction = judged(spreading(spread()), *NODES, *running("a1"))
    assert prediction.feasible == ("b1",)
    [refusal] = prediction.blockers["a2"]
    assert isinstance(refusal, SpreadUnmet)
    assert (refusal.skew, refusal.index, refusal.unresolvable) == (2, 0, False)


def test_a_larger_skew_leaves_room() -> None:
    assert judged(spreading(spread(2)), *NODES, *running("a1")).feasible == ("a1", "a2", "b1")


def test_a_constraint_that_is_only_a_wish_refuses_nobody() -> None:
    wish = spread() | {"whenUnsatisfiable": "ScheduleAnyway"}
    assert len(judged(spreading(wish), *NODES, *running("a1", "a1")).feasible) == 3


def test_a_node_without_the_label_is_refused_for_that() -> None:
    bare = node("bare", labels={"topology.kubernetes.io/zone": "c"})
    del bare["metadata"]["labels"][ZONE]
    prediction = judged(spreading(spread()), bare)
    assert prediction.message == (f"0/1 nodes are available: 1 {SPREAD} (missing required label).")
    assert prediction.blockers["bare"][0].unresolvable


def test_a_pod_that_does_not_match_its_own_selector_adds_nothing_to_the_skew() -> None:
    other = spreading(spread(), labels={"app": "other"})
    assert judged(other, *NODES, *running("a1")).feasible == ("a1", "a2", "b1")


@pytest.mark.parametrize(("domains", "feasible"), [(2, ("b1",)), (3, ())])
def test_fewer_domains_than_wanted_count_as_if_an_empty_one_existed(
    domains: int, feasible: tuple[str, ...]
) -> None:
    wants = spreading(spread(minDomains=domains))
    assert judged(wants, *NODES, *running("a1", "a1", "b1")).feasible == feasible


def test_terminating_pods_and_those_of_other_namespaces_do_not_count() -> None:
    going = running("a1", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    others = running("a2", namespace="other")
    assert len(judged(spreading(spread()), *NODES, *going, *others).feasible) == 3


def test_nodes_that_the_pod_does_not_select_are_no_domains_unless_told_so() -> None:
    wants = {"nodeSelector": {ZONE: "a"}}
    assert judged(spreading(spread(), **wants), *NODES, *running("a1")).feasible == ("a1", "a2")
    ignoring = spread(nodeAffinityPolicy="Ignore")
    assert judged(spreading(ignoring, **wants), *NODES, *running("a1")).feasible == ()


def test_tainted_nodes_are_domains_unless_taints_are_honoured() -> None:
    tainted = node("b1", zone="b", taints=[{"key": "k", "effect": "NoSchedule"}])
    state = (node("a1", zone="a"), tainted, *running("a1"))
    assert judged(spreading(spread()), *state).feasible == ()
    assert judged(spreading(spread(nodeTaintsPolicy="Honor")), *state).feasible == ("a1",)


def test_match_label_keys_count_only_pods_of_the_same_revision() -> None:
    new, old = A | {"rev": "2"}, A | {"rev": "1"}
    state = (*NODES, *running("a1", "a1", labels=old))
    wants = spreading(spread(matchLabelKeys=["rev", "absent"]), labels=new)
    assert len(judged(wants, *state).feasible) == 3
    assert judged(spreading(spread(), labels=new), *state).feasible == ("b1",)


def test_an_empty_selector_counts_no_pod_but_this_one() -> None:
    everything = spread() | {"labelSelector": {}}
    assert len(judged(spreading(everything), *NODES, *running("a1", "a1")).feasible) == 3


def test_of_two_violated_constraints_the_first_is_named_and_both_are_kept() -> None:
    wants = spreading(spread(), spread(key=HOST))
    prediction = judged(wants, *NODES, *running("a1", "b1", "a1"))
    assert prediction.reasons["a1"] == [SPREAD]
    unmet = [r for r in prediction.blockers["a1"] if isinstance(r, SpreadUnmet)]
    assert [r.index for r in unmet] == [0, 1]


def test_nodes_that_lack_one_of_the_labels_are_domains_of_none() -> None:
    odd = node("odd", zone="c")
    del odd["metadata"]["labels"][HOST]
    wants = spreading(spread(), spread(9, key=HOST))
    # zone c would be an empty domain if the node counted
    assert judged(wants, *NODES, odd, *running("a1", "b1")).feasible == ("a1", "a2", "b1")


# ---- InterPodAffinity --------------------------------------------------------


def term(labels: Json = A, key: str = ZONE, **more: Any) -> Json:
    return {"labelSelector": {"matchLabels": labels}, "topologyKey": key, **more}


def near(*terms: Json, **more: Any) -> Json:
    rules = {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}
    return pod(affinity={"podAffinity": rules}, **more)


def away(*terms: Json, **more: Any) -> Json:
    rules = {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}
    return pod(more.pop("name", "p"), affinity={"podAntiAffinity": rules}, **more)


def test_affinity_leads_to_the_domain_of_the_others() -> None:
    prediction = judged(near(term()), *NODES, *running("b1"))
    assert prediction.feasible == ("b1",)
    assert prediction.reasons["a1"] == [NEAR]
    assert prediction.blockers["a1"][0].unresolvable


def test_the_first_of_a_series_may_go_anywhere_and_a_stranger_nowhere() -> None:
    assert len(judged(near(term(), labels=A), *NODES).feasible) == 3
    assert judged(near(term()), *NODES).feasible == ()


def test_all_terms_must_be_met_by_the_same_pods() -> None:
    both = near(term(), term({"tier": "x"}))
    assert judged(both, *NODES, *running("a1"), *running("a2", labels={"tier": "x"})).feasible == ()
    matching = running("b1", labels=A | {"tier": "x"})
    assert judged(both, *NODES, *matching).feasible == ("b1",)


def test_a_node_without_the_topology_label_is_refused_even_for_the_first() -> None:
    bare = node("bare")
    del bare["metadata"]["labels"][ZONE]
    assert reason(near(term(), labels=A), bare) == f"1 {NEAR}"


def test_anti_affinity_closes_the_domain_and_names_who_is_there() -> None:
    prediction = judged(away(term()), *NODES, *running("a1"))
    assert prediction.feasible == ("b1",)
    [refusal] = prediction.blockers["a2"]
    assert isinstance(refusal, PodAffinityUnmet)
    assert refusal.side is PodAffinitySide.ANTI_AFFINITY
    assert (refusal.holder, refusal.topology_key) == ("default/r0-a1", ZONE)


def test_anti_affinity_of_running_pods_holds_for_newcomers() -> None:
    guard = away(term({"app": "new"}), name="guard", nodeName="a1", status={"phase": "Running"})
    prediction = judged(pod(labels={"app": "new"}), *NODES, guard)
    assert prediction.feasible == ("b1",)
    assert prediction.reasons["a2"] == [REPELLED]
    [refusal] = prediction.blockers["a2"]
    assert isinstance(refusal, PodAffinityUnmet)
    assert refusal.holder == "default/guard"
    assert len(judged(pod(labels=A), *NODES, guard).feasible) == 3


def test_a_pod_is_not_kept_away_by_its_own_rule() -> None:
    alone = away(term(), labels=A, nodeName="a1", status={"phase": "Running"})
    assert judged(alone, *NODES, alone).feasible == ("a1",)


SPACES = (
    thing("Namespace", "default"),
    thing("Namespace", "other", metadata={"labels": {"env": "prod"}}),
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, False),
        ({"namespaces": ["other"]}, True),
        ({"namespaces": ["default"]}, False),
        ({"namespaceSelector": {}}, True),
        ({"namespaceSelector": {"matchLabels": {"env": "prod"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"env": "dev"}}}, False),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}, True),
        ({"namespaces": ["x"], "namespaceSelector": {"matchLabels": {"env": "prod"}}}, True),
    ],
)
def test_a_term_means_pods_of_the_namespaces_it_names_or_selects(
    where: Json, *, found: bool
) -> None:
    there = running("b1", namespace="other")
    assert bool(judged(near(term(**where)), *NODES, *SPACES, *there).feasible) is found
    guard = away(term(**where), name="guard", nodeName="a1", status={"phase": "Running"})
    newcomer = pod("new", namespace="other", labels=A)
    assert (judged(newcomer, node("a1"), *SPACES, guard).feasible == ()) is found


@pytest.mark.parametrize(
    ("version", "found"),
    [("v1.33.9", ()), ("v1.34.0", ("b1",)), ("v1.36.2", ("b1",)), ("", ("b1",))],
)
def test_a_selector_that_a_namespace_without_labels_meets_means_all_from_1_34_on(
    version: str, found: tuple[str, ...]
) -> None:
    """https://github.com/kubernetes/kubernetes/issues/141526"""
    elsewhere = {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}
    there = running("b1", namespace="other")
    subject = near(term(namespaceSelector=elsewhere))
    assert judged(subject, node("b1"), *SPACES, *there, version=version).feasible == found
    guard = away(term(namespaceSelector=elsewhere), name="guard", nodeName="b1")
    newcomer = pod("new", namespace="other", labels=A)
    assert judged(newcomer, node("b1"), *SPACES, guard, version=version).feasible == ("b1",)


def test_match_label_keys_of_a_manifest_are_read_as_the_api_server_writes_them() -> None:
    new, old = A | {"rev": "2"}, A | {"rev": "1"}
    state = (*NODES, *running("a1", labels=old), *running("b1", labels=new))
    assert judged(near(term(matchLabelKeys=["rev"]), labels=new), *state).feasible == ("b1",)
    assert judged(near(term(mismatchLabelKeys=["rev"]), labels=new), *state).feasible == (
        "a1",
        "a2",
    )


def test_preferences_refuse_nobody() -> None:
    wish = {"weight": 1, "podAffinityTerm": term()}
    soft = {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}
    wishing = pod(affinity={"podAffinity": soft, "podAntiAffinity": soft})
    assert len(judged(wishing, *NODES, *running("a1")).feasible) == 3
