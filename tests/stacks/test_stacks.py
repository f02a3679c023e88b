"""Randomised stacks of two and three faults: every one is named, and nothing else."""

import copy

import pytest
from clusters import CLUSTER_SG, EFA_TAINT, GPU_TAINT, NODE_SG, ZONE, Cluster, Fault, broken
from faults import nodes, placement, plugins, pods
from hypothesis import given, settings
from hypothesis import strategies as st
from stacks.faults_to_stack import BLOCKING, WARNING, Stackable, fits, stacked

from efadoctor import diagnose
from efadoctor.model.report import Report, Verdict

TRAINER = "ml/trainer"


def named(report: Report) -> set[tuple[str, str]]:
    return {(f.code, f.object.name) for f in report.root_causes}


def warned(report: Report) -> set[tuple[str, str]]:
    return {(f.code, f.object.name) for f in report.warnings}


def stacks(count: int) -> st.SearchStrategy[tuple[Stackable, ...]]:
    """So many faults that can be true at once, warnings among them."""
    one = st.sampled_from(BLOCKING + WARNING)
    return st.lists(one, min_size=count, max_size=count, unique=True).map(tuple).filter(fits)


def judged(stack: tuple[Stackable, ...]) -> None:
    report = diagnose(stacked(stack).snapshot(), TRAINER)
    blocking = {s.expected for s in stack if s in BLOCKING}
    assert named(report) == blocking
    assert warned(report) == {s.expected for s in stack if s in WARNING}
    assert report.verdict is (Verdict.BLOCKED if blocking else Verdict.SCHEDULABLE)
    assert all(c.summary.find("the check failed") < 0 for c in report.checks)
    if report.plan is not None:
        assert report.plan.verified is not False, report.plan.why
        assert report.plan.verified or report.plan.why


@pytest.mark.parametrize("fault", BLOCKING + WARNING, ids=repr)
def test_each_fault_alone_is_named_alone(fault: Stackable) -> None:
    judged((fault,))


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, deadline=None)
@given(stacks(2))
def test_of_two_faults_both_are_named_and_none_is_invented(stack: tuple[Stackable, ...]) -> None:
    judged(stack)


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, deadline=None)
@given(stacks(3))
def test_of_three_faults_all_are_named_and_none_is_invented(stack: tuple[Stackable, ...]) -> None:
    judged(stack)


# ---- nothing to find --------------------------------------------------------


def another_name_and_namespace(cluster: Cluster) -> None:
    """The plugins as another release of their charts installs them."""
    for plugin, name in ((cluster.efa_plugin, "nics"), (cluster.gpu_plugin, "gpus")):
        pod = cluster.plugin_pod(plugin)
        plugin["metadata"] |= {"name": name, "namespace": "devices"}
        pod["metadata"]["namespace"] = "devices"
        pod["metadata"]["ownerReferences"][0]["name"] = name


def tolerating_everything(cluster: Cluster) -> None:
    cluster.pod["spec"]["tolerations"] = [{"operator": "Exists"}]


def selecting_the_pool(cluster: Cluster) -> None:
    cluster.pod["spec"]["nodeSelector"] = {"karpenter.sh/nodepool": "efa"}


