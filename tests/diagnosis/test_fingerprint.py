"""A fingerprint names the cause: the same for every pod of a job, today and tomorrow."""

from clusters import Cluster
from jobs import a_job_of

from efadoctor import diagnose


def untolerated(cluster: Cluster, *names: str) -> Cluster:
    for name in names:
        cluster.get("Pod", name)["spec"]["tolerations"].pop(0)
    return cluster


def fingerprint(cluster: Cluster, pod: str) -> str:
    (cause,) = diagnose(cluster.snapshot(), f"ml/{pod}").root_causes
    return cause.fingerprint


def test_every_pod_of_a_job_has_the_fingerprint_of_the_job() -> None:
    cluster = untolerated(a_job_of(2, efa=4, gpu=2), "train-0", "train-1")
    assert fingerprint(cluster, "train-0") == fingerprint(cluster, "train-1")


def test_a_pod_made_anew_keeps_it_and_another_taint_changes_it() -> None:
    cluster = untolerated(a_job_of(1, efa=4, gpu=2), "train-0")
    first = fingerprint(cluster, "train-0")
    pod = cluster.get("Pod", "train-0")
    pod["metadata"] |= {"name": "train-zzzzz", "uid": "another"}
    assert fingerprint(cluster, "train-zzzzz") == first
    for holder in (cluster.node["spec"], cluster.pool["spec"]["template"]["spec"]):
        holder["taints"][1]["key"] = "efa.example/reserved"
    assert fingerprint(cluster, "train-zzzzz") != first


def test_bare_pods_of_different_names_have_different_fingerprints() -> None:
    one = untolerated(Cluster(), "trainer")
    other = untolerated(Cluster(), "trainer")
    other.pod["metadata"]["name"] = "another"
    assert fingerprint(one, "trainer") != fingerprint(other, "another")
