"""Every blocker of a pool, not only the one that Karpenter stops at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provisioning import (
    CAPACITY,
    EFA,
    GPU,
    POOL,
    TYPE,
    TYPES,
    ZONE,
    A,
    B,
    C,
    a_type,
    ask,
    pod,
    pool,
    preferred,
    required,
    requirement,
    taint,
)

from efadoctor.scheduling.karpenter import blockers as why

LARGE = {EFA: "4", GPU: "8"}


def judged(subject, *objects, name="pool", types=TYPES):
    return ask(subject, *objects, types=types).judgements[name]


def only(judgement, kind):
    """The one blocker of a judgement, which must be of this kind."""
    assert [type(b) for b in judgement.blockers] == [kind]
    return judgement.blockers[0]


def kinds(judgement):
    return [type(b) for b in judgement.blockers]


def test_a_pool_that_takes_the_pod_has_no_blocker():
    judgement = judged(pod(requests=LARGE), pool())
    assert judgement.blockers == ()
    assert [t.name for t in judgement.launch] == ["p4d.24xlarge", "p5.48xlarge"]
    assert judgement.closest == judgement.launch
    assert judgement.zones == (A, B)
    assert judgement.capacity_types == ("on-demand",)


def test_taints_labels_and_resources_are_all_named():
    subject = pod(requests={EFA: "33"}, nodeSelector={"team": "a", POOL: "gpu"})
    judgement = judged(subject, pool(taints=(taint("x"), taint("y"))))
    assert kinds(judgement) == [
        why.UntoleratedPoolTaint,
        why.UntoleratedPoolTaint,
        why.UnknownLabel,
        why.RequirementConflict,
        why.InsufficientTypes,
    ]
    assert [b.index for b in judgement.of_kind(why.UntoleratedPoolTaint)] == [0, 1]
    assert judgement.clause.startswith("did not tolerate taint (taint=x:NoSchedule)")


def test_a_pool_that_is_not_ready_is_judged_all_the_same():
    unready = pool(taints=(taint("x"),))
    unready["status"]["conditions"] = [
        {"type": "Ready", "status": "False", "reason": "NotReady"},
        {"type": "NodeClassReady", "status": "False", "reason": "SubnetsNotFound", "message": "m"},
    ]
    judgement = judged(pod(), unready)
    assert judgement.blockers[0] == why.NotReady(
        condition="NodeClassReady", status="False", reason="SubnetsNotFound", message="m"
    )
    assert kinds(judgement)[1:] == [why.UntoleratedPoolTaint]
    assert judgement.clause == ""


def test_a_value_that_is_nearly_the_pools_is_named():
    conflict = only(
        judged(pod(nodeSelector={POOL: "gpu_efa"}), pool("gpu-efa"), name="gpu-efa"),
        why.RequirementConflict,
    )
    assert (conflict.key, conflict.nearest, conflict.by_types) == (POOL, "gpu-efa", False)


def test_a_type_that_is_nearly_one_is_named():
    conflict = only(judged(pod(nodeSelector={TYPE: "p5.48xlrge"}), pool()), why.RequirementConflict)
    assert (conflict.nearest, conflict.by_types) == ("p5.48xlarge", True)


def test_a_label_that_is_nearly_known_is_named():
    unknown = only(
        judged(pod(nodeSelector={"karpenter.k8s/capacity-type": "spot"}), pool()), why.UnknownLabel
    )
    assert (unknown.key, unknown.hint) == ("karpenter.k8s/capacity-type", CAPACITY)
    unknown = only(
        judged(pod(nodeSelector={"tema": "a"}), pool(labels={"team": "a"})), why.UnknownLabel
    )
    assert (unknown.hint, unknown.nearest) == ("", "team")


def test_what_lies_behind_a_contradiction_is_judged_with_the_pools_word():
    subject = pod(requests={EFA: "33"}, nodeSelector={ZONE: C})
    judgement = judged(subject, pool("pool", requirement(ZONE, "In", B)))
    assert kinds(judgement) == [why.RequirementConflict, why.InsufficientTypes]
    assert judgement.zones == (B,)


def test_each_resource_that_no_type_has_enough_of_is_named():
    judgement = judged(pod(requests={EFA: "33", GPU: "9", "vpc.amazon.com/efa": "1"}), pool())
    found = {b.resource: b for b in judgement.of_kind(why.InsufficientTypes)}
    assert set(found) == {EFA, GPU, "vpc.amazon.com/efa"}
    assert (found[EFA].requested, found[EFA].most, found[EFA].best) == (33, 32, "p5.48xlarge")
    assert (found["vpc.amazon.com/efa"].most, found["vpc.amazon.com/efa"].best) == (0, "")


def test_the_most_that_other_types_would_have_is_told_too():
    subject = pod(requests={EFA: "4"})
    small = only(
        judged(subject, pool("pool", requirement(TYPE, "In", "g5.8xlarge"))), why.InsufficientTypes
    )
    assert (small.most, small.best, small.most_known) == (1, "g5.8xlarge", 32)


def test_resources_that_no_single_type_has_together_are_named():
    types = [a_type("cpu", cpu=64), a_type("efa", cpu=4, efa=4)]
    together = only(
        judged(pod(requests={EFA: "4", "cpu": "32"}), pool(), types=types), why.InsufficientTogether
    )
    assert together.resources == ("cpu", EFA)


def test_huge_pages_are_named_for_what_they_are():
    pages = only(
        judged(pod(requests=LARGE | {"hugepages-2Mi": "5120Mi"}), pool()), why.HugepagesNotModelled
    )
    assert (pages.resource, pages.requested) == ("hugepages-2Mi", 5120 * 2**20)


def test_huge_pages_that_a_catalogue_has_can_be_used_up():
    with_pages = a_type("pages")
    with_pages["resources"]["hugepages-2Mi"] = "1Gi"
    subject = pod(requests={"hugepages-2Mi": "2Gi"})
    assert only(judged(subject, pool(), types=[with_pages]), why.InsufficientTypes).most == 2**30


def test_a_type_that_would_serve_but_is_in_another_zone_is_named_with_where_it_is():
    subject = pod(requests={EFA: "32"})
    missing = only(judged(subject, pool("pool", requirement(ZONE, "In", A))), why.NoOffering)
    assert missing.types == ("p5.48xlarge",)
    assert missing.offered == ((B, "on-demand"),)
    assert missing.by_pool


def test_the_pod_may_be_the_one_that_asks_for_the_wrong_zone():
    missing = only(
        judged(pod(requests={EFA: "32"}, nodeSelector={ZONE: A}), pool()), why.NoOffering
    )
    assert not missing.by_pool
    assert missing.zones.values == {A}


def test_a_pool_that_leaves_no_type_says_which_requirement_does_that():
    left = only(judged(pod(), pool("pool", requirement(TYPE, "In", "p5.48xlrge"))), why.NoTypeLeft)
    assert left.requirement.key == TYPE
    assert left.nearest == "p5.48xlarge"
    assert "p5.48xlarge" in left.values


def test_requirements_of_a_pool_that_only_together_leave_no_type_are_all_named():
    written = pool(
        "pool",
        requirement(TYPE, "In", "c7g.4xlarge"),
        requirement("kubernetes.io/arch", "In", "amd64"),
    )
    judgement = judged(pod(), written)
    assert {b.requirement.key for b in judgement.of_kind(why.NoTypeLeft)} == {
        TYPE,
        "kubernetes.io/arch",
    }


def test_a_pool_that_leaves_no_offering_says_so():
    spot = pool("pool", requirement(CAPACITY, "In", "spot"))
    missing = only(judged(pod(), spot), why.NoOffering)
    assert missing.by_pool
    assert missing.capacity_types.values == {"spot"}


def test_an_empty_catalogue_is_named():
    assert only(judged(pod(), pool(), types=[]), why.NoTypeKnown)


def test_a_limit_is_named_with_what_one_node_would_take():
    limited = pool(limits={"cpu": "100", "memory": "10Ti"})
    limited["status"]["resources"] = {"cpu": "32", "memory": "1Gi"}
    limit = only(judged(pod(requests={EFA: "4"}), limited), why.LimitExceeded)
    assert (limit.resource, limit.limit, limit.used, limit.needed) == (
        "cpu",
        100_000,
        32_000,
        96_000,
    )


def test_limits_are_asked_of_the_types_that_would_serve():
    limited = pool(limits={"cpu": "33"})
    assert judged(pod(), limited).launch
    assert only(judged(pod(requests={EFA: "4"}), limited), why.LimitExceeded)


def test_a_limit_on_nodes_is_a_limit():
    limited = pool(limits={"nodes": "1"})
    limited["status"]["resources"] = {"nodes": "1"}
    assert only(judged(pod(), limited), why.LimitExceeded).resource == "nodes"


def test_unmet_min_values_are_named_with_the_number_found():
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    unmet = only(judged(pod(requests={EFA: "2"}), varied), why.MinValuesUnmet)
    assert (unmet.requirement.min_values, unmet.found) == (3, 2)


def test_what_is_wrong_with_the_pod_stands_beside_what_is_wrong_with_the_pool():
    subject = pod(nodeSelector={"karpenter.sh/nodepol": "x"})
    judgement = judged(subject, pool(taints=(taint("x"),)))
    assert kinds(judgement)[0] is why.RestrictedLabel
    assert judgement.blockers[0].nearest == POOL
    assert why.UntoleratedPoolTaint in kinds(judgement)


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (pod(affinity=required([requirement(POOL, "DoesNotExist")])), why.OptsOut),
        (pod(nodeSelector={CAPACITY: "cheap"}), why.InvalidRequirement),
    ],
)
def test_a_pod_that_is_not_tried_is_judged(subject, kind):
    assert kind in kinds(judged(subject, pool()))


def test_the_judgement_is_that_of_the_alternative_that_comes_nearest():
    near = [requirement(TYPE, "In", "p5.48xlarge")]
    far = [requirement("first", "Exists"), requirement("second", "Exists")]
    subject = pod(affinity=required(near, far))
    assert kinds(judged(subject, pool(taints=(taint("x"),)))) == [why.UntoleratedPoolTaint]


def test_a_pool_is_judged_where_it_takes_the_pod_even_if_another_pool_is_chosen():
    liking = pod(affinity=preferred((1, requirement(POOL, "In", "light"))))
    found = ask(liking, pool("heavy", weight=9), pool("light"))
    assert found.nodepool == "light"
    assert found.judgements["heavy"].launch


def test_the_nearest_type_serves_efa_and_gpus_before_it_is_cheap():
    subject = pod(requests=LARGE | {"cpu": "500"})
    assert judged(subject, pool()).closest[0].name == "p4d.24xlarge"
    subject = pod(requests={EFA: "1", "cpu": "500"})
    assert judged(subject, pool()).closest[0].name == "g5.8xlarge"


# ---- what Karpenter does, and what is said to be in the way -----------------

KEYS = (TYPE, ZONE, CAPACITY, "kubernetes.io/arch", "karpenter.kwok.sh/instance-cpu", "team")
WORDS = (A, B, C, "on-demand", "spot", "amd64", "arm64", "p5.48xlarge", "m5.large", "4", "96", "a")
listed = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)
requirements = st.one_of(
    st.builds(requirement, st.sampled_from(KEYS), st.sampled_from(["Exists", "DoesNotExist"])),
    st.builds(
        lambda key, operator, values: requirement(key, operator, *values),
        st.sampled_from(KEYS),
        st.sampled_from(["In", "NotIn"]),
        listed,
    ),
    st.builds(
        lambda operator, value: requirement("karpenter.kwok.sh/instance-cpu", operator, value),
        st.sampled_from(["Gt", "Lt"]),
        st.sampled_from(["4", "31", "96", "200"]),
    ),
)
pools = st.builds(
    lambda written, tainted, limit, team: pool(
        "pool",
        *written,
        taints=(taint("x"),) if tainted else (),
        labels={"team": team} if team else {},
        limits={"cpu": limit} if limit else {},
    ),
    st.lists(requirements, max_size=3),
    st.booleans(),
    st.sampled_from(["", "3", "40", "1000"]),
    st.sampled_from(["", "a", "b"]),
)
amounts = st.dictionaries(
    st.sampled_from([EFA, GPU, "cpu", "memory", "hugepages-2Mi"]),
    st.sampled_from(["0", "1", "4", "32", "100"]),
    max_size=3,
)
pods = st.builds(
    lambda requests, terms, selector: pod(
        requests=requests, nodeSelector=selector, affinity=required(*terms) if terms else {}
    ),
    amounts,
    st.lists(st.lists(requirements, min_size=1, max_size=2), max_size=2),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WORDS), max_size=2),
)


@given(pods, pools)
def test_blockers_are_found_exactly_where_karpenter_refuses(subject, written):
    found = ask(subject, written)
    judgement = found.judgements["pool"]
    assert bool(judgement.blockers) is not bool(judgement.launch)
    assert (found.nodepool is None) == bool(judgement.blockers)
    assert bool(found.errors) == bool(judgement.blockers) or not found.message
