"""EFA102: schedulers that nothing serves."""

import pytest
from clusters import EFA_NODE, Cluster, Json, broken, meta
from faults.pods import bound_pod, foreign_scheduler
from questions import causes, one, report, seen, status

CODE = "EFA102"


def deployment(name: str, image: str, *args: str) -> Json:
    container = {"name": "main", "image": image, "args": list(args)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(name, "kube-system"),
        "spec": {"template": {"metadata": {}, "spec": {"containers": [container]}}},
    }


def test_a_scheduler_that_is_not_there_keeps_the_pod_without_a_word() -> None:
    assert causes(broken(foreign_scheduler)) == [(CODE, "trainer")]
    finding = one(CODE, broken(foreign_scheduler))
    assert seen(finding) == {"spec.schedulerName": "gang-batcher"}
    assert report(broken(foreign_scheduler)).scheduler.predicted == ""


def test_a_misspelt_default_scheduler_is_put_right() -> None:
    def misspelt(cluster: Cluster) -> None:
        cluster.pod["spec"]["schedulerName"] = "default-schedular"

    finding = one(CODE, broken(misspelt))
    assert finding.evidence[0].expected == "default-scheduler"
    assert finding.change.label == "spelling"


@pytest.mark.parametrize(
    "served",
    [
        bound_pod("other", EFA_NODE, schedulerName="gang-batcher"),
        deployment("gang-batcher", "registry/batch:1"),
        deployment("batch", "registry/batch:1", "--scheduler-name=gang-batcher"),
        deployment("second", "registry.k8s.io/kube-scheduler:v1.36.2"),
    ],
    ids=["bound a pod", "is a deployment", "is named in arguments", "may be in its configuration"],
)
def test_a_scheduler_that_may_be_there_is_not_missing(served: Json) -> None:
    cluster = broken(foreign_scheduler)
    cluster.add(served)
    assert status(CODE, cluster) == "pass"


def test_volcano_goes_by_its_own_name() -> None:
    def volcano(cluster: Cluster) -> None:
        cluster.pod["spec"]["schedulerName"] = "volcano"
        cluster.add(deployment("volcano-scheduler", "volcanosh/vc-scheduler:v1.9"))

    assert status(CODE, broken(volcano)) == "pass"


def test_a_descheduler_schedules_nothing() -> None:
    cluster = broken(foreign_scheduler)
    cluster.add(deployment("descheduler", "registry.k8s.io/descheduler/descheduler:v0.34"))
    assert status(CODE, cluster) == "fail"


def test_the_default_scheduler_is_always_served() -> None:
    assert status(CODE, broken()) == "pass"


def test_without_pods_it_cannot_be_told() -> None:
    cluster = broken(foreign_scheduler)
    assert status(CODE, cluster.unread_sources("cluster/daemonsets.apps")) == "fail"
    assert report(cluster.unread_sources("cluster/nodes")).verdict.value == "unknown"


def test_of_a_scheduler_that_is_there_only_its_own_log_can_tell() -> None:
    serving = bound_pod("other", EFA_NODE, schedulerName="gang-batcher")
    cluster = broken(foreign_scheduler)
    cluster.add(serving)
    found = report(cluster)
    assert (found.verdict.value, found.root_causes) == ("unknown", ())
    assert "scheduler gang-batcher decides" in found.summary
