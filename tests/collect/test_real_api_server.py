"""The same against a real API server, where there is one (KUBEBUILDER_ASSETS)."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import yaml
from api_server import READER, VIEWER, ApiServer, custom_kinds, needs_api_server, source_of
from collect.conftest import SEED
from collect.servers.aws import AwsServer
from fix.recorded import objects_of

from efadoctor import diagnose
from efadoctor.collect.live import Request, collect
from efadoctor.collect.permissions import rbac
from efadoctor.collect.watch import watch
from efadoctor.model.facts import SOURCES, CoverageStatus, KubernetesSource
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot

pytestmark = [
    pytest.mark.slow,
    needs_api_server,
    # its certificate is its own
    pytest.mark.filterwarnings("ignore:Unverified HTTPS request"),
]

SUBJECT = "default/efa-test-pod"
PODS_ONLY = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "pods-only"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "pods-only"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "pods-only",
        },
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}],
    },
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("envtest")) as found:
        held = objects_of("seed-walkthrough")
        found.serve({s for s in custom_kinds() if any(source_of(o) == s for o in held)})
        first = {"Namespace": 0, "PriorityClass": 1}
        for thing in sorted(held, key=lambda o: first.get(o["kind"], 2)):
            found.put(thing)
        for document in [*yaml.safe_load_all(rbac()), *PODS_ONLY]:
            plural = f"{document['kind'].lower()}s"
            namespace = document["metadata"].get("namespace")
            inside = f"/namespaces/{namespace}" if namespace else ""
            found.ask("POST", f"/apis/rbac.authorization.k8s.io/v1{inside}/{plural}", document)
        yield found


def context() -> str:
    return Snapshot.load(SEED).origin.context or ""


def test_the_printed_role_is_enough_and_the_causes_are_the_bundles(server, account, tmp_path):
    account(AwsServer.of_bundle(SEED))
    config = server.kubeconfig(tmp_path, READER, context())
    live = collect(Request(subject=SUBJECT, kubeconfig=str(config)))
    assert not live.gaps
    recorded = Snapshot.load(SEED)
    for source in SOURCES.values():
        if isinstance(source, KubernetesSource) and recorded.of_source(source.name):
            was = {v.metadata.name for v in recorded.of_source(source.name) or ()}
            assert was <= {v.metadata.name for v in live.of_source(source.name) or ()}, source.name
    causes = [
        [(f.code, f.object.name) for f in diagnose(s, SUBJECT).root_causes]
        for s in (live, recorded)
    ]
    assert causes[0] == causes[1]


def test_who_may_read_pods_only_gets_them_and_the_rest_as_gaps(server, tmp_path):
    config = server.kubeconfig(tmp_path, VIEWER)
    snapshot = collect(Request(subject=SUBJECT, kubeconfig=str(config), no_aws=True))
    assert snapshot.get(Pod, "efa-test-pod", "default")
    assert not snapshot.was_read(Node)
    denied = {g.source for g in snapshot.gaps if g.status is CoverageStatus.DENIED}
    assert "cluster/nodes" in denied
    assert "cluster/daemonsets.apps" in denied


def test_a_watch_sees_a_node_change(server, tmp_path):
    config = server.kubeconfig(tmp_path, READER)
    seen, stop = threading.Event(), threading.Event()
    name = Snapshot.load(SEED).all(Node)[0].metadata.name

    def look(snapshot: Snapshot) -> None:
        node = snapshot.get(Node, name)
        if node is not None and node.spec.unschedulable:
            seen.set()
        else:
            started.set()

    started = threading.Event()
    request = Request(subject=SUBJECT, kubeconfig=str(config), no_aws=True)
    thread = threading.Thread(
        target=watch, args=(request, look), kwargs={"stop": stop}, daemon=True
    )
    thread.start()
    assert started.wait(20)
    node = server.ask("GET", f"/api/v1/nodes/{name}")
    node["spec"]["unschedulable"] = True
    server.ask("PUT", f"/api/v1/nodes/{name}", node)
    assert seen.wait(20)
    stop.set()
    thread.join(10)
