"""A real kube-apiserver with its etcd, from the folder that KUBEBUILDER_ASSETS names.

The convention of https://book.kubebuilder.io/reference/envtest: only the API server runs, no
controller and no scheduler, so objects stay as they are put.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from efadoctor.model.facts import KUBERNETES_SOURCES, SOURCES, KubernetesSource

from .kubernetes import CONTEXT

ADMIN, READER, VIEWER = "admin-token", "reader-token", "viewer-token"
_ADMISSION = (
    "ServiceAccount,Priority,TaintNodesByCondition,DefaultTolerationSeconds,"
    "StorageObjectInUseProtection,PersistentVolumeClaimResize,DefaultStorageClass"
)
_SET_BY_SERVER = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
)
_WITHOUT_SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_BUILT_IN = ("", "apps", "batch", "storage.k8s.io", "scheduling.k8s.io", "resource.k8s.io")


def available() -> bool:
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    return bool(folder) and all((Path(folder) / n).exists() for n in ("etcd", "kube-apiserver"))


class RealApiServer:
    """Runs while entered. ``put`` fills it; ``kubeconfig`` lets one of three users in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        assets = Path(os.environ["KUBEBUILDER_ASSETS"])
        etcd, peer = _free_port(), _free_port()
        client = f"http://127.0.0.1:{etcd}"
        self._run(
            assets / "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        )
        key = self._folder / "sa.key"
        subprocess.run(
            ["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True
        )
        tokens = self._folder / "tokens.csv"
        tokens.write_text(
            f'{ADMIN},admin,1,"system:masters"\n{READER},reader,2,"efadoctor"\n{VIEWER},viewer,3\n'
        )
        self._run(
            assets / "kube-apiserver",
            f"--etcd-servers={client}",
            f"--secure-port={self._port}",
            f"--cert-dir={self._folder / 'certs'}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--bind-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--service-account-issuer=https://localhost",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--allow-privileged=true",
            f"--disable-admission-plugins={_ADMISSION}",
        )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(20)

    def _run(self, program: Path, *arguments: str) -> None:
        log = (self._folder / f"{program.name}.log").open("wb")
        self._processes.append(subprocess.Popen([str(program), *arguments], stdout=log, stderr=log))

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                self.send("GET", "/readyz")
            except (OSError, ValueError):
                time.sleep(0.2)
            else:
                return
        raise TimeoutError((self._folder / "kube-apiserver.log").read_text()[-2000:])

    # ---- filling ------------------------------------------------------------

    def send(self, verb: str, path: str, thing: Any = None) -> bytes:
        body = None if thing is None else json.dumps(thing).encode()
        headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310
            self.url + path, body, headers, method=verb
        )
        context = ssl._create_unverified_context()  # noqa: S323
        with urllib.request.urlopen(  # noqa: S310
            request, context=context, timeout=20
        ) as response:
            return response.read()

    def put_bundle(self, bundle: Path) -> None:
        """Everything in the ``cluster`` folder of a bundle; Karpenter's kinds without schema."""
        lists = {
            f"cluster/{f.stem}": json.loads(f.read_text())["items"]
            for f in (bundle / "cluster").glob("*.json")
        }
        self._serve_kinds({n for n, items in lists.items() if items})
        order = ["cluster/namespaces", *sorted(n for n in lists if n != "cluster/namespaces")]
        for name in order:
            source = SOURCES.get(name)
            for thing in lists.get(name, ()) if isinstance(source, KubernetesSource) else ():
                self.put(source, thing)

    def _serve_kinds(self, names: set[str]) -> None:
        made = [
            s
            for s in KUBERNETES_SOURCES
            if s.name in names and s.group not in (*_BUILT_IN, "apiextensions.k8s.io")
        ]
        for source in made:
            names_of_kind = {
                "plural": source.plural,
                "kind": source.kind,
                "listKind": f"{source.kind}List",
            }
            version = {
                "name": source.version,
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _WITHOUT_SCHEMA},
            }
            spec = {
                "group": source.group,
                "scope": "Namespaced" if source.namespaced else "Cluster",
                "names": names_of_kind,
                "versions": [version],
            }
            self.send(
                "POST",
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                {
                    "apiVersion": "apiextensions.k8s.io/v1",
                    "kind": "CustomResourceDefinition",
                    "metadata": {"name": f"{source.plural}.{source.group}"},
                    "spec": spec,
                },
            )
        for source in made:
            self._until_served(_path(source, ""))

    def _until_served(self, path: str) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                self.send("GET", path)
            except urllib.error.HTTPError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return

    def put(self, source: KubernetesSource, thing: dict[str, Any]) -> None:
        """One object and its status, as recorded; one that is there already is left alone."""
        meta = {k: v for k, v in thing["metadata"].items() if k not in _SET_BY_SERVER}
        made = {**thing, "apiVersion": source.api_version, "kind": source.kind, "metadata": meta}
        path = _path(source, meta.get("namespace", ""))
        try:
            created = json.loads(self.send("POST", path, made))
        except urllib.error.HTTPError as error:
            if error.code == 409:
                return
            raise AssertionError(f"{path}: {error.read().decode()[:500]}") from None
        if "status" in thing and source.group in _BUILT_IN:
            created["status"] = thing["status"]
            try:
                self.send("PUT", f"{path}/{meta['name']}/status", created)
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    raise AssertionError(f"{path}: {error.read().decode()[:500]}") from None

    def kubeconfig(self, folder: Path, token: str, context: str = CONTEXT) -> Path:
        cluster = {"server": self.url, "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": "me", "user": {"token": token}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": "me"}}],
        }
        path = folder / f"kubeconfig-{token}"
        path.write_text(json.dumps(config))
        return path


def _path(source: KubernetesSource, namespace: str) -> str:
    root = f"/apis/{source.group}/{source.version}" if source.group else "/api/v1"
    inside = f"/namespaces/{namespace}" if namespace and source.namespaced else ""
    return f"{root}{inside}/{source.plural}"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
