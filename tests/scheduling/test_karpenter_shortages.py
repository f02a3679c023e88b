"""What a pool's types, offerings and limits lack for a pod, each named with its amounts."""

from provisioning import CAPACITY, EFA, GPU, TYPE, ZONE, A, B, a_type, pod, pool, requirement
from scheduling.judged_pools import LARGE, judged, kinds, only

from efadoctor.scheduling.karpenter import blockers as why


def test_each_resource_that_no_type_has_enough_of_is_named() -> None:
    judgement = judged(pod(requests={EFA: "33", GPU: "9", "vpc.amazon.com/efa": "1"}), pool())
    found = {b.resource: b for b in judgement.of_kind(why.InsufficientTypes)}
    assert set(found) == {EFA, GPU, "vpc.amazon.com/efa"}
    assert (found[EFA].requested, found[EFA].most, found[EFA].best) == (33, 32, "p5.48xlarge")
    assert (found["vpc.amazon.com/efa"].most, found["vpc.amazon.com/efa"].best) == (0, "")


def test_the_most_that_other_types_would_have_is_told_too() -> None:
    subject = pod(requests={EFA: "4"})
    small = only(
        judged(subject, pool("pool", requirement(TYPE, "In", "g5.8xlarge"))), why.InsufficientTypes
    )
    assert (small.most, small.best, small.most_known) == (1, "g5.8xlarge", 32)


def test_resources_that_no_single_type_has_together_are_named() -> None:
    types = [a_type("cpu", cpu=64), a_type("efa", cpu=4, efa=4)]
    together = only(
        judged(pod(requests={EFA: "4", "cpu": "32"}), pool(), types=types), why.InsufficientTogether
    )
    assert together.resources == ("cpu", EFA)


def test_huge_pages_are_named_for_what_they_are() -> None:
    pages = only(
        judged(pod(requests=LARGE | {"hugepages-2Mi": "5120Mi"}), pool()), why.HugepagesNotModelled
    )
    assert (pages.resource, pages.requested) == ("hugepages-2Mi", 5120 * 2**20)


def test_huge_pages_that_a_catalogue_has_can_be_used_up() -> None:
    with_pages = a_type("pages")
    with_pages["resources"]["hugepages-2Mi"] = "1Gi"
    subject = pod(requests={"hugepages-2Mi": "2Gi"})
    assert only(judged(subject, pool(), types=[with_pages]), why.InsufficientTypes).most == 2**30


def test_a_type_that_would_serve_but_is_in_another_zone_is_named_with_where_it_is() -> None:
    subject = pod(requests={EFA: "32"})
    missing = only(judged(subject, pool("pool", requirement(ZONE, "In", A))), why.NoOffering)
    assert missing.types == ("p5.48xlarge",)
    assert missing.offered == ((B, "on-demand"),)
    assert missing.by_pool


def test_the_pod_may_be_the_one_that_asks_for_the_wrong_zone() -> None:
    missing = only(
        judged(pod(requests={EFA: "32"}, nodeSelector={ZONE: A}), pool()), why.NoOffering
    )
    assert not missing.by_pool
    assert missing.zones.values == {A}


def test_a_pool_that_leaves_no_type_says_which_requirement_does_that() -> None:
    left = only(judged(pod(), pool("pool", requirement(TYPE, "In", "p5.48xlrge"))), why.NoTypeLeft)
    assert left.requirement.key == TYPE
    assert left.nearest == "p5.48xlarge"
    assert "p5.48xlarge" in left.values


def test_requirements_of_a_pool_that_only_together_leave_no_type_are_all_named() -> None:
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


def test_a_pool_that_leaves_no_offering_says_so() -> None:
    spot = pool("pool", requirement(CAPACITY, "In", "spot"))
    missing = only(judged(pod(), spot), why.NoOffering)
    assert missing.by_pool
    assert missing.capacity_types.values == {"spot"}


def test_an_empty_catalogue_is_named() -> None:
    assert kinds(judged(pod(), pool(), types=[])) == [why.NoTypeKnown]


def test_a_limit_is_named_with_what_one_node_would_take() -> None:
    limited = pool(limits={"cpu": "100", "memory": "10Ti"})
    limited["status"]["resources"] = {"cpu": "32", "memory": "1Gi"}
    limit = only(judged(pod(requests={EFA: "4"}), limited), why.LimitExceeded)
    assert (limit.resource, limit.limit, limit.used, limit.needed) == (
        "cpu",
        100_000,
        32_000,
        96_000,
    )


def test_limits_are_asked_of_the_types_that_would_serve() -> None:
    limited = pool(limits={"cpu": "33"})
    assert judged(pod(), limited).launch
    assert kinds(judged(pod(requests={EFA: "4"}), limited)) == [why.LimitExceeded]


def test_a_limit_on_nodes_is_a_limit() -> None:
    limited = pool(limits={"nodes": "1"})
    limited["status"]["resources"] = {"nodes": "1"}
    assert only(judged(pod(), limited), why.LimitExceeded).resource == "nodes"


def test_unmet_min_values_are_named_with_the_number_found() -> None:
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    unmet = only(judged(pod(requests={EFA: "2"}), varied), why.MinValuesUnmet)
    assert (unmet.requirement.min_values, unmet.found) == (3, 2)
