"""The rule for every blocking code: its plan is proved, or says why no copy can prove it."""

import pytest
from clusters import Cluster, Fault, broken
from faults import nodes, placement, plugins, pods, provisioning
from fix.workloads import TOPS, own
from hypothesis import given, settings
from hypothesis import strategies as st
from stacks.faults_to_stack import BLOCKING, Stackable, fits, stacked

from efadoctor import diagnose
from efadoctor.fix.apply import apply_all
from efadoctor.fix.bench import can_be_tried
from efadoctor.fix.consequences import settle
from efadoctor.model.finding import Severity
from efadoctor.model.fix import Edit
from efadoctor.model.report import Report, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.packs import installed_checks

FAULTS: tuple[tuple[str, Fault], ...] = (
    ("EFA101", pods.scheduling_gated),
    ("EFA102", pods.foreign_scheduler),
    ("EFA103", pods.resource_name_misspelled),
    ("EFA104", pods.toleration_missing),
    ("EFA105", pods.toleration_misspelled),
    ("EFA106", pods.node_selector_unmatched),
    ("EFA107", pods.request_exceeds_every_node),
    ("EFA108", pods.hugepages_unavailable),
    ("EFA109", pods.pod_affinity_unsatisfiable),
    ("EFA110", pods.topology_spread_unsatisfiable),
    ("EFA111", pods.volume_unavailable),
    ("EFA112", pods.volume_zone_conflict),
    ("EFA113", pods.host_port_conflict),
    ("EFA114", pods.resource_claim_unsatisfied),
    ("EFA115", pods.quota_exceeded),
    ("EFA201", provisioning.nodepool_missing),
    ("EFA202", provisioning.nodepool_not_ready),
    ("EFA203", provisioning.nodeclass_not_ready),
    ("EFA204", provisioning.nodepool_requirements_conflict),
    ("EFA205", provisioning.nodepool_without_efa_type),
    ("EFA206", provisioning.nodepool_limits_exceeded),
    ("EFA207", provisioning.type_not_offered_in_zone),
    ("EFA208", provisioning.capacity_unavailable),
    ("EFA209", provisioning.launch_refused),
    ("EFA210", provisioning.nodegroup_cannot_scale),
    ("EFA211", provisioning.nodeclass_without_efa_interface),
    ("EFA301", nodes.role_without_access_entry),
    ("EFA301", nodes.access_entry_of_wrong_type),
    ("EFA301", nodes.instance_not_joined),
    ("EFA301", nodes.shut_in),
    ("EFA302", nodes.startup_taint_stays),
    ("EFA302", nodes.undeclared_agent_taint),
    ("EFA303", nodes.node_not_ready),
    ("EFA304", nodes.node_cordoned),
    ("EFA305", nodes.node_launched_without_efa),
    ("EFA401", plugins.efa_plugin_missing),
    ("EFA402", plugins.efa_plugin_taint_not_tolerated),
    ("EFA403", plugins.efa_plugin_list_too_old),
    ("EFA403", plugins.efa_plugin_wants_a_label),
    ("EFA404", plugins.efa_plugin_runs_as_non_root),
    ("EFA404", plugins.efa_plugin_image_not_pulled),
    ("EFA404", plugins.efa_plugin_rejected),
    ("EFA411", plugins.gpu_plugin_missing),
    ("EFA412", plugins.gpu_plugin_taint_not_tolerated),
    ("EFA413", plugins.gpu_plugin_waits_for_label),
    ("EFA414", plugins.gpu_plugin_crashes),
    ("EFA501", plugins.efa_not_advertised),
    ("EFA502", plugins.efa_in_use),
    ("EFA503", plugins.gpu_in_use),
    ("EFA704", placement.placement_group_zone_mismatch),
    ("EFA705", placement.no_subnet_in_zone),
)

WITHOUT_PROOF = {"EFA111", "EFA208", "EFA209", "EFA414", "EFA501"}
"""Storage, capacity, quotas and a crash: whether the fix works shows on no copy."""

OPEN = {Verdict.SCHEDULABLE, Verdict.WAITING}


def subject_of(cluster: Cluster) -> str:
    own = [o for o in cluster.objects if o["metadata"]["name"] == "trainer"]
    return f"ml/{own[0]['kind']}/trainer"


def report_of(cluster: Cluster) -> Report:
    return diagnose(cluster.snapshot(), subject_of(cluster))


def test_every_blocking_code_is_here() -> None:
    blocking = {c.code for c in installed_checks() if c.severity is Severity.ERROR}
    assert blocking == {code for code, _ in FAULTS}


def proved_or_said_why(report: Report) -> None:
    plan = report.plan
    assert plan is not None
    assert plan.verified is not False, plan.why
    steps = [report.root_causes[s.finding].fixes[s.fix] for s in plan.steps]
    if plan.verified:
        assert all(fix.verified for fix in steps)
        return
    assert plan.why
    for fix in steps:
        assert can_be_tried(fix) or (fix.verified is None and fix.after in plan.why)


@pytest.mark.parametrize(("code", "fault"), FAULTS, ids=lambda v: getattr(v, "__name__", v))
def test_its_plan_is_proved_or_says_why_no_copy_can_prove_it(code: str, fault: Fault) -> None:
    report = report_of(broken(fault))
    assert code in {f.code for f in report.root_causes}
    assert all(f.fixes for f in report.root_causes)
    proved_or_said_why(report)


@pytest.mark.parametrize("code", sorted({c for c, _ in FAULTS} - WITHOUT_PROOF))
def test_all_but_few_codes_can_be_proved(code: str) -> None:
    reports = [report_of(broken(fault)) for c, fault in FAULTS if c == code]
    assert any(r.plan is not None and r.plan.verified for r in reports)


@pytest.mark.parametrize("kind", sorted(TOPS))
@pytest.mark.parametrize(
    "fault", [pods.node_selector_unmatched, pods.toleration_missing], ids=lambda f: f.__name__
)
def test_whoever_owns_the_pod_its_change_reaches_it(kind: str, fault: Fault) -> None:
    cluster = broken(fault)
    own(cluster, kind)
    report = diagnose(cluster.snapshot(), "ml/trainer")
    assert report.plan is not None
    assert report.plan.verified is True, report.plan.why
    assert all(f.verified for c in report.root_causes for f in c.fixes)


# ---- several at once --------------------------------------------------------


def stands(snapshot: Snapshot, as_read: Snapshot, edits: list[Edit], name: str) -> bool:
    """Whether edits in this order, each with what follows from it, open a way for the pod."""
    for edit in edits:
        snapshot = settle(apply_all(snapshot, (edit,)), as_read).after
    return diagnose(snapshot, name).verdict in OPEN | {Verdict.UNKNOWN}


@pytest.mark.slow
@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    st.lists(st.sampled_from(BLOCKING), min_size=2, max_size=2, unique=True).map(tuple).filter(fits)
)
def test_of_two_faults_the_plan_is_in_an_order_that_works_and_no_step_can_be_left_out(
    stack: tuple[Stackable, ...],
) -> None:
    cluster = stacked(stack)
    report = report_of(cluster)
    proved_or_said_why(report)
    if report.plan is None or not report.plan.verified:
        return
    snapshot, name = cluster.snapshot(), subject_of(cluster)
    steps = [report.root_causes[s.finding].fixes[s.fix].edits for s in report.plan.steps]
    assert stands(snapshot, snapshot, [e for edits in steps for e in edits], name)
    left = [f.fingerprint for f in report.root_causes]
    assert len(steps) <= len(left)
