"""EFA109: affinity and anti-affinity to other pods."""

from clusters import EFA_NODE, Cluster, Json, broken
from faults.nodes import pool_at_its_limit
from faults.pods import bound_pod, pod_affinity_unsatisfiable
from questions import causes, one, report, seen, status

CODE = "EFA109"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
SYSTEM_NODE = "ip-10-0-2-10.us-west-2.compute.internal"


def term(app: str, key: str = "kubernetes.io/hostname", **more: object) -> Json:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **more}


def apart_from(app: str, key: str = "kubernetes.io/hostname") -> Json:
    return {"podAntiAffinity": {REQUIRED: [term(app, key)]}}


def test_an_affinity_that_no_pod_matches_is_named() -> None:
    assert causes(broken(pod_affinity_unsatisfiable)) == [(CODE, "trainer")]
    finding = one(CODE, broken(pod_affinity_unsatisfiable))
    assert f"spec.affinity.podAffinity.{REQUIRED}[0]" in seen(finding)
    assert "none does" in finding.summary


def test_pods_that_are_elsewhere_are_told_from_none() -> None:
    cluster = broken(pod_affinity_unsatisfiable)
    cluster.add(bound_pod("launcher", SYSTEM_NODE, labels={"app": "launcher"}))
    assert "elsewhere" in one(CODE, cluster).summary


def test_pods_beside_which_there_is_room_will_do() -> None:
    cluster = broken(pod_affinity_unsatisfiable)
    cluster.add(bound_pod("launcher", EFA_NODE, labels={"app": "launcher"}))
    assert report(cluster).verdict.value == "schedulable"


def test_the_first_of_a_series_may_want_to_be_beside_itself() -> None:
    cluster = broken(pod_affinity_unsatisfiable)
    cluster.pod["metadata"]["labels"] = {"app": "launcher"}
    assert report(cluster).verdict.value == "schedulable"


def test_pods_of_another_namespace_are_not_meant() -> None:
    cluster = broken(pod_affinity_unsatisfiable)
    cluster.add(bound_pod("launcher", EFA_NODE, "other", labels={"app": "launcher"}))
    assert causes(cluster) == [(CODE, "trainer")]


def test_anti_affinity_names_the_pod_in_the_way() -> None:
    def apart(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.pod["spec"]["affinity"] = apart_from("worker")
        cluster.add(bound_pod("worker-0", EFA_NODE, labels={"app": "worker"}))

    finding = one(CODE, broken(apart))
    assert "ml/worker-0" in finding.summary
    assert causes(broken(apart)) == [(CODE, "trainer")]


def test_anti_affinity_by_host_is_met_by_a_new_node() -> None:
    def apart(cluster: Cluster) -> None:
        cluster.pod["spec"]["affinity"] = apart_from("worker")
        cluster.add(bound_pod("worker-0", EFA_NODE, labels={"app": "worker"}))

    assert report(broken(apart)).root_causes == ()


def test_others_may_keep_the_pod_away() -> None:
    def repelled(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        cluster.pod["metadata"]["labels"] = {"app": "train"}
        affinity = apart_from("train")
        cluster.add(bound_pod("lonely", EFA_NODE, affinity=affinity))

    finding = one(CODE, broken(repelled))
    assert "ml/lonely" in finding.summary
    assert causes(broken(repelled)) == [(CODE, "trainer")]


def test_preferences_keep_nobody_off() -> None:
    def preferring(cluster: Cluster) -> None:
        weighted = {"weight": 1, "podAffinityTerm": term("launcher")}
        cluster.pod["spec"]["affinity"] = {
            "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [weighted]}
        }

    assert status(CODE, broken(preferring)) == "pass"


def test_without_pods_it_cannot_be_told() -> None:
    found = report(broken(pod_affinity_unsatisfiable).unread_sources("cluster/nodes"))
    assert found.verdict.value == "unknown"
