"""EFA106: selectors and affinity that nothing meets."""

import pytest
from clusters import OTHER_ZONE, Cluster, Json, broken, node
from faults.nodes import startup_taint_stays
from faults.plugins import efa_plugin_taint_not_tolerated
from faults.pods import node_selector_unmatched
from faults.provisioning import nodepool_requirements_conflict, training_group
from questions import ask, causes, one, report, seen, status

CODE = "EFA106"
TYPE, ZONE_KEY, ARCH = (
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
    "kubernetes.io/arch",
)
POOL = "karpenter.sh/nodepool"


def selector(labels: dict[str, str]) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.pod["spec"]["nodeSelector"] = labels

    return broken(fault)


def affinity(*terms: list[Json]) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.pod["spec"]["affinity"] = {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": term} for term in terms]
                }
            }
        }

    return broken(fault)


def test_a_pool_that_is_nearly_named_is_meant() -> None:
    assert causes(broken(node_selector_unmatched)) == [(CODE, "trainer")]
    finding = one(CODE, broken(node_selector_unmatched))
    assert seen(finding)[f'spec.nodeSelector["{POOL}"]'] == "efaa"
    assert finding.evidence[0].expected == "efa"
    assert finding.change.label == "spelling"


@pytest.mark.parametrize(
    ("labels", "right"),
    [
        ({POOL: "EFA"}, "efa"),
        ({"karpenter.sh/node-pool": "efa"}, f"{POOL}=efa"),
        ({"karpenter.sh/provisioner-name": "efa"}, f"{POOL}=efa"),
        ({"pool": "efa"}, f"{POOL}=efa"),
        ({TYPE: "p5.48large"}, "p5.48xlarge"),
        ({"instance-type": "p5.48xlarge"}, f"{TYPE}=p5.48xlarge"),
        ({ARCH: "x86_64"}, "amd64"),
        ({ZONE_KEY: "us-west2a"}, "us-west-2a"),
        ({"karpenter.sh/capacity-type": "ondemand"}, "on-demand"),
        ({"karpenter.k8s.aws/instance-family": "P5"}, "p5"),
    ],
)
def test_what_was_meant_is_named_and_proved(labels: dict[str, str], right: str) -> None:
    finding = one(CODE, selector(labels))
    assert finding.evidence[0].expected == right
    found = report(selector(labels))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


@pytest.mark.parametrize(
    "labels",
    [
        {"team": "vision"},
        {ARCH: "arm64"},
        {TYPE: "p5en.48xlarge"},
        {"node.kubernetes.io/purpose": "batch"},
    ],
)
def test_what_exists_elsewhere_or_nowhere_is_no_slip(labels: dict[str, str]) -> None:
    finding = one(CODE, selector(labels))
    assert finding.change.label == "selector"
    assert finding.meant == frozenset()
    assert [c for c, _ in causes(selector(labels))] == [CODE]


@pytest.mark.parametrize(
    "labels",
    [
        {POOL: "efa"},
        {TYPE: "p5.48xlarge"},
        {ARCH: "amd64", "kubernetes.io/os": "linux"},
        {"karpenter.k8s.aws/instance-category": "p"},
        {TYPE: "p4d.24xlarge"},
        {"failure-domain.beta.kubernetes.io/zone": "us-west-2a"},
    ],
)
def test_what_a_node_has_or_a_pool_could_make_is_met(labels: dict[str, str]) -> None:
    assert status(CODE, selector(labels)) == "pass"


def test_any_term_of_an_affinity_will_do() -> None:
    wrong = [{"key": POOL, "operator": "In", "values": ["gone"]}]
    right = [{"key": POOL, "operator": "In", "values": ["efa"]}]
    assert status(CODE, affinity(wrong, right)) == "pass"
    assert status(CODE, affinity(wrong)) == "fail"


def test_the_nearest_term_is_the_one_to_mend() -> None:
    near = [{"key": POOL, "operator": "In", "values": ["efas"]}]
    far = [{"key": "team", "operator": "In", "values": ["vision"]}]
    finding = one(CODE, affinity(far, near))
    assert ".nodeSelectorTerms[1]." in finding.evidence[0].field
    found = report(affinity(far, near))
    assert found.plan is not None
    assert found.plan.verified is True


