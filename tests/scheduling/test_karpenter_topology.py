"""Topology spread and pod affinity of one pod that needs a new node.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topologygroup.go
"""

from collections.abc import Callable
from typing import Any

import pytest
from provisioning import (
    POOL,
    ZONE,
    A,
    B,
    C,
    Json,
    a_type,
    ask,
    launching,
    pod,
    pool,
    requirement,
    taint,
)
from scheduling.judged_pools import only

from efadoctor.scheduling.karpenter import blockers as why

HOST = "kubernetes.io/hostname"
TYPES = (a_type("m5.large", zones=(A, B, C)),)
APP = {"matchLabels": {"app": "train"}}


def node(name: str, zone: str, **labels: str) -> Json:
    known = {ZONE: zone, HOST: name, **labels}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": known}}


def running(
    name: str, on: str, app: str = "train", namespace: str = "default", **spec: Any
) -> Json:
    found = pod(name, nodeName=on, **spec)
    found["metadata"] |= {"labels": {"app": app}, "namespace": namespace}
    return found | {"status": {"phase": "Running"}}


def spread(key: str = ZONE, **more: Any) -> Json:
    constraint = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": APP,
    }
    return {"topologySpreadConstraints": [constraint | more]}


def near(key: str = ZONE, selector: Json = APP, **more: Any) -> Json:
    term = {"topologyKey": key, "labelSelector": selector, **more}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def apart(key: str = ZONE, selector: Json = APP, **more: Any) -> Json:
    term = {"topologyKey": key, "labelSelector": selector, **more}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


CLUSTER = (node("a", A), node("b", B), running("one", "a"), running("two", "b"))


def zones(subject: Json, *objects: Json) -> set[str]:
    found = ask(subject, pool(), *objects, types=TYPES)
    return set(launching(found).requirements.get(ZONE).values)


def test_a_spread_pod_goes_to_the_zone_with_the_fewest() -> None:
    assert zones(pod(**spread()), *CLUSTER) == {C}


def test_a_zone_that_the_pod_may_not_use_does_not_count_as_the_least() -> None:
    here = pod(nodeSelector={ZONE: A}, **spread())
    assert zones(here, *CLUSTER, running("three", "a")) == {A}


def test_a_spread_that_no_allowed_zone_meets_is_named() -> None:
    crowded = (*CLUSTER, running("three", "a"))
    found = ask(
        pod(**spread()),
        pool("pool", requirement(ZONE, "In", A)),
        pool("rest"),
        *crowded,
        types=TYPES,
    )
    assert found.nodepool == "rest"
    unmet = only(found.judgements["pool"], why.TopologyUnmet)
    assert isinstance(unmet, why.TopologyUnmet)
    assert (unmet.kind, dict(unmet.counts)) == (why.Topology.SPREAD, {A: 2, B: 1, C: 0})
    assert found.judgements["pool"].clause == (
        f"unsatisfiable topology constraint for topology spread, key={ZONE} (counts = {A}: 2,"
        f" {B}: 1, {C}: 0, podDomains = {ZONE} Exists, nodeDomains = {ZONE} In [{A}]"
    )


def test_a_soft_spread_is_given_up() -> None:
    soft = pod(nodeSelector={}, **spread(whenUnsatisfiable="ScheduleAnyway"))
    here = pool("pool", requirement(ZONE, "In", A))
    rest = pool("rest", taints=(taint("x"),))
    found = ask(soft, here, rest, *CLUSTER, running("three", "a"), types=TYPES)
    assert found.nodepool == "pool"


def test_too_few_domains_count_as_none_used() -> None:
    wide = spread(minDomains=5)
    found = ask(pod(**wide), pool(), *CLUSTER, running("three", "b"), types=TYPES)
    assert launching(found).requirements.get(ZONE).values == {C}
    here = pool("pool", requirement(ZONE, "In", A, B))
    assert ask(pod(**wide), here, *CLUSTER, types=TYPES).nodepool is None
    assert ask(pod(**spread()), here, *CLUSTER, types=TYPES).nodepool == "pool"


def test_a_spread_over_hosts_is_met_by_a_new_host() -> None:
    assert ask(pod(**spread(HOST)), pool(), *CLUSTER, types=TYPES).nodepool == "pool"


