"""The same against a real API server, where there is one (KUBEBUILDER_ASSETS)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_objects import collection, custom_kinds, source_of
from api_server import READER, VIEWER, ApiServer, needs_api_server
from collect.conftest import SEED, Account
from collect.servers.aws import AwsServer
from fix.recorded import objects_of

from efadoctor import diagnose
from efadoctor.collect.deadline import Deadline
from efadoctor.collect.kube import listing, stream
from efadoctor.collect.kube.access import Access
from efadoctor.collect.kube.connection import Answer, Connection, Query
from efadoctor.collect.kube.stream import Change, Stream
from efadoctor.collect.live import Request, collect
from efadoctor.collect.permissions import rbac
from efadoctor.collect.watch import watch
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.facts import KUBERNETES_SOURCES, SOURCES, KubernetesSource
from efadoctor.model.kubernetes import Event, Node, Pod
from efadoctor.model.report import Verdict
from efadoctor.model.snapshot import Snapshot

pytestmark = [pytest.mark.slow, needs_api_server]

Json = dict[str, Any]
JSON = "application/json"
SCENARIO = "seed-walkthrough"
EVERY = "every-kind"
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


ABSENT = {"cluster/rayclusters.ray.io", "cluster/mpijobs.kubeflow.org"}
"""Kinds that this server does not serve; of the second, not even the group."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("envtest")) as found:
        found.serve(s for s in custom_kinds() if s.name not in ABSENT and s.group != "kubeflow.org")
        first = {"Namespace": 0, "PriorityClass": 1}
        held = [o for o in objects_of(SCENARIO) if found.serves(source_of(o))]
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


def test_the_printed_role_is_enough_and_the_causes_are_the_bundles(
    server: ApiServer, account: Account, tmp_path: Path
) -> None:
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


def test_who_may_read_pods_only_gets_them_and_the_rest_as_gaps(
    server: ApiServer, tmp_path: Path
) -> None:
    config = server.kubeconfig(tmp_path, VIEWER)
    snapshot = collect(Request(subject=SUBJECT, kubeconfig=str(config), no_aws=True))
    assert snapshot.get(Pod, "efa-test-pod", "default")
    assert not snapshot.was_read(Node)
    denied = {g.source for g in snapshot.gaps if g.status is CoverageStatus.DENIED}
    assert {"cluster/nodes", "cluster/daemonsets.apps", "cluster/nodepools.karpenter.sh"} <= denied
    reason = next(g.reason for g in snapshot.gaps if g.source == "cluster/nodes")
    assert 'User "viewer" cannot list resource "nodes" in API group ""' in reason
    report = diagnose(snapshot, SUBJECT)
    assert report.verdict is Verdict.UNKNOWN
    assert "cluster/nodes" in report.summary


def test_a_kind_that_is_not_served_is_read_and_empty(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path, READER)
    snapshot = collect(Request(kubeconfig=str(config), no_aws=True, whole=True))
    for name in ABSENT:
        assert snapshot.of_source(name) == ()


def of_every_kind() -> list[Json]:
    """One object of each kind that has no object in the scenario, as small as it may be."""
    container = {"name": "c", "image": "i"}
    spec = {"containers": [container], "restartPolicy": "Never"}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    kept = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    selector = {"matchLabels": {"a": "b"}}
    claims = {"devices": {"requests": [{"name": "nic", "exactly": {"deviceClassName": "efa"}}]}}
    driver = "dra.networking.k8s.aws"
    pool = {"name": "n", "generation": 1, "resourceSliceCount": 1}
    specs: dict[str, Json] = {
        "StatefulSet": {"selector": selector, "template": kept, "serviceName": "s"},
        "Job": {"template": template},
        "CronJob": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}},
        "DeviceClass": {},
        "ResourceClaim": claims,
        "ResourceClaimTemplate": {"spec": claims},
        "ResourceSlice": {"driver": driver, "nodeName": "n", "pool": pool, "devices": []},
        "VolumeAttachment": {
            "attacher": "ebs.csi.aws.com",
            "nodeName": "n",
            "source": {"persistentVolumeName": "v"},
        },
        "CSIDriver": {"attachRequired": True},
        "CSINode": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-1"}]},
        "ResourceQuota": {"hard": {"pods": "4"}},
        "PersistentVolume": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/v"},
        },
        "PersistentVolumeClaim": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    fields: dict[str, Json] = {
        "StorageClass": {"provisioner": "ebs.csi.aws.com"},
        "PriorityClass": {"value": 1000},
        "CSIStorageCapacity": {"storageClassName": "gp3", "capacity": "1Gi"},
        "Event": {
            "involvedObject": {"kind": "Pod", "namespace": "every-kind", "name": "p"},
            "reason": "FailedScheduling",
            "message": "m",
        },
    }
    made: list[Json] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": EVERY}}]
    for kind, more in {**{k: {"spec": v} for k, v in specs.items()}, **fields}.items():
        (source,) = (s for s in KUBERNETES_SOURCES if s.kind == kind)
        own = {"name": "it", **({"namespace": EVERY} if source.namespaced else {})}
        made.append({"apiVersion": source.api_version, "kind": kind, "metadata": own, **more})
    return made


