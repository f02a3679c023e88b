"""What Karpenter makes of a pod: labels, taints, preferences, and pods that it does not try.

Rules and words: https://github.com/kubernetes-sigs/karpenter/tree/v1.13.0/pkg, the files
named at each group of tests.
"""

import pytest
from provisioning import (
    CAPACITY,
    POOL,
    TYPE,
    TYPES,
    ZONE,
    ask,
    clause,
    pod,
    pool,
    preferred,
    required,
    requirement,
    taint,
)

from efadoctor.model.errors import InvalidQuantityError, UsageError
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import provision

RESTRICTED = (
    "using label {key} is not allowed as it might interfere with the internal provisioning logic;"
    " specify a well known label: [karpenter.kwok.sh/instance-cpu"
    " karpenter.kwok.sh/instance-family karpenter.kwok.sh/instance-memory"
    " karpenter.kwok.sh/instance-size karpenter.sh/capacity-type karpenter.sh/nodepool"
    " kubernetes.io/arch kubernetes.io/os node.kubernetes.io/instance-type"
    " node.kubernetes.io/windows-build topology.kubernetes.io/region topology.kubernetes.io/zone],"
    " or a custom label that does not use a restricted domain: [karpenter.kwok.sh karpenter.sh]"
)


# ---- pods that are not tried: provisioner.go, nodeclaim_validation.go -------


@pytest.mark.parametrize(
    "key", ["karpenter.sh/node-pool", "sub.karpenter.sh/x", "kubernetes.io/hostname"]
)
def test_a_restricted_label_is_refused_once_for_the_pod(key: str) -> None:
    found = ask(pod(nodeSelector={key: "x"}), pool("a"), pool("b"))
    assert found.message == RESTRICTED.format(key=key)
    assert set(found.errors.values()) == {found.message}


def test_all_terms_of_the_required_affinity_are_looked_at() -> None:
    terms = required([requirement("team", "Exists")], [requirement("karpenter.sh/x", "Exists")])
    found = ask(pod(affinity=terms), pool(labels={"team": "a"}))
    assert found.message == RESTRICTED.format(key="karpenter.sh/x")


def test_a_well_known_label_with_only_unknown_values_is_refused() -> None:
    found = ask(pod(nodeSelector={CAPACITY: "Spot"}), pool())
    assert found.message == (
        f"no valid values found in [Spot] for {CAPACITY}, expected one of:"
        " map[on-demand:{} reserved:{} spot:{}], got: [Spot]"
    )


@pytest.mark.parametrize("values", [("x",), ("-1",), ("1", "2"), ()])
def test_a_comparison_needs_one_positive_integer(values: tuple[str, ...]) -> None:
    term = [requirement("cpu-count", "Gt", *values)]
    found = ask(pod(affinity=required(term)), pool())
    assert found.message.startswith("key cpu-count with operator Gt must have a single positive")


def test_match_fields_are_not_supported() -> None:
    affinity = required([requirement("team", "Exists")])
    terms = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms["nodeSelectorTerms"][0]["matchFields"] = [requirement("metadata.name", "In", "n")]
    found = ask(pod(affinity=affinity), pool(labels={"team": "a"}))
    assert found.message == "node selector term with matchFields is not supported"


def test_a_pod_that_opts_out_of_karpenter_gets_no_event() -> None:
    affinity = required([requirement(POOL, "DoesNotExist")])
    found = ask(pod(affinity=affinity), pool())
    assert (found.nodepool, found.message, dict(found.errors)) == (None, "", {})


def test_a_container_with_a_resource_claim_is_not_provisioned_for() -> None:
    using = pod()
    using["spec"]["containers"][0]["resources"]["claims"] = [{"name": "efa"}]
    found = ask(using, pool())
    assert found.message == (
        "pod has Dynamic Resource Allocation requirements that are not yet supported by Karpenter"
    )


def test_without_a_pool_that_is_ready_nothing_is_said_of_claims() -> None:
    claims = pod(resourceClaims=[{"name": "d", "resourceClaimName": "d"}])
    claims["spec"]["containers"][0]["resources"]["claims"] = [{"name": "d"}]
    assert ask(claims, pool(replicas=2)).message == ""
    assert "Dynamic Resource Allocation" in ask(claims, pool()).message