def test_nodes_that_the_pods_selector_excludes_do_not_count() -> None:
    other = (node("a", A, team="x"), running("one", "a"))
    subject = pod(nodeSelector={"team": "y"}, **spread())
    labelled = pool("pool", requirement(ZONE, "In", A, B), labels={"team": "y"})
    found = ask(subject, labelled, *other, types=TYPES)
    assert launching(found).requirements.get(ZONE).values == {A}
    ignoring = pod(nodeSelector={"team": "y"}, **spread(nodeAffinityPolicy="Ignore"))
    found = ask(ignoring, labelled, *other, types=TYPES)
    assert launching(found).requirements.get(ZONE).values == {B}


def test_match_label_keys_narrow_what_is_counted() -> None:
    subject = pod(**spread(matchLabelKeys=["rev"]))
    subject["metadata"]["labels"]["rev"] = "2"
    older = running("old", "a")
    older["metadata"]["labels"]["rev"] = "1"
    assert zones(subject, node("a", A), older) == {A}


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"phase": "Succeeded"}, False),
        ({"phase": "Failed"}, False),
        ({"phase": "Running"}, True),
    ],
)
def test_finished_pods_do_not_count(change: Json, *, counts: bool) -> None:
    other = running("one", "a") | {"status": change}
    here = pool("pool", requirement(ZONE, "In", A))
    repelled = pod(affinity=apart())
    found = ask(repelled, here, node("a", A), other, types=TYPES)
    assert (found.nodepool is None) is counts


def test_a_pod_joins_the_zone_of_those_it_wants_to_be_near() -> None:
    assert zones(pod("job", affinity=near()), *CLUSTER[:3]) == {A}


def test_the_first_pod_of_its_kind_may_go_anywhere() -> None:
    assert len(zones(pod(affinity=near()), node("a", A))) == 1


def test_a_pod_that_wants_to_be_near_nobody_is_refused() -> None:
    found = ask(pod("job", affinity=near()), pool(), node("a", A), types=TYPES)
    assert found.errors["pool"].startswith(
        f"unsatisfiable topology constraint for pod affinity, key={ZONE}"
    )


def test_affinity_to_a_host_is_not_met_by_a_new_one() -> None:
    found = ask(pod("job", affinity=near(HOST)), pool(), *CLUSTER, types=TYPES)
    assert found.nodepool is None
    assert ask(pod(affinity=near(HOST)), pool(), types=TYPES).nodepool == "pool"


def test_anti_affinity_leaves_the_empty_zones() -> None:
    assert zones(pod("job", affinity=apart()), *CLUSTER) == {C}
    assert ask(pod(affinity=apart(HOST)), pool(), *CLUSTER, types=TYPES).nodepool == "pool"


def test_the_anti_affinity_of_running_pods_holds_against_a_new_one() -> None:
    repelling = running("other", "a", app="other", affinity=apart())
    assert zones(pod(), node("a", A), repelling) == {B, C}
    here = pool("pool", requirement(ZONE, "In", A))
    found = ask(pod(), here, node("a", A), repelling, types=TYPES)
    unmet = only(found.judgements["pool"], why.TopologyUnmet)
    assert (unmet.kind, unmet.inverse) == (why.Topology.ANTI_AFFINITY, True)


def test_terms_speak_of_the_pods_own_namespace_unless_they_name_others() -> None:
    elsewhere = running("one", "a", namespace="other")
    assert (
        ask(pod("job", affinity=near()), pool(), node("a", A), elsewhere, types=TYPES).nodepool
        is None
    )
    named = near(namespaces=["other"])
    assert zones(pod("job", affinity=named), node("a", A), elsewhere) == {A}
    labels = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "other", "labels": {"t": "x"}},
    }
    chosen = near(namespaceSelector={"matchLabels": {"t": "x"}})
    assert zones(pod("job", affinity=chosen), node("a", A), elsewhere, labels) == {A}


def test_a_preferred_term_is_given_up() -> None:
    term = {"weight": 1, "podAffinityTerm": {"topologyKey": ZONE, "labelSelector": APP}}
    liking = {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}
    found = ask(pod("job", affinity=liking), pool(), types=TYPES)
    assert found.nodepool == "pool"


def test_domains_of_pools_whose_taints_are_honoured_and_not_tolerated_do_not_count() -> None:
    one = pool("one", requirement(ZONE, "In", A))
    two = pool("two", requirement(ZONE, "In", B), taints=(taint("x"),))
    crowded = (node("a", A), running("one", "a"))
    strict = pod(nodeSelector={POOL: "one"}, **spread(nodeAffinityPolicy="Ignore"))
    assert ask(strict, one, two, *crowded, types=TYPES).nodepool is None
    honoured = spread(nodeAffinityPolicy="Ignore", nodeTaintsPolicy="Honor")
    lenient = pod(nodeSelector={POOL: "one"}, **honoured)
    assert ask(lenient, one, two, *crowded, types=TYPES).nodepool == "one"


