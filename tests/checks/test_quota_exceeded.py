"""EFA115: quotas and admission."""

from typing import Any

import pytest
from clusters import EFA_NODE, Cluster, Json, broken, meta
from faults.pods import EFA, as_job, bound_pod, quota_exceeded, resources_of
from questions import ask, report, seen

CODE, JOB = "EFA115", "ml/Job/trainer"


def quota(hard: dict[str, str], used: dict[str, str], **spec: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": meta("gpus", "ml"),
        "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used},
    }


def limited(hard: dict[str, str], used: dict[str, str], **spec: Any) -> Cluster:
    def fault(cluster: Cluster) -> None:
        as_job(cluster)
        cluster.add(quota(hard, used, **spec))

    return broken(fault)


def names(cluster: Cluster) -> list[tuple[str, str]]:
    return [(f.code, f.object.short) for f in report(cluster, JOB).root_causes]


def test_a_quota_without_room_is_named_though_a_node_would_take_the_pod() -> None:
    assert names(broken(quota_exceeded)) == [(CODE, "ResourceQuota/gpus")]
    found = report(broken(quota_exceeded), JOB)
    assert found.verdict.value == "blocked"
    assert seen(found.root_causes[0])[f'spec.hard["requests.{EFA}"]'] == "32"


def test_room_for_all_pods_of_the_job_is_proved() -> None:
    found = report(broken(quota_exceeded), JOB)
    assert "38" in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True


@pytest.mark.parametrize(
    ("hard", "used"),
    [
        ({f"requests.{EFA}": "32"}, {f"requests.{EFA}": "28"}),
        ({"pods": "10"}, {"pods": "9"}),
        ({"requests.nvidia.com/gpu": "8"}, {}),
        ({"requests.example.com/fpga": "0"}, {}),
        ({"services": "0"}, {"services": "0"}),
    ],
)
def test_a_quota_with_room_refuses_nobody(hard: dict[str, str], used: dict[str, str]) -> None:
    assert ask(CODE, limited(hard, used), JOB).findings == ()


@pytest.mark.parametrize(
    ("hard", "used"),
    [
        ({"pods": "10"}, {"pods": "10"}),
        ({"count/pods": "3"}, {"count/pods": "3"}),
        ({"requests.nvidia.com/gpu": "8"}, {"requests.nvidia.com/gpu": "1"}),
        ({f"requests.{EFA}": "0"}, {}),
    ],
)
def test_one_unit_over_is_over(hard: dict[str, str], used: dict[str, str]) -> None:
    assert names(limited(hard, used)) == [(CODE, "ResourceQuota/gpus")]


def test_scopes_decide_whom_a_quota_counts() -> None:
    full = ({"pods": "1"}, {"pods": "1"})
    assert names(limited(*full, scopes=["BestEffort"])) == [(CODE, "ResourceQuota/gpus")]
    assert ask(CODE, limited(*full, scopes=["NotBestEffort"]), JOB).findings == ()
    chosen = {
        "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]
    }
    assert ask(CODE, limited(*full, scopeSelector=chosen), JOB).findings == ()


def test_a_quota_of_another_namespace_is_not_meant() -> None:
    cluster = broken(quota_exceeded)
    cluster.get("ResourceQuota", "gpus")["metadata"]["namespace"] = "default"
    assert ask(CODE, cluster, JOB).findings == ()


def test_a_device_without_a_limit_is_invalid() -> None:
    def requested(cluster: Cluster) -> None:
        del resources_of(cluster)["limits"][EFA]
        as_job(cluster)

    assert names(broken(requested)) == [(CODE, "Job/trainer")]
    found = report(broken(requested), JOB)
    assert found.plan is not None
    assert found.plan.verified is True