def test_a_claim_that_no_container_uses_does_not_matter() -> None:
    named = pod(resourceClaims=[{"name": "efa", "resourceClaimName": "c"}])
    assert ask(named, pool()).nodepool == "pool"


# ---- taints: pkg/scheduling/taints.go, preferences.go -----------------------


def test_every_untolerated_taint_is_named() -> None:
    found = ask(pod(), pool(taints=(taint("a", value="1"), taint("b", "NoExecute"))))
    assert found.errors["pool"] == (
        "did not tolerate taint (taint=a=1:NoSchedule); did not tolerate taint (taint=b:NoExecute)"
    )


def test_a_startup_taint_needs_no_toleration() -> None:
    started = pool()
    started["spec"]["template"]["spec"]["startupTaints"] = [taint("x")]
    assert ask(pod(), started).nodepool == "pool"


def test_a_preference_of_the_pool_is_overcome_at_last() -> None:
    assert ask(pod(), pool(taints=(taint("x", "PreferNoSchedule"),))).nodepool == "pool"


def test_a_pool_without_the_taint_is_liked_better_than_one_that_prefers_others() -> None:
    liked_less = pool("heavy", taints=(taint("x", "PreferNoSchedule"),), weight=50)
    assert ask(pod(), liked_less, pool("light")).nodepool == "light"


# ---- requirements: pkg/scheduling/requirements.go ---------------------------


def test_a_label_that_nobody_sets_is_named_with_the_label_it_may_be_meant_for() -> None:
    found = ask(pod(nodeSelector={"pool": "x"}), pool())
    assert found.errors["pool"] == (
        'incompatible requirements, label "pool" does not have known values'
        ' (typo of "karpenter.sh/nodepool"?)'
    )


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("zone", ZONE),
        ("example.com/instance-type", TYPE),
        ("instance-family", "karpenter.kwok.sh/instance-family"),
        ("team", ""),
        ("nodepol", ""),
    ],
)
def test_a_hint_is_a_known_label_that_contains_the_key_or_ends_like_it(key: str, hint: str) -> None:
    found = ask(pod(nodeSelector={key: "x"}), pool())
    told = f' (typo of "{hint}"?)' if hint else ""
    assert found.errors["pool"].endswith(f'label "{key}" does not have known values{told}')


def test_a_label_of_the_pools_template_can_be_selected() -> None:
    assert ask(pod(nodeSelector={"team": "a"}), pool(labels={"team": "a"})).nodepool == "pool"
    found = ask(pod(nodeSelector={"team": "b"}), pool(labels={"team": "a"}))
    assert found.errors["pool"] == (
        "incompatible requirements, key team, team In [b] not in team In [a]"
    )


def test_a_custom_label_may_be_left_open_by_the_pool() -> None:
    open_pool = pool("pool", requirement("team", "Exists"))
    assert ask(pod(nodeSelector={"team": "b"}), open_pool).nodepool == "pool"


@pytest.mark.parametrize(
    ("operator", "value", "types"),
    [
        ("Gt", "32", ("p4d.24xlarge", "p5.48xlarge")),
        ("Lt", "32", ("m5.large", "c7g.4xlarge")),
        ("Gte", "96", ("p4d.24xlarge", "p5.48xlarge")),
        ("Lte", "2", ("m5.large",)),
    ],
)
def test_numeric_requirements_of_a_pool_choose_types(
    operator: str, value: str, types: tuple[str, ...]
) -> None:
    bounded = pool("pool", requirement("karpenter.kwok.sh/instance-cpu", operator, value))
    assert ask(pod(), bounded).instance_types == types


