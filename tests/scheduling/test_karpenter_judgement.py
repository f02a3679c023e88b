"""Every blocker of a pool, not only the one that Karpenter stops at."""

import pytest
from provisioning import (
    CAPACITY,
    EFA,
    POOL,
    TYPE,
    ZONE,
    A,
    B,
    C,
    Json,
    ask,
    pod,
    pool,
    preferred,
    required,
    requirement,
    taint,
)
from scheduling.judged_pools import LARGE, judged, kinds, only

from efadoctor.scheduling.karpenter import blockers as why
from efadoctor.scheduling.karpenter.blockers import Blocker


def test_a_pool_that_takes_the_pod_has_no_blocker() -> None:
    judgement = judged(pod(requests=LARGE), pool())
    assert judgement.blockers == ()
    assert [t.name for t in judgement.launch] == ["p4d.24xlarge", "p5.48xlarge"]
    assert judgement.closest == judgement.launch
    assert judgement.zones == (A, B)
    assert judgement.capacity_types == ("on-demand",)


def test_taints_labels_and_resources_are_all_named() -> None:
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


def test_a_pool_that_is_not_ready_is_judged_all_the_same() -> None:
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


def test_a_pool_that_only_says_that_it_is_not_ready_is_told_with_its_reason() -> None:
    unready = pool()
    ready = {"type": "Ready", "status": "False", "reason": "Paused", "message": "m"}
    unready["status"]["conditions"] = [ready]
    (told,) = judged(pod(), unready).blockers
    assert told == why.NotReady(condition="Ready", status="False", reason="Paused", message="m")
    unready["status"]["conditions"] = [{"type": "ValidationSucceeded", "status": "True"}]
    (unknown,) = judged(pod(), unready).blockers
    assert unknown == why.NotReady(condition="Ready", status="Unknown")


def test_a_value_that_is_nearly_the_pools_is_named() -> None:
    conflict = only(
        judged(pod(nodeSelector={POOL: "gpu_efa"}), pool("gpu-efa"), name="gpu-efa"),
        why.RequirementConflict,
    )
    assert (conflict.key, conflict.nearest, conflict.by_types) == (POOL, "gpu-efa", False)


def test_a_type_that_is_nearly_one_is_named() -> None:
    conflict = only(judged(pod(nodeSelector={TYPE: "p5.48xlrge"}), pool()), why.RequirementConflict)
    assert (conflict.nearest, conflict.by_types) == ("p5.48xlarge", True)


def test_a_label_that_is_nearly_known_is_named() -> None:
    unknown = only(
        judged(pod(nodeSelector={"karpenter.k8s/capacity-type": "spot"}), pool()), why.UnknownLabel
    )
    assert (unknown.key, unknown.hint) == ("karpenter.k8s/capacity-type", CAPACITY)
    unknown = only(
        judged(pod(nodeSelector={"tema": "a"}), pool(labels={"team": "a"})), why.UnknownLabel
    )
    assert (unknown.hint, unknown.nearest) == ("", "team")


def test_what_lies_behind_a_contradiction_is_judged_with_the_pools_word() -> None:
    subject = pod(requests={EFA: "33"}, nodeSelector={ZONE: C})
    judgement = judged(subject, pool("pool", requirement(ZONE, "In", B)))
    assert kinds(judgement) == [why.RequirementConflict, why.InsufficientTypes]
    assert judgement.zones == (B,)


def test_what_is_wrong_with_the_pod_stands_beside_what_is_wrong_with_the_pool() -> None:
    subject = pod(nodeSelector={"karpenter.sh/nodepol": "x"})
    judgement = judged(subject, pool(taints=(taint("x"),)))
    restricted = judgement.blockers[0]
    assert isinstance(restricted, why.RestrictedLabel)
    assert restricted.nearest == POOL
    assert why.UntoleratedPoolTaint in kinds(judgement)


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (pod(affinity=required([requirement(POOL, "DoesNotExist")])), why.OptsOut),
        (pod(nodeSelector={CAPACITY: "cheap"}), why.InvalidRequirement),
    ],
)
def test_a_pod_that_is_not_tried_is_judged(subject: Json, kind: type[Blocker]) -> None:
    assert kind in kinds(judged(subject, pool()))


def test_the_judgement_is_that_of_the_alternative_that_comes_nearest() -> None:
    near = [requirement(TYPE, "In", "p5.48xlarge")]
    far = [requirement("first", "Exists"), requirement("second", "Exists")]
    subject = pod(affinity=required(near, far))
    assert kinds(judged(subject, pool(taints=(taint("x"),)))) == [why.UntoleratedPoolTaint]


def test_a_pool_is_judged_where_it_takes_the_pod_even_if_another_pool_is_chosen() -> None:
    liking = pod(affinity=preferred((1, requirement(POOL, "In", "light"))))
    found = ask(liking, pool("heavy", weight=9), pool("light"))
    assert found.nodepool == "light"
    assert found.judgements["heavy"].launch


def test_the_nearest_type_serves_efa_and_gpus_before_it_is_cheap() -> None:
    subject = pod(requests=LARGE | {"cpu": "500"})
    assert judged(subject, pool()).closest[0].name == "p4d.24xlarge"
    subject = pod(requests={EFA: "1", "cpu": "500"})
    assert judged(subject, pool()).closest[0].name == "g5.8xlarge"