def affinity_for_the_zone(cluster: Cluster) -> None:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [ZONE]}
    terms = [{"matchExpressions": [zone]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    cluster.pod["spec"]["affinity"] = {"nodeAffinity": required}


def rules_in_a_second_group(cluster: Cluster) -> None:
    """Both groups on each interface; the first has no rule for itself."""
    first, _ = cluster.aws["aws/ec2/describe-security-groups"]
    first["IpPermissions"] = []
    del first["IpPermissionsEgress"][1:]
    for interface in cluster.instance["NetworkInterfaces"]:
        interface["Groups"] = [{"GroupId": NODE_SG}, {"GroupId": CLUSTER_SG}]
    selected = [{"id": NODE_SG, "name": NODE_SG}, {"id": CLUSTER_SG, "name": CLUSTER_SG}]
    cluster.nodeclass["status"]["securityGroups"] = selected
    for found in cluster.aws["aws/ec2/describe-network-interfaces"]:
        found["Groups"] = [{"GroupId": NODE_SG}, {"GroupId": CLUSTER_SG}]


def group_named_and_there(cluster: Cluster) -> None:
    placement.add_group(cluster)
    placement.names(cluster)
    cluster.instance["Placement"]["GroupName"] = "prod-efa"


def only_gpus(cluster: Cluster) -> None:
    """The EFA plugin is missing, and nobody asks for it."""
    plugins.efa_plugin_missing(cluster)
    pods.asking(cluster, plugins.EFA, None)


def one_of_two_cordoned(cluster: Cluster) -> None:
    nodes.second_node(cluster)
    nodes.cordon(cluster.node)


def claim_that_waits_for_its_consumer(cluster: Cluster) -> None:
    pods.using(cluster, "checkpoints")
    cluster.add(pods.storage_class(), pods.claim("checkpoints"))


def preferring_only(cluster: Cluster) -> None:
    """A soft taint and a soft wish keep nobody off."""
    cluster.node["spec"]["taints"].append({"key": "spare", "effect": "PreferNoSchedule"})
    wish = {"key": "example.com/rack", "operator": "In", "values": ["7"]}
    preferred = [{"weight": 1, "preference": {"matchExpressions": [wish]}}]
    soft = {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
    cluster.pod["spec"]["affinity"] = {"nodeAffinity": soft}


def taints_by_value(cluster: Cluster) -> None:
    cluster.pod["spec"]["tolerations"] = [
        {**taint, "operator": "Equal"} for taint in (EFA_TAINT, GPU_TAINT)
    ]


def somebody_elses_broken_pool(cluster: Cluster) -> None:
    other = copy.deepcopy(cluster.pool)
    other["metadata"] |= {"name": "batch", "uid": "uid-batch"}
    other["spec"]["template"]["spec"]["nodeClassRef"]["name"] = "gone"
    other["status"]["conditions"] = []
    cluster.add(other)


HEALTHY: tuple[Fault, ...] = (
    another_name_and_namespace,
    tolerating_everything,
    selecting_the_pool,
    affinity_for_the_zone,
    rules_in_a_second_group,
    group_named_and_there,
    only_gpus,
    one_of_two_cordoned,
    claim_that_waits_for_its_consumer,
    preferring_only,
    taints_by_value,
    somebody_elses_broken_pool,
)


@pytest.mark.parametrize("variant", HEALTHY, ids=lambda v: v.__name__)
def test_a_healthy_variant_has_no_cause_and_no_warning(variant: Fault) -> None:
    report = diagnose(broken(variant).snapshot(), TRAINER)
    assert (report.verdict, named(report), warned(report)) == (Verdict.SCHEDULABLE, set(), set())


@pytest.mark.slow
@settings(max_examples=25, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(HEALTHY), min_size=2, max_size=2, unique=True))
def test_healthy_variants_together_are_healthy(variants: list[Fault]) -> None:
    late = (only_gpus, another_name_and_namespace)  # take away what others look for
    ordered = sorted(variants, key=lambda v: v in late)
    if {only_gpus, another_name_and_namespace} <= set(variants):
        return
    report = diagnose(broken(*ordered).snapshot(), TRAINER)
    assert (report.verdict, named(report)) == (Verdict.SCHEDULABLE, set())


@pytest.mark.parametrize("variant", HEALTHY, ids=lambda v: v.__name__)
def test_a_fault_of_the_pod_is_named_beside_a_near_miss(variant: Fault) -> None:
    cluster = broken(variant, pods.scheduling_gated)
    assert named(diagnose(cluster.snapshot(), TRAINER)) == {("EFA101", "trainer")}


def near_misses() -> list[tuple[Fault, Verdict]]:
    """Not as it should be, and nothing to change."""
    return [
        (nodes.instance_on_its_way, Verdict.WAITING),
        (nodes.just_ready, Verdict.SCHEDULABLE),
    ]


@pytest.mark.parametrize(("fault", "verdict"), near_misses(), ids=lambda v: getattr(v, "name", ""))
def test_a_near_miss_has_no_cause(fault: Fault, verdict: Verdict) -> None:
    report = diagnose(broken(fault).snapshot(), TRAINER)
    assert (report.verdict, named(report)) == (verdict, set())
