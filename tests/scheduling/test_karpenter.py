"""Which pool, which types, and Karpenter's words when there are none.

Rules and words: https://github.com/kubernetes-sigs/karpenter/tree/v1.13.0/pkg, the files
named at each group of tests.
"""

import pytest
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
    offering,
    pod,
    pool,
    preferred,
    required,
    requirement,
    taint,
)

from efadoctor.model.errors import InvalidQuantityError, UsageError
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import blockers as why
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


def clause(found, name="pool"):
    """What is said of a pool, without the printed requirements and resources."""
    return found.errors[name].partition(", requirements=")[0]


# ---- choosing a pool: pkg/utils/nodepool/nodepool.go, scheduler.go ----------


def test_the_cheapest_types_that_serve_the_pod_come_first():
    found = ask(pod(requests={EFA: "1", GPU: "1"}), pool())
    assert found.nodepool == "pool"
    assert found.instance_types == ("g5.8xlarge", "p4d.24xlarge", "p5.48xlarge")
    assert found.errors == {}
    assert found.message == ""


def test_the_pool_with_the_larger_weight_is_taken():
    found = ask(pod(), pool("a", weight=10), pool("b", weight=20), pool("c"))
    assert found.nodepool == "b"


def test_of_equal_weights_the_last_name_is_taken():
    assert ask(pod(), pool("a"), pool("b")).nodepool == "b"


def test_a_pool_that_refuses_makes_room_for_a_lighter_one():
    found = ask(pod(), pool("heavy", taints=(taint("x"),), weight=10), pool("light"))
    assert found.nodepool == "light"
    assert found.errors == {}
    assert found.judgements["heavy"].blockers


def test_errors_come_in_the_order_of_the_pools():
    tainted = (taint("x"),)
    found = ask(pod(), pool("a", taints=tainted), pool("b", taints=tainted, weight=5))
    assert list(found.errors) == ["b", "a"]
    assert found.message == "; ".join(found.errors.values())


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_a_pool_that_is_not_ready_is_passed_over_in_silence(status):
    unready = pool()
    unready["status"]["conditions"] = [{"type": "Ready", "status": status, "reason": "X"}]
    found = ask(pod(), unready)
    assert (found.nodepool, dict(found.errors), found.message) == (None, {}, "")
    assert found.judgements["pool"].blockers


def test_a_pool_without_conditions_is_taken_for_ready():
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
def test_a_pool_that_is_going_or_static_launches_nothing_for_a_pod(change):
    written = pool()
    change(written)
    assert ask(pod(), written).nodepool is None


def test_without_pools_nothing_is_said():
    found = ask(pod())
    assert (found.nodepool, found.message, dict(found.judgements)) == (None, "", {})


# ---- pods that are not tried: provisioner.go, nodeclaim_validation.go -------


@pytest.mark.parametrize(
    "key", ["karpenter.sh/node-pool", "sub.karpenter.sh/x", "kubernetes.io/hostname"]
)
def test_a_restricted_label_is_refused_once_for_the_pod(key):
    found = ask(pod(nodeSelector={key: "x"}), pool("a"), pool("b"))
    assert found.message == RESTRICTED.format(key=key)
    assert set(found.errors.values()) == {found.message}


def test_all_terms_of_the_required_affinity_are_looked_at():
    terms = required([requirement("team", "Exists")], [requirement("karpenter.sh/x", "Exists")])
    found = ask(pod(affinity=terms), pool(labels={"team": "a"}))
    assert found.message == RESTRICTED.format(key="karpenter.sh/x")


def test_a_well_known_label_with_only_unknown_values_is_refused():
    found = ask(pod(nodeSelector={CAPACITY: "Spot"}), pool())
    assert found.message == (
        f"no valid values found in [Spot] for {CAPACITY}, expected one of:"
        " map[on-demand:{} reserved:{} spot:{}], got: [Spot]"
    )


@pytest.mark.parametrize("values", [("x",), ("-1",), ("1", "2"), ()])
def test_a_comparison_needs_one_positive_integer(values):
    term = [requirement("cpu-count", "Gt", *values)]
    found = ask(pod(affinity=required(term)), pool())
    assert found.message.startswith("key cpu-count with operator Gt must have a single positive")


def test_match_fields_are_not_supported():
    affinity = required([requirement("team", "Exists")])
    terms = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms["nodeSelectorTerms"][0]["matchFields"] = [requirement("metadata.name", "In", "n")]
    found = ask(pod(affinity=affinity), pool(labels={"team": "a"}))
    assert found.message == "node selector term with matchFields is not supported"