@pytest.mark.parametrize(
    "expression",
    [
        {"key": TYPE, "operator": "Exists"},
        {"key": ZONE_KEY, "operator": "NotIn", "values": [OTHER_ZONE]},
    ],
)
def test_operators_without_a_value_are_met_where_they_hold(expression: Json) -> None:
    assert status(CODE, affinity([expression])) == "pass"


def test_a_pod_with_efa_that_stays_away_from_every_pool_has_no_node() -> None:
    """System nodes are of no pool, and have no EFA."""
    away = [{"key": POOL, "operator": "DoesNotExist"}]
    assert causes(affinity(away)) == [(CODE, "trainer")]


def test_the_last_expression_of_a_term_takes_all_that_is_required_with_it() -> None:
    """A term without an expression matches no node at all."""
    found = report(affinity([{"key": ZONE_KEY, "operator": "NotIn", "values": ["us-west-2a"]}]))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_parts_that_exist_but_not_together_are_named_as_a_pair() -> None:
    cluster = selector({POOL: "efa", "eks.amazonaws.com/nodegroup": "system"})
    found = ask(CODE, cluster).findings
    assert {f.key for f in found} == {
        f'spec.nodeSelector["{POOL}"]',
        'spec.nodeSelector["eks.amazonaws.com/nodegroup"]',
    }
    chain = next(f for f in found if "nodegroup" in f.key).chain
    assert any(POOL in sentence for sentence in chain)
    assert [c for c, _ in causes(cluster)] == [CODE]


def test_what_stands_behind_a_misspelt_selector_is_seen() -> None:
    found = causes(broken(node_selector_unmatched, efa_plugin_taint_not_tolerated))
    assert [c for c, _ in found] == [CODE, "EFA402"]


def test_a_node_group_that_nobody_read_may_have_the_label() -> None:
    cluster = selector({"team": "vision"}).unread_sources("aws/eks/describe-nodegroup")
    cluster.aws.pop("aws/eks/list-nodegroups")
    assert status(CODE, cluster) == "pass"
    near = selector({POOL: "efaa"}).unread_sources("aws/eks/describe-nodegroup")
    assert status(CODE, near) == "fail"


def test_the_label_of_an_empty_node_group_is_met() -> None:
    def group(cluster: Cluster) -> None:
        training_group(cluster, labels={"team": "vision"})
        cluster.pod["spec"]["nodeSelector"] = {"team": "vision"}

    assert status(CODE, broken(group)) == "pass"


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(node_selector_unmatched).unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"


def test_a_type_that_does_not_exist_is_seen_though_the_pool_itself_leaves_none() -> None:
    def both(cluster: Cluster) -> None:
        nodepool_requirements_conflict(cluster)
        cluster.pod["spec"]["nodeSelector"] = {"node.kubernetes.io/instance-type": "p5.48xlrge"}

    assert [c for c, _ in causes(broken(both))] == [CODE, "EFA204"]


def test_a_node_that_karpenter_still_counts_on_is_counted_on_behind_a_label_nobody_sets() -> None:
    """Karpenter makes no second node once the selector is right."""
    unknown = {"karpenter.sh/node-pool": "efa"}
    found = causes(
        broken(startup_taint_stays, lambda c: c.pod["spec"].update(nodeSelector=unknown))
    )
    assert [c for c, _ in found] == [CODE, "EFA302"]


def test_a_zone_that_only_cpu_nodes_are_in_is_none_for_a_pod_with_efa() -> None:
    """A CPU node meets the selector and can never take the pod: the pool that can does not."""

    def elsewhere(cluster: Cluster) -> None:
        cluster.add(node("ip-10-0-2-12.ec2.internal", "m7i.2xlarge", "i-0system3", OTHER_ZONE))
        cluster.pod["spec"]["nodeSelector"] = {ZONE_KEY: OTHER_ZONE}

    assert causes(broken(elsewhere)) == [(CODE, "trainer")]
    found = report(broken(elsewhere))
    assert found.plan is not None
    assert found.plan.verified is True
