"""Which pool Karpenter takes, what its limits and minValues leave, and pools it would not accept.

Rules and words: https://github.com/kubernetes-sigs/karpenter/tree/v1.13.0/pkg, the files
named at each group of tests.
"""

from collections.abc import Callable

import pytest
from provisioning import (
    EFA,
    GPU,
    POOL,
    TYPE,
    Json,
    a_type,
    ask,
    clause,
    pod,
    pool,
    requirement,
    taint,
)

from efadoctor.scheduling.karpenter import blockers as why

# ---- choosing a pool: pkg/utils/nodepool/nodepool.go, scheduler.go ----------


def test_the_cheapest_types_that_serve_the_pod_come_first() -> None:
    found = ask(pod(requests={EFA: "1", GPU: "1"}), pool())
    assert found.nodepool == "pool"
    assert found.instance_types == ("g5.8xlarge", "p4d.24xlarge", "p5.48xlarge")
    assert found.errors == {}
    assert found.message == ""


def test_the_pool_with_the_larger_weight_is_taken() -> None:
    found = ask(pod(), pool("a", weight=10), pool("b", weight=20), pool("c"))
    assert found.nodepool == "b"


def test_of_equal_weights_the_last_name_is_taken() -> None:
    assert ask(pod(), pool("a"), pool("b")).nodepool == "b"


def test_a_pool_that_refuses_makes_room_for_a_lighter_one() -> None:
    found = ask(pod(), pool("heavy", taints=(taint("x"),), weight=10), pool("light"))
    assert found.nodepool == "light"
    assert found.errors == {}
    assert found.judgements["heavy"].blockers


def test_errors_come_in_the_order_of_the_pools() -> None:
    tainted = (taint("x"),)
    found = ask(pod(), pool("a", taints=tainted), pool("b", taints=tainted, weight=5))
    assert list(found.errors) == ["b", "a"]
    assert found.message == "; ".join(found.errors.values())


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_a_pool_that_is_not_ready_is_passed_over_in_silence(status: str) -> None:
    unready = pool()
    unready["status"]["conditions"] = [{"type": "Ready", "status": status, "reason": "X"}]
    found = ask(pod(), unready)
    assert (found.nodepool, dict(found.errors), found.message) == (None, {}, "")
    assert found.judgements["pool"].blockers


def test_a_pool_without_conditions_is_taken_for_ready() -> None:
    written = pool()
    del written["status"]
    assert ask(pod(), written).nodepool == "pool"


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p["metadata"].update(deletionTimestamp="2026-11-23T00:00:00Z"),
        lambda p: p["spec"].update(replicas=2),
    ],
)
def test_a_pool_that_is_going_or_static_launches_nothing_for_a_pod(
    change: Callable[[Json], object],
) -> None:
    written = pool()
    change(written)
    assert ask(pod(), written).nodepool is None


def test_without_pools_nothing_is_said() -> None:
    found = ask(pod())
    assert (found.nodepool, found.message, dict(found.judgements)) == (None, "", {})


# ---- minValues: pkg/cloudprovider/types.go ----------------------------------


def test_min_values_that_are_reached_change_nothing() -> None:
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    assert ask(pod(requests={EFA: "1"}), varied).nodepool == "pool"


def test_min_values_that_the_pod_leaves_unreached_are_named() -> None:
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    found = ask(pod(requests={EFA: "2"}), varied)
    assert clause(found) == (f"minValues requirement is not met for label(s) (label(s)=[{TYPE}])")


def test_min_values_count_different_values_not_types() -> None:
    family = "karpenter.kwok.sh/instance-family"
    varied = pool("pool", requirement(family, "Exists", min_values=2))
    same = [a_type("g5.8xlarge", efa=1), a_type("g5.16xlarge", efa=1)]
    assert ask(pod(requests={EFA: "1"}), varied, types=same).nodepool is None
    more = [*same, a_type("g6.8xlarge", efa=1)]
    assert ask(pod(requests={EFA: "1"}), varied, types=more).nodepool == "pool"


def test_a_pool_that_cannot_reach_min_values_by_itself_is_filtered_out() -> None:
    varied = pool("pool", requirement(TYPE, "Exists", min_values=9))
    found = ask(pod(), varied)
    assert found.message == "nodepool requirements filtered out all available instance types"


# ---- limits: scheduler.go ---------------------------------------------------


def used(written: Json, **resources: str) -> Json:
    written["status"]["resources"] = resources
    return written


def test_types_larger_than_what_the_limits_leave_are_not_launched() -> None:
    limited = used(pool(limits={"cpu": "100"}), cpu="60")
    assert ask(pod(), limited).instance_types == ("m5.large", "c7g.4xlarge", "g5.8xlarge")


def test_limits_without_room_for_any_type_are_named_before_taints() -> None:
    limited = used(pool(limits={"cpu": "100"}, taints=(taint("x"),)), cpu="99")
    assert ask(pod(), limited).errors["pool"] == (
        "all available instance types exceed limits for nodepool (NodePool=pool)"
    )


def test_a_limit_on_efa_counts_all_interfaces_of_a_type() -> None:
    found = ask(pod(requests={EFA: "1"}), pool(limits={EFA: "4"}))
    assert found.instance_types == ("g5.8xlarge", "p4d.24xlarge")


def test_a_limit_on_the_number_of_nodes_has_words_of_its_own() -> None:
    limited = used(pool(limits={"nodes": "2"}), nodes="2")
    assert ask(pod(), limited).errors["pool"] == (
        "node limits have been exhausted for nodepool (NodePool=pool)"
    )


def test_a_limit_that_is_overdrawn_excludes_even_types_without_the_resource() -> None:
    limited = used(pool(limits={GPU: "8"}), **{GPU: "16"})
    assert ask(pod(), limited).nodepool is None


# ---- the spec of a pool: pkg/apis/v1/nodepool_validation.go -------------------

UNSEEN: Json = {"status": {}}


@pytest.mark.parametrize(
    ("unseen", "message"),
    [
        (pool(taints=(taint("x"), taint("x"))), "duplicate taint Key/Effect pair x=NoSchedule"),
        (pool(taints=(taint("x"), taint("x", "NoExecute"))), ""),
        (pool(labels={POOL: "other"}), f"label {POOL} is restricted"),
        (pool(labels={"karpenter.sh/mine": "x"}), "label karpenter.sh/mine is restricted"),
        (pool(labels={"example.com/mine": "x"}), ""),
        (
            pool("pool", requirement("kubernetes.io/hostname", "Exists")),
            "label kubernetes.io/hostname is restricted",
        ),
    ],
)
def test_a_pool_that_karpenter_has_not_judged_is_judged_by_its_spec(
    unseen: Json, message: str
) -> None:
    everywhere = pod(tolerations=[{"operator": "Exists"}])
    found = ask(everywhere, unseen | UNSEEN)
    told = [b.message for b in found.judgements["pool"].of_kind(why.InvalidSpec)]
    assert told == ([message] if message else [])
    assert (found.nodepool is None) is bool(message)
    conditions = [
        {"type": "ValidationSucceeded", "status": "True"},
        *unseen["status"]["conditions"],
    ]
    judged = unseen | {"status": {"conditions": conditions}}
    assert not ask(everywhere, judged).judgements["pool"].of_kind(why.InvalidSpec)