def test_a_pod_that_opts_out_of_karpenter_gets_no_event():
    affinity = required([requirement(POOL, "DoesNotExist")])
    found = ask(pod(affinity=affinity), pool())
    assert (found.nodepool, found.message, dict(found.errors)) == (None, "", {})


def test_a_container_with_a_resource_claim_is_not_provisioned_for():
    using = pod()
    using["spec"]["containers"][0]["resources"]["claims"] = [{"name": "efa"}]
    found = ask(using, pool())
    assert found.message == (
        "pod has Dynamic Resource Allocation requirements that are not yet supported by Karpenter"
    )


def test_without_a_pool_that_is_ready_nothing_is_said_of_claims():
    claims = pod(resourceClaims=[{"name": "d", "resourceClaimName": "d"}])
    claims["spec"]["containers"][0]["resources"]["claims"] = [{"name": "d"}]
    assert ask(claims, pool(replicas=2)).message == ""
    assert "Dynamic Resource Allocation" in ask(claims, pool()).message


def test_a_claim_that_no_container_uses_does_not_matter():
    named = pod(resourceClaims=[{"name": "efa", "resourceClaimName": "c"}])
    assert ask(named, pool()).nodepool == "pool"


# ---- taints: pkg/scheduling/taints.go, preferences.go -----------------------


def test_every_untolerated_taint_is_named():
    found = ask(pod(), pool(taints=(taint("a", value="1"), taint("b", "NoExecute"))))
    assert found.errors["pool"] == (
        "did not tolerate taint (taint=a=1:NoSchedule); did not tolerate taint (taint=b:NoExecute)"
    )


def test_a_startup_taint_needs_no_toleration():
    started = pool()
    started["spec"]["template"]["spec"]["startupTaints"] = [taint("x")]
    assert ask(pod(), started).nodepool == "pool"


def test_a_preference_of_the_pool_is_overcome_at_last():
    assert ask(pod(), pool(taints=(taint("x", "PreferNoSchedule"),))).nodepool == "pool"


def test_a_pool_without_the_taint_is_liked_better_than_one_that_prefers_others():
    liked_less = pool("heavy", taints=(taint("x", "PreferNoSchedule"),), weight=50)
    assert ask(pod(), liked_less, pool("light")).nodepool == "light"


# ---- requirements: pkg/scheduling/requirements.go ---------------------------


def test_a_label_that_nobody_sets_is_named_with_the_label_it_may_be_meant_for():
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
def test_a_hint_is_a_known_label_that_contains_the_key_or_ends_like_it(key, hint):
    found = ask(pod(nodeSelector={key: "x"}), pool())
    told = f' (typo of "{hint}"?)' if hint else ""
    assert found.errors["pool"].endswith(f'label "{key}" does not have known values{told}')


def test_a_label_of_the_pools_template_can_be_selected():
    assert ask(pod(nodeSelector={"team": "a"}), pool(labels={"team": "a"})).nodepool == "pool"
    found = ask(pod(nodeSelector={"team": "b"}), pool(labels={"team": "a"}))
    assert found.errors["pool"] == (
        "incompatible requirements, key team, team In [b] not in team In [a]"
    )


def test_a_custom_label_may_be_left_open_by_the_pool():
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
def test_numeric_requirements_of_a_pool_choose_types(operator, value, types):
    bounded = pool("pool", requirement("karpenter.kwok.sh/instance-cpu", operator, value))
    assert ask(pod(), bounded).instance_types == types


def test_numeric_requirements_of_pod_and_pool_hold_together():
    cpu = "karpenter.kwok.sh/instance-cpu"
    bounded = pool("pool", requirement(cpu, "Gt", "2"))
    found = ask(pod(affinity=required([requirement(cpu, "Lt", "96")])), bounded)
    assert found.instance_types == ("c7g.4xlarge", "g5.8xlarge")
    found = ask(pod(affinity=required([requirement(cpu, "Lt", "3")])), bounded)
    assert found.errors["pool"] == (
        f"incompatible requirements, key {cpu}, {cpu} Exists <=2 not in {cpu} Exists >=3"
    )


def test_a_label_that_must_not_exist_excludes_types_that_have_it():
    found = ask(pod(affinity=required([requirement(TYPE, "DoesNotExist")])), pool())
    assert clause(found) == "no instance type met all requirements"
    found = ask(pod(affinity=required([requirement("team", "DoesNotExist")])), pool())
    assert found.nodepool == "pool"