def test_pod_security_refuses_the_capability_that_pins_memory() -> None:
    def enforced(cluster: Cluster) -> None:
        as_job(cluster)
        labels = {"pod-security.kubernetes.io/enforce": "baseline"}
        cluster.get("Namespace", "ml")["metadata"]["labels"] = labels

    assert names(broken(enforced)) == [(CODE, "Job/trainer")]
    assert "IPC_LOCK" in report(broken(enforced), JOB).root_causes[0].summary


def test_what_only_the_api_server_knows_is_said_in_its_words() -> None:
    def refused(cluster: Cluster) -> None:
        as_job(cluster)
        cluster.add(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": meta("trainer.1", "ml"),
                "involvedObject": {"kind": "Job", "name": "trainer", "namespace": "ml"},
                "reason": "FailedCreate",
                "message": 'admission webhook "policy" denied the request',
                "lastTimestamp": "2026-11-20T09:58:00Z",
            }
        )

    assert names(broken(refused)) == [(CODE, "Job/trainer")]
    assert "webhook" in report(broken(refused), JOB).root_causes[0].summary


def test_a_workload_that_wants_no_pod_is_refused_none() -> None:
    cluster = broken(quota_exceeded)
    cluster.get("Job", "trainer")["spec"].update(parallelism=0)
    assert ask(CODE, cluster, JOB).findings == ()


@pytest.mark.parametrize("field", ["spec.suspend", "spec.runPolicy.suspend"])
def test_a_workload_that_is_suspended_makes_no_pod(field: str) -> None:
    def held(cluster: Cluster) -> None:
        as_job(cluster)
        spec = cluster.get("Job", "trainer")["spec"]
        for step in field.split(".")[1:-1]:
            spec = spec.setdefault(step, {})
        spec["suspend"] = True

    assert names(broken(held)) == [(CODE, "Job/trainer")]
    (cause,) = report(broken(held), JOB).root_causes
    assert seen(cause) == {field: True}
    assert cause.fixes[0].title == "Resume Job/trainer"


def test_the_queue_that_holds_a_workload_is_named() -> None:
    def queued(cluster: Cluster) -> None:
        as_job(cluster)
        job = cluster.get("Job", "trainer")
        job["spec"]["suspend"] = True
        job["metadata"]["labels"] = {"kueue.x-k8s.io/queue-name": "team-a"}

    (cause,) = report(broken(queued), JOB).root_causes
    assert "queue team-a admits it" in cause.summary


def test_a_pod_that_exists_was_not_refused() -> None:
    cluster = broken()
    cluster.add(quota({"pods": "1"}, {"pods": "1"}))
    assert ask(CODE, cluster).findings == ()


def test_without_quotas_it_cannot_be_told() -> None:
    cluster = broken(quota_exceeded).unread_sources("cluster/resourcequotas")
    (result,) = ask(CODE, cluster, JOB).results
    assert result.status.value == "unknown"


def of_job(cluster: Cluster) -> None:
    """One pod of the job runs; the quota refuses the other."""
    quota_exceeded(cluster)
    runs = bound_pod("trainer-0", EFA_NODE)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "trainer", "uid": "uid-ml-trainer"}
    runs["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    cluster.add(runs)


def refused(cluster: Cluster) -> None:
    about = {"apiVersion": "batch/v1", "kind": "Job", "name": "trainer", "namespace": "ml"}
    event = {"apiVersion": "v1", "kind": "Event", "metadata": meta("trainer.1", "ml")}
    cluster.add(event | {"involvedObject": about, "reason": "FailedCreate", "message": "refused"})


def test_the_pods_that_are_refused_count_though_others_of_the_job_run() -> None:
    found = report(broken(of_job, refused), JOB)
    assert found.verdict.value == "blocked"
    assert [(f.code, f.object.short) for f in found.root_causes] == [(CODE, "ResourceQuota/gpus")]


def test_a_job_whose_pods_run_and_of_which_none_was_refused_is_scheduled() -> None:
    assert report(broken(of_job), JOB).verdict.value == "scheduled"
