"""EFA801: memory that may not be locked."""

import pytest
from clusters import Cluster, broken
from faults import runtime
from faults.runtime import container, memory_lock_limited, user_data
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA801"
ADD = "spec.containers[0].securityContext.capabilities.add"


def secured(**context: object) -> Cluster:
    def change(cluster: Cluster) -> None:
        container(cluster)["securityContext"] = context

    return broken(change)


def lockable(**context: object) -> Cluster:
    return secured(capabilities={"add": ["IPC_LOCK"]}, **context)


def test_a_container_without_the_capability_is_named() -> None:
    finding = one(CODE, broken(memory_lock_limited))
    assert finding.object.name == "trainer"
    assert seen(finding) == {"spec.containers[0].securityContext": None}


@pytest.mark.parametrize(
    ("context", "field", "value"),
    [
        ({"runAsUser": 0}, "spec.containers[0].securityContext.capabilities", None),
        ({"capabilities": {"drop": ["ALL"]}}, ADD, None),
        ({"capabilities": {"add": ["SYS_NICE"]}}, ADD, ["SYS_NICE"]),
    ],
)
def test_evidence_is_the_field_that_lacks_it(
    context: dict[str, object], field: str, value: object
) -> None:
    found = seen(one(CODE, secured(**context)))
    assert list(found) == [field]
    assert (list(found[field]) if value else found[field]) == value
    assert left_after_fix(CODE, secured(**context)) == 0


def test_adding_the_capability_removes_it_and_changes_no_verdict() -> None:
    assert left_after_fix(CODE, broken(memory_lock_limited)) == 0
    found = report(broken(memory_lock_limited))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


@pytest.mark.parametrize(
    "context",
    [
        {"privileged": True},
        {"capabilities": {"add": ["ALL"]}},
        {"capabilities": {"add": ["CAP_IPC_LOCK"]}},
        {"capabilities": {"add": ["IPC_LOCK"], "drop": ["ALL"]}},
        {"capabilities": {"add": ["IPC_LOCK"]}, "runAsUser": 0},
    ],
)
def test_a_container_that_may_lock_memory_is_right(context: dict[str, object]) -> None:
    assert status(CODE, secured(**context)) == "pass"


@pytest.mark.parametrize(
    ("own", "of_pod", "field"),
    [
        ({"runAsUser": 1000}, {}, "spec.containers[0].securityContext.runAsUser"),
        ({}, {"runAsUser": 1000}, "spec.securityContext.runAsUser"),
        ({"runAsNonRoot": True}, {}, "spec.containers[0].securityContext.runAsNonRoot"),
        ({}, {"runAsNonRoot": True}, "spec.securityContext.runAsNonRoot"),
        ({"runAsUser": 0}, {"runAsUser": 1000}, None),
        ({"runAsNonRoot": False}, {"runAsNonRoot": True}, None),
    ],
)
def test_an_added_capability_is_in_effect_for_root_alone(
    own: dict[str, object], of_pod: dict[str, object], field: str | None
) -> None:
    cluster = lockable(**own)
    cluster.pod["spec"]["securityContext"] = of_pod
    assert [list(seen(f)) for f in ask(CODE, cluster).findings] == ([[field]] if field else [])


def test_a_user_namespace_of_its_own_makes_the_capability_void() -> None:
    cluster = lockable()
    cluster.pod["spec"]["hostUsers"] = False
    assert seen(one(CODE, cluster)) == {"spec.hostUsers": False}


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("LimitMEMLOCK=infinity", True),
        ("  - {type: RLIMIT_MEMLOCK, hard: 18446744073709551615}", True),
        ("max-locked-memory = { hard-limit = -1 }", True),
        ("# LimitMEMLOCK=infinity", False),
        ("ulimit -l unlimited", False),
        ("  - {type: RLIMIT_NOFILE, hard: 1048576}", False),
    ],
)
def test_a_limit_raised_in_the_container_runtime_is_enough(line: str, *, right: bool) -> None:
    def raised(cluster: Cluster) -> None:
        memory_lock_limited(cluster)
        user_data(cluster, line)

    assert status(CODE, broken(raised)) == ("pass" if right else "warn")


def test_bottlerocket_raises_the_limit_itself() -> None:
    def bottlerocket(cluster: Cluster) -> None:
        memory_lock_limited(cluster)
        cluster.node["status"]["nodeInfo"]["osImage"] = "Bottlerocket OS 1.44.0"
        cluster.nodeclass["spec"]["amiSelectorTerms"] = [{"alias": "bottlerocket@latest"}]

    assert status(CODE, broken(bottlerocket)) == "pass"


def test_a_container_beside_it_that_asks_for_no_efa_needs_nothing() -> None:
    def sidecar(cluster: Cluster) -> None:
        cluster.pod["spec"]["containers"].append({"name": "logs", "image": "logs:1"})

    assert status(CODE, broken(sidecar)) == "pass"


def test_the_container_of_a_misspelt_request_is_meant() -> None:
    def misspelt(cluster: Cluster) -> None:
        memory_lock_limited(cluster)
        resources = container(cluster)["resources"]
        for amounts in resources.values():
            amounts["vpc.amazon.com/efa"] = amounts.pop("vpc.amazonaws.com/efa")

    assert status(CODE, broken(misspelt)) == "warn"


def test_where_the_namespace_forbids_the_capability_the_nodes_are_to_change() -> None:
    def enforced(cluster: Cluster) -> None:
        memory_lock_limited(cluster)
        labels = {"pod-security.kubernetes.io/enforce": "baseline"}
        cluster.get("Namespace", "ml")["metadata"]["labels"] = labels

    first, second = one(CODE, broken(enforced)).fixes
    assert "base runtime spec" in first.title
    assert "baseline" in second.warning


def test_a_healthy_cluster_gets_nothing() -> None:
    assert status(CODE, broken()) == "pass"


def test_what_the_nodes_do_is_not_needed_to_see_what_the_pod_lacks() -> None:
    unread = broken(runtime.memory_lock_limited)
    unread.unread_sources("cluster/ec2nodeclasses.karpenter.k8s.aws", "cluster/namespaces")
    assert status(CODE, unread) == "warn"