def test_selector_and_affinity_that_contradict_each_other_fail_at_the_types():
    contradicting = pod(
        nodeSelector={TYPE: "m5.large"}, affinity=required([requirement(TYPE, "In", "p5.48xlarge")])
    )
    assert clause(ask(contradicting, pool())) == "no instance type met all requirements"


# ---- types: nodeclaim.go ----------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "requirements", "said"),
    [
        ({"requests": {EFA: "33"}}, (), "no instance type has enough resources"),
        ({"requests": {"hugepages-2Mi": "1Gi"}}, (), "no instance type has enough resources"),
        (
            {"nodeSelector": {TYPE: "x.large"}},
            (),
            "no instance type met all requirements",
        ),
        (
            {"nodeSelector": {TYPE: "x.large"}, "requests": {EFA: "33"}},
            (),
            "no instance type met the scheduling requirements or had enough resources",
        ),
        (
            {"nodeSelector": {ZONE: C}},
            (),
            "no instance type met the scheduling requirements or had a required offering",
        ),
        (
            {"nodeSelector": {ZONE: C}, "requests": {EFA: "33"}},
            (),
            (
                "no instance type met the scheduling requirements or had enough resources or had a"
                " required offering"
            ),
        ),
        (
            {"nodeSelector": {TYPE: "m5.large"}, "requests": {EFA: "1"}},
            (),
            (
                "no instance type which had enough resources and the required offering met the"
                " scheduling requirements"
            ),
        ),
    ],
)
def test_it_says_which_constraints_exclude_all_types(wanted, requirements, said):
    assert clause(ask(pod(**wanted), pool("pool", *requirements))) == said


def priced(name, *offers, **resources):
    """A type offered in exactly these (zone, capacity type) pairs."""
    return a_type(name, **resources) | {"offerings": [offering(z, k) for z, k in offers]}


CROSSED = priced("crossed", (A, "spot"), (B, "on-demand"))


def test_a_zone_and_a_capacity_type_can_exclude_each_other():
    found = ask(pod(nodeSelector={ZONE: A, CAPACITY: "on-demand"}), pool(), types=[CROSSED])
    assert clause(found) == "no instance type has the required offering"


def test_the_types_with_room_may_be_the_ones_that_are_not_offered():
    types = [priced("small", (A, "on-demand")), priced("big", (A, "spot"), (B, "on-demand"), efa=1)]
    selector = {ZONE: A, CAPACITY: "on-demand"}
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=types)
    assert clause(found) == (
        "no instance type which met the scheduling requirements and had enough resources, had a"
        " required offering"
    )


def test_the_types_to_be_had_may_be_the_ones_without_room():
    big = priced("big", (A, "on-demand"), efa=1, arch="arm64")
    other = priced("other", (A, "spot"), (B, "on-demand"), arch="arm64")
    types = [priced("small", (A, "on-demand")), big, other]
    selector = {ZONE: A, CAPACITY: "on-demand", "kubernetes.io/arch": "amd64"}
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=types)
    assert clause(found) == (
        "no instance type which had enough resources and the required offering met the scheduling"
        " requirements"
    )
    types = [t for t in types if t["name"] != "big"]
    spot = priced("spot", (B, "spot"), efa=1)
    found = ask(pod(requests={EFA: "1"}, nodeSelector=selector), pool(), types=[*types, spot])
    assert clause(found) == (
        "no instance type which met the scheduling requirements and the required offering had the"
        " required resources"
    )


def test_a_request_of_a_million_cores_is_taken_for_a_slip():
    found = ask(pod(requests={"cpu": "1M"}), pool())
    assert found.errors["pool"].endswith(" (CPU request >= 1 Million, m vs M typo?)")


def test_requirements_and_resources_are_printed():
    found = ask(pod(requests={EFA: "33"}), pool("pool", requirement("team", "In", "a")))
    assert found.errors["pool"] == (
        "no instance type has enough resources, requirements=karpenter.kwok.sh/kwoknodeclass In"
        " [default], karpenter.sh/nodepool In [pool], team In [a],"
        ' resources={"cpu":"1","pods":"1","vpc.amazonaws.com/efa":"33"}'
    )


def test_pools_whose_own_requirements_leave_no_type_have_no_clause():
    empty = pool("empty", requirement(TYPE, "In", "x.large"))
    found = ask(pod(), empty, pool("tainted", taints=(taint("x"),)))
    assert list(found.errors) == ["tainted"]


