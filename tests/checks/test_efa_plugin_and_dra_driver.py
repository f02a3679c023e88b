"""EFA405: plugin and DRA driver on one node."""

from clusters import Cluster, broken
from faults.plugins import dra_driver_too, spec_of
from questions import one, report, seen, status

from efadoctor.model.finding import Severity
from efadoctor.model.fix import Patch

CODE = "EFA405"


def test_both_on_one_node_is_a_warning_about_the_one_that_the_pod_does_not_ask() -> None:
    finding = one(CODE, broken(dra_driver_too))
    assert (finding.object.name, finding.severity) == ("aws-dranet", Severity.WARNING)
    assert finding.paths == frozenset()
    assert "dranet" in seen(finding)["spec.template.spec.containers[0].image"]
    found = report(broken(dra_driver_too))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


def test_a_driver_that_is_kept_off_these_nodes_is_no_matter() -> None:
    def elsewhere(cluster: Cluster) -> None:
        dra_driver_too(cluster)
        driver = cluster.get("DaemonSet", "aws-dranet")
        spec_of(driver)["nodeSelector"] = {"eks.amazonaws.com/nodegroup": "system"}

    assert status(CODE, broken(elsewhere)) == "pass"


def test_its_fix_keeps_the_driver_off() -> None:
    def fixed(cluster: Cluster) -> None:
        dra_driver_too(cluster)
        term = {"matchExpressions": [{"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"}]}
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
        spec_of(cluster.get("DaemonSet", "aws-dranet"))["affinity"] = {"nodeAffinity": required}

    (fix,) = one(CODE, broken(dra_driver_too)).fixes
    patch = fix.edits[0]
    assert isinstance(patch, Patch)
    assert "DoesNotExist" in str(patch.operations[-1].value)
    assert status(CODE, broken(fixed)) == "pass"


def test_a_pod_that_asks_for_no_efa_is_not_bothered() -> None:
    def without_demand(cluster: Cluster) -> None:
        dra_driver_too(cluster)
        for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
            del amounts["vpc.amazonaws.com/efa"]

    assert status(CODE, broken(without_demand)) == "pass"


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(dra_driver_too).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"