def test_every_kind_is_read_as_a_real_server_has_it(server: ApiServer, tmp_path: Path) -> None:
    put = [o for o in of_every_kind() if server.serves(source_of(o))]
    for thing in put:
        server.put(thing)
    config = server.kubeconfig(tmp_path, READER)
    snapshot = collect(Request(kubeconfig=str(config), no_aws=True, whole=True))
    assert not [g for g in snapshot.gaps if g.source.startswith("cluster/")]
    for thing in put[1:]:
        source = source_of(thing)
        found = {v.metadata.name for v in snapshot.of_source(source.name) or ()}
        assert "it" in found, source.name
        server.delete(f"{collection(source, thing['metadata'].get('namespace', ''))}/it")


# ---- lists ------------------------------------------------------------------


def pods_of(server: ApiServer, tmp_path: Path) -> list[str]:
    request = Request(kubeconfig=str(server.kubeconfig(tmp_path, READER)), no_aws=True, whole=True)
    return sorted(p.metadata.name for p in collect(request).all(Pod))


def test_pages_make_up_the_whole_list(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pods_of(server, tmp_path)
    monkeypatch.setattr(listing, "PAGE", 3)
    assert len(whole) > 6
    assert pods_of(server, tmp_path) == whole


def event(number: int) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"event-{number}", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "efa-test-pod"},
        "reason": "FailedScheduling",
    }


def test_a_list_that_expires_between_two_pages_is_read_anew(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # events: the one kind that the API server never answers from its memory
    for number in range(5):
        server.put(event(number))
    monkeypatch.setattr(listing, "PAGE", 3)
    get, pages = Connection.get, []

    def with_a_pause(self: Connection, path: str, query: Query = (), accept: str = JSON) -> Answer:
        """What is past is compacted after the first page."""
        if path == "/api/v1/events":
            pages.append(dict(query).get("continue"))
            if len(pages) == 2:
                server.put(event(5))
                server.forget()
        return get(self, path, query, accept)

    monkeypatch.setattr(Connection, "get", with_a_pause)
    request = Request(kubeconfig=str(server.kubeconfig(tmp_path, READER)), no_aws=True, whole=True)
    found = {e.metadata.name for e in collect(request).all(Event)}
    assert {f"event-{n}" for n in range(6)} <= found
    assert pages[1]
    assert pages[2] is None, "after the 410 it is read from the start"


# ---- capture ----------------------------------------------------------------


def test_a_capture_of_it_gives_its_report_when_replayed(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path, READER)
    live = collect(Request(subject=SUBJECT, kubeconfig=str(config), no_aws=True))
    kept = tmp_path / "bundle.tar.gz"
    done = run_cli("capture", "-o", str(kept), "--no-aws", "--kubeconfig", str(config))
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    reports = [diagnose(s, SUBJECT) for s in (live, Snapshot.load(kept))]
    told = [[(f.code, f.object.kind) for f in (*r.root_causes, *r.warnings)] for r in reports]
    assert told[0] == told[1]
    assert reports[0].verdict is reports[1].verdict


def run_cli(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "efadoctor", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


# ---- watches ----------------------------------------------------------------


@contextmanager
def watching(server: ApiServer, tmp_path: Path, kind: str) -> Iterator[Stream]:
    request = Request(kubeconfig=str(server.kubeconfig(tmp_path)), no_aws=True)
    endless = Deadline(float("inf"))
    connection = Connection(Access(request, endless), endless, 10)
    (source,) = (s for s in KUBERNETES_SOURCES if s.kind == kind)
    try:
        yield Stream(connection, source, collection(source))
    finally:
        connection.access.pool.clear()


def test_a_watch_that_the_server_ends_goes_on_where_it_was(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SERVER_TIMEOUT", 1)
    name = Snapshot.load(SEED).all(Node)[0].metadata.name
    with watching(server, tmp_path, "Node") as nodes:
        nodes.start()
        found = nodes.events(threading.Event())
        for value in ("1", "2"):
            threading.Timer(1.5, label, (server, name, value)).start()
            change = next(found)
            assert change.change is Change.MODIFIED
            assert change.view.metadata.labels["changed"] == value
        found.close()


def test_a_watch_from_a_version_that_is_gone_begins_anew_and_says_so(
    server: ApiServer, tmp_path: Path
) -> None:
    with watching(server, tmp_path, "Event") as events:
        events.start()
        for number in (6, 7):
            server.put(event(number))
        server.forget()
        found = events.events(threading.Event())
        assert next(found).change is Change.EXPIRED
        threading.Timer(0.5, server.put, (event(8),)).start()
        assert next(found).view.metadata.name == "event-8"
        found.close()


def label(server: ApiServer, name: str, value: str) -> None:
    node = server.ask("GET", f"/api/v1/nodes/{name}")
    node["metadata"]["labels"]["changed"] = value
    server.ask("PUT", f"/api/v1/nodes/{name}", node)


def test_a_watch_sees_a_node_change(server: ApiServer, tmp_path: Path) -> None:
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