def test_numeric_requirements_of_pod_and_pool_hold_together() -> None:
    cpu = "karpenter.kwok.sh/instance-cpu"
    bounded = pool("pool", requirement(cpu, "Gt", "2"))
    found = ask(pod(affinity=required([requirement(cpu, "Lt", "96")])), bounded)
    assert found.instance_types == ("c7g.4xlarge", "g5.8xlarge")
    found = ask(pod(affinity=required([requirement(cpu, "Lt", "3")])), bounded)
    assert found.errors["pool"] == (
        f"incompatible requirements, key {cpu}, {cpu} Exists <=2 not in {cpu} Exists >=3"
    )


def test_a_label_that_must_not_exist_excludes_types_that_have_it() -> None:
    found = ask(pod(affinity=required([requirement(TYPE, "DoesNotExist")])), pool())
    assert clause(found) == "no instance type met all requirements"
    found = ask(pod(affinity=required([requirement("team", "DoesNotExist")])), pool())
    assert found.nodepool == "pool"


def test_selector_and_affinity_that_contradict_each_other_fail_at_the_types() -> None:
    contradicting = pod(
        nodeSelector={TYPE: "m5.large"}, affinity=required([requirement(TYPE, "In", "p5.48xlarge")])
    )
    assert clause(ask(contradicting, pool())) == "no instance type met all requirements"


# ---- preferences: preferences.go --------------------------------------------


def test_a_preference_is_kept_where_it_can_be() -> None:
    liking = pod(affinity=preferred((1, requirement(TYPE, "In", "p4d.24xlarge"))))
    assert ask(liking, pool()).instance_types == ("p4d.24xlarge",)


def test_the_heaviest_preference_that_can_be_kept_is_kept() -> None:
    liking = pod(
        affinity=preferred(
            (1, requirement(TYPE, "In", "m5.large")),
            (50, requirement(TYPE, "In", "p5.48xlarge")),
            (99, requirement(TYPE, "In", "x.large")),
        )
    )
    assert ask(liking, pool()).instance_types == ("p5.48xlarge",)


def test_the_first_alternative_that_works_is_taken() -> None:
    terms = required([requirement("x", "Exists")], [requirement(TYPE, "In", "m5.large")])
    assert ask(pod(affinity=terms), pool()).instance_types == ("m5.large",)


def test_an_alternative_is_given_up_before_a_lighter_pool_would_be_asked_again() -> None:
    terms = required([requirement(POOL, "In", "light")], [requirement(POOL, "In", "heavy")])
    found = ask(pod(affinity=terms), pool("heavy", weight=50), pool("light"))
    assert found.nodepool == "light"


def test_what_is_said_is_said_of_the_last_alternative() -> None:
    terms = required([requirement("first", "Exists")], [requirement("second", "Exists")])
    found = ask(pod(affinity=terms), pool())
    assert found.errors["pool"] == (
        'incompatible requirements, label "second" does not have known values'
    )


# ---- input ------------------------------------------------------------------


def test_a_pod_of_another_form_is_refused_with_its_field() -> None:
    with pytest.raises(UsageError, match=r"pod: .*nodeSelector"):
        provision(Snapshot.from_objects([]), {"spec": {"nodeSelector": ["x"]}})


def test_a_catalogue_of_another_form_is_refused_with_its_field() -> None:
    with pytest.raises(UsageError, match=r"instance types: .*name"):
        ask(pod(), pool(), types=[{"resources": {}}])


def test_a_request_that_is_no_quantity_is_refused_with_its_field() -> None:
    with pytest.raises(InvalidQuantityError, match="cpu"):
        ask(pod(requests={"cpu": "many"}), pool())


def test_a_limit_that_is_no_quantity_limits_nothing() -> None:
    assert ask(pod(), pool(limits={"cpu": "many"})).nodepool == "pool"


def test_explicit_nulls_and_active_text_in_a_pod_are_harmless() -> None:
    hostile = pod(nodeSelector={"x": "\x1b]52;c;x\x07"}, affinity=None)
    assert "\x1b" not in ask(hostile, pool()).message


def test_hundreds_of_alternatives_are_bounded() -> None:
    terms = required(*([requirement(f"k{n}", "Exists")] for n in range(1000)))
    assert ask(pod(affinity=terms), pool(), types=TYPES[:1]).nodepool is None
