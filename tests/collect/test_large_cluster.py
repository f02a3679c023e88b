"""A cluster that is too large to be read whole: what was not read is never taken for absent."""

from __future__ import annotations

import pytest
from collect.conftest import Collecting, Serving
from collect.servers.http import Asked, Reply
from collect.servers.kubernetes import KubernetesServer, Object, status_reply

from efadoctor import diagnose
from efadoctor.collect.kube import cluster
from efadoctor.model.kubernetes import Pod
from efadoctor.model.report import Verdict

SUBJECT = "default/efa-test-pod"


@pytest.fixture(autouse=True)
def _every_cluster_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SMALL_CLUSTER", 0)


def forbid(server: KubernetesServer, selector: str) -> None:
    """Refuses the lists of pods that are asked for with a field selector."""

    def refuse(asked: Asked, _reply: Reply) -> Reply | None:
        lists_pods = asked.path.endswith("/pods")
        refused = lists_pods and selector in asked.query.get("fieldSelector", "")
        return status_reply(403, "Forbidden", "no") if refused else None

    server.faults.append(refuse)


def test_pending_pods_that_nobody_may_list_are_not_read_and_none(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    forbid(seed, "spec.nodeName=")
    snapshot = collecting(seed, all_namespaces=True)
    assert not snapshot.was_read(Pod)


def test_where_nothing_pends_the_pods_are_read(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    snapshot = collecting(seed, namespace="kube-public")
    assert snapshot.was_read(Pod)


def test_a_pod_that_nobody_may_get_turns_on_no_nodes(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    seed.faults.append(
        lambda a, _: status_reply(403, "Forbidden") if a.path.endswith("/efa-test-pod") else None
    )
    assert not collecting(seed, SUBJECT).was_read(Pod)


def node(name: str) -> Object:
    have = {"cpu": "8", "memory": "32Gi", "pods": "50", "vpc.amazonaws.com/efa": "1"}
    return {"metadata": {"name": name}, "status": {"allocatable": have, "capacity": have}}


def pod(name: str, on: str = "") -> Object:
    asked = {"limits": {"vpc.amazonaws.com/efa": "1"}}
    return {
        "metadata": {"name": name, "namespace": "other" if on else "default"},
        "spec": {"containers": [{"name": "c", "resources": asked}], "nodeName": on},
        "status": {"phase": "Running" if on else "Pending"},
    }


@pytest.mark.parametrize(
    ("holder", "verdict"),
    [("a", Verdict.UNKNOWN), ("b", Verdict.UNKNOWN), ("", Verdict.SCHEDULABLE)],
)
def test_a_node_whose_pods_were_not_read_takes_no_pod(
    serving: Serving, collecting: Collecting, holder: str, verdict: Verdict
) -> None:
    held = [pod(f"of-{n}", n) for n in ("a", "b")] if holder else []
    objects = {"cluster/nodes": [node("a"), node("b")], "cluster/pods": [*held, pod("p")]}
    server = serving(KubernetesServer(objects))
    if holder:
        forbid(server, f"spec.nodeName={holder}")
    report = diagnose(collecting(server, "default/p"), "default/p")
    assert report.verdict is verdict