@pytest.mark.parametrize("rule", [near, apart])
def test_affinity_has_no_domain_where_only_pools_with_untolerated_taints_launch(
    rule: Callable[[], Json],
) -> None:
    # The pod gives up PreferNoSchedule too late: the domains stay those it tolerated at first.
    soft = pool(taints=(taint("x", "PreferNoSchedule"),))
    found = ask(pod("train", affinity=rule()), soft, types=TYPES)
    assert found.nodepool is None
    blockers = found.judgements["pool"].blockers
    unmet = [b for b in blockers if isinstance(b, why.TopologyUnmet)]
    assert len(unmet) == len(blockers)
    assert {b.counts for b in unmet} == {()}
    tolerating = [{"key": "x", "operator": "Exists"}]
    willing = pod("train", affinity=rule(), tolerations=tolerating)
    assert ask(willing, soft, types=TYPES).nodepool == "pool"


def test_nodes_add_their_domains_to_those_of_the_pools() -> None:
    found = ask(pod("job", affinity=near()), pool(), node("z", "us-east-1z"), types=TYPES)
    unmet = only(found.judgements["pool"], why.TopologyUnmet)
    assert dict(unmet.counts) == {A: 0, B: 0, C: 0, "us-east-1z": 0}


def test_equal_terms_of_many_pods_are_one_constraint() -> None:
    repelling = [
        running(n, on, app="other", affinity=apart()) for n, on in (("x", "a"), ("y", "b"))
    ]
    here = pool("pool", requirement(ZONE, "In", A, B))
    found = ask(pod(), here, node("a", A), node("b", B), *repelling, types=TYPES)
    assert found.message == (
        f"unsatisfiable topology constraint for pod anti-affinity, key={ZONE} (counts = {A}: 1,"
        f" {B}: 1, podDomains = {ZONE} Exists, nodeDomains = {ZONE} In [{A} {B}]"
    )


def test_a_pod_that_is_being_deleted_still_keeps_others_away() -> None:
    leaving = running("other", "a", app="other", affinity=apart())
    leaving["metadata"]["deletionTimestamp"] = "2026-11-23T12:00:00Z"
    assert zones(pod(), node("a", A), leaving) == {B, C}


def test_a_label_that_the_pool_does_not_set_cannot_be_spread_over() -> None:
    racked = node("a", A, rack="1")
    found = ask(pod(**spread("rack")), pool(), racked, types=TYPES)
    assert found.message == 'label "rack" does not have known values'
    unmet = only(found.judgements["pool"], why.TopologyUnmet)
    assert isinstance(unmet, why.TopologyUnmet)
    assert unmet.key == "rack"


def test_the_first_pod_of_its_kind_is_not_put_where_the_pool_does_not_launch() -> None:
    labelled = pool("pool", requirement("rack", "Gte", "5"))
    racked = node("a", A, rack="1")
    found = ask(pod("train", affinity=near("rack")), labelled, racked, types=TYPES)
    assert found.message == "key rack, rack DoesNotExist not in rack Exists >=5"
    assert [b.key for b in found.judgements["pool"].of_kind(why.TopologyUnmet)] == ["rack"]


def test_a_selector_that_contradicts_itself_selects_nobody() -> None:
    expression = {"key": "app", "operator": "NotIn", "values": ["train"]}
    never = APP | {"matchExpressions": [expression]}
    unlabelled = running("one", "a")
    del unlabelled["metadata"]["labels"]
    found = ask(pod("job", affinity=near(selector=never)), pool(), *CLUSTER, unlabelled)
    assert found.nodepool is None


def test_the_pod_itself_does_not_count_where_it_already_runs() -> None:
    bound = running("train", "a")
    counted = ask(bound | {"spec": bound["spec"] | spread()}, pool(), *CLUSTER, bound, types=TYPES)
    assert counted.judgement is not None
    assert set(counted.judgement.requirements.get(ZONE).values) == {C}
    repelling = running("train", "a", affinity=apart())
    found = ask(repelling, pool("pool", requirement(ZONE, "In", A)), node("a", A), repelling)
    assert found.nodepool == "pool"