def test_pools_that_all_leave_no_type_share_one_clause():
    empty = [pool(name, requirement(TYPE, "In", "x.large")) for name in ("a", "b")]
    found = ask(pod(), *empty)
    assert found.message == "nodepool requirements filtered out all available instance types"
    assert set(found.errors.values()) == {found.message}


# ---- minValues: pkg/cloudprovider/types.go ----------------------------------


def test_min_values_that_are_reached_change_nothing():
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    assert ask(pod(requests={EFA: "1"}), varied).nodepool == "pool"


def test_min_values_that_the_pod_leaves_unreached_are_named():
    varied = pool("pool", requirement(TYPE, "Exists", min_values=3))
    found = ask(pod(requests={EFA: "2"}), varied)
    assert clause(found) == (f"minValues requirement is not met for label(s) (label(s)=[{TYPE}])")


def test_min_values_count_different_values_not_types():
    family = "karpenter.kwok.sh/instance-family"
    varied = pool("pool", requirement(family, "Exists", min_values=2))
    same = [a_type("g5.8xlarge", efa=1), a_type("g5.16xlarge", efa=1)]
    assert ask(pod(requests={EFA: "1"}), varied, types=same).nodepool is None
    more = [*same, a_type("g6.8xlarge", efa=1)]
    assert ask(pod(requests={EFA: "1"}), varied, types=more).nodepool == "pool"


def test_a_pool_that_cannot_reach_min_values_by_itself_is_filtered_out():
    varied = pool("pool", requirement(TYPE, "Exists", min_values=9))
    found = ask(pod(), varied)
    assert found.message == "nodepool requirements filtered out all available instance types"


# ---- limits: scheduler.go ---------------------------------------------------


def used(written, **resources):
    written["status"]["resources"] = resources
    return written


def test_types_larger_than_what_the_limits_leave_are_not_launched():
    limited = used(pool(limits={"cpu": "100"}), cpu="60")
    assert ask(pod(), limited).instance_types == ("m5.large", "c7g.4xlarge", "g5.8xlarge")


def test_limits_without_room_for_any_type_are_named_before_taints():
    limited = used(pool(limits={"cpu": "100"}, taints=(taint("x"),)), cpu="99")
    assert ask(pod(), limited).errors["pool"] == (
        "all available instance types exceed limits for nodepool (NodePool=pool)"
    )


def test_a_limit_on_efa_counts_all_interfaces_of_a_type():
    found = ask(pod(requests={EFA: "1"}), pool(limits={EFA: "4"}))
    assert found.instance_types == ("g5.8xlarge", "p4d.24xlarge")


def test_a_limit_on_the_number_of_nodes_has_words_of_its_own():
    limited = used(pool(limits={"nodes": "2"}), nodes="2")
    assert ask(pod(), limited).errors["pool"] == (
        "node limits have been exhausted for nodepool (NodePool=pool)"
    )


def test_a_limit_that_is_overdrawn_excludes_even_types_without_the_resource():
    limited = used(pool(limits={GPU: "8"}), **{GPU: "16"})
    assert ask(pod(), limited).nodepool is None


# ---- daemons: scheduler.go --------------------------------------------------


def daemonset(cpu="1", **spec):
    container = {"name": "d", "image": "x", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"d{cpu}", "namespace": "kube-system"},
        "spec": {"template": template},
    }


def test_daemons_take_their_share_of_a_new_node():
    asking = pod(requests={"cpu": "190"})
    assert ask(asking, pool(), daemonset("1")).nodepool == "pool"
    found = ask(asking, pool(), daemonset("2"))
    assert found.errors["pool"].endswith('resources={"cpu":"192","pods":"2"}')


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"nodeSelector": {"kubernetes.io/os": "windows", "team": "b"}},
        {"nodeSelector": {"team": "b"}},
        {"affinity": required([requirement("team", "In", "b")], [requirement("x", "Exists")])},
    ],
)
def test_daemons_of_other_nodes_take_nothing(elsewhere):
    asking = pod(requests={"cpu": "191"})
    assert ask(asking, pool(), daemonset("2", **elsewhere)).nodepool == "pool"


def test_a_daemon_that_does_not_tolerate_the_pools_taints_takes_nothing():
    tainted = pool(taints=(taint("x"),))
    tolerating = [{"key": "x", "operator": "Exists"}]
    asking = pod(requests={"cpu": "191"}, tolerations=tolerating)
    assert ask(asking, tainted, daemonset("2")).nodepool == "pool"
    assert ask(asking, tainted, daemonset("2", tolerations=tolerating)).nodepool is None


def test_a_daemon_does_not_mind_what_a_pool_prefers():
    preferring = pool(taints=(taint("x", "PreferNoSchedule"),))
    assert ask(pod(requests={"cpu": "191"}), preferring, daemonset("2")).nodepool is None


def test_a_daemon_with_alternatives_lands_by_any_of_them():
    terms = required([requirement("x", "Exists")], [requirement("team", "In", "a")])
    found = ask(
        pod(requests={"cpu": "191"}), pool(labels={"team": "a"}), daemonset("2", affinity=terms)
    )
    assert found.nodepool is None


def test_a_host_port_that_a_daemon_has_is_not_free():
    daemon = daemonset("1")
    ports = [{"containerPort": 80, "hostPort": 8080}]
    daemon["spec"]["template"]["spec"]["containers"][0]["ports"] = ports
    asking = pod()
    asking["spec"]["containers"][0]["ports"] = [ports[0] | {"hostIP": "10.0.0.1"}]
    assert (
        ask(asking, pool(), daemon)
        .errors["pool"]
        .startswith(
            "checking host port usage, pod hostport conflicts with existing hostport configuration"
            " (existing-hostport-ip=0.0.0.0, existing-hostport-port=8080,"
        )
    )
    asking["spec"]["containers"][0]["ports"][0]["protocol"] = "UDP"
    assert ask(asking, pool(), daemon).nodepool == "pool"


# ---- preferences: preferences.go --------------------------------------------


def test_a_preference_is_kept_where_it_can_be():
    liking = pod(affinity=preferred((1, requirement(TYPE, "In", "p4d.24xlarge"))))
    assert ask(liking, pool()).instance_types == ("p4d.24xlarge",)


def test_the_heaviest_preference_that_can_be_kept_is_kept():
    liking = pod(
        affinity=preferred(
            (1, requirement(TYPE, "In", "m5.large")),
            (50, requirement(TYPE, "In", "p5.48xlarge")),
            (99, requirement(TYPE, "In", "x.large")),
        )
    )
    assert ask(liking, pool()).instance_types == ("p5.48xlarge",)


def test_the_first_alternative_that_works_is_taken():
    terms = required([requirement("x", "Exists")], [requirement(TYPE, "In", "m5.large")])
    assert ask(pod(affinity=terms), pool()).instance_types == ("m5.large",)


def test_an_alternative_is_given_up_before_a_lighter_pool_would_be_asked_again():
    terms = required([requirement(POOL, "In", "light")], [requirement(POOL, "In", "heavy")])
    found = ask(pod(affinity=terms), pool("heavy", weight=50), pool("light"))
    assert found.nodepool == "light"


def test_what_is_said_is_said_of_the_last_alternative():
    terms = required([requirement("first", "Exists")], [requirement("second", "Exists")])
    found = ask(pod(affinity=terms), pool())
    assert found.errors["pool"] == (
        'incompatible requirements, label "second" does not have known values'
    )


# ---- input ------------------------------------------------------------------


def test_a_pod_of_another_form_is_refused_with_its_field():
    with pytest.raises(UsageError, match=r"pod: .*nodeSelector"):
        provision(Snapshot.from_objects([]), {"spec": {"nodeSelector": ["x"]}})


def test_a_catalogue_of_another_form_is_refused_with_its_field():
    with pytest.raises(UsageError, match=r"instance types: .*name"):
        ask(pod(), pool(), types=[{"resources": {}}])


def test_a_request_that_is_no_quantity_is_refused_with_its_field():
    with pytest.raises(InvalidQuantityError, match="cpu"):
        ask(pod(requests={"cpu": "many"}), pool())


def test_a_limit_that_is_no_quantity_limits_nothing():
    assert ask(pod(), pool(limits={"cpu": "many"})).nodepool == "pool"


def test_explicit_nulls_and_active_text_in_a_pod_are_harmless():
    hostile = pod(nodeSelector={"x": "\x1b]52;c;x\x07"}, affinity=None)
    assert "\x1b" not in ask(hostile, pool()).message


def test_hundreds_of_alternatives_are_bounded():
    terms = required(*([requirement(f"k{n}", "Exists")] for n in range(1000)))
    assert ask(pod(affinity=terms), pool(), types=TYPES[:1]).nodepool is None


# ---- the spec of a pool: pkg/apis/v1/nodepool_validation.go -------------------

UNSEEN = {"status": {}}


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
def test_a_pool_that_karpenter_has_not_judged_is_judged_by_its_spec(unseen, message):
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
