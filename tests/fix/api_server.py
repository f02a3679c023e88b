"""A real API server: etcd and kube-apiserver from ``KUBEBUILDER_ASSETS``, on loopback.

Flags are those of controller-runtime's envtest
(https://book.kubebuilder.io/reference/envtest). Nothing schedules and no controller runs.
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
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource, kubernetes_source

Json = dict[str, Any]
BUILT_IN = {"", "apps", "batch", "storage.k8s.io", "scheduling.k8s.io", "resource.k8s.io"}
BUILT_IN |= {"apiextensions.k8s.io"}
TOKEN = "loopback"  # noqa: S105  (of a server that lives for a test)
STARTS_WITHIN = 90.0


class ApiServer:
    """Runs while it is entered; ``put`` creates objects in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._assets = Path(os.environ["KUBEBUILDER_ASSETS"])
        self._processes: list[subprocess.Popen[bytes]] = []
        self.port = _free_port()
        self._context = ssl.create_default_context()
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def __enter__(self) -> Self:
        client, peer = _free_port(), _free_port()
        etcd = f"http://127.0.0.1:{client}"
        self._start(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        )
        key = self._key()
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f"{TOKEN},admin,admin,system:masters\n")
        self._start(
            "kube-apiserver",
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={self.folder / 'certs'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://127.0.0.1/",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
        )
        self._wait()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)

    # ---- objects ------------------------------------------------------------

    def serve(self, source: KubernetesSource) -> None:
        """Serve a custom kind whose fields nobody validates."""
        name = f"{source.plural}.{source.group}"
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        definition = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
            "spec": {
                "group": source.group,
                "names": {
                    "plural": source.plural,
                    "singular": source.kind.lower(),
                    "kind": source.kind,
                    "listKind": f"{source.kind}List",
                },
                "scope": "Namespaced" if source.namespaced else "Cluster",
                "versions": [
                    {
                        "name": source.version,
                        "served": True,
                        "storage": True,
                        "schema": {"openAPIV3Schema": schema},
                    }
                ],
            },
        }
        self._ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        self._until(f"/apis/{source.api_version}/{source.plural}")

    def put(self, thing: Json) -> None:
        """Create an object in the place of one of its name; namespaces and classes stay."""
        source = kubernetes_source(thing["apiVersion"].rpartition("/")[0], thing["kind"])
        assert source is not None, thing["kind"]
        base = f"/apis/{source.api_version}" if source.group else "/api/v1"
        own = thing["metadata"]
        where = f"/namespaces/{own['namespace']}" if source.namespaced else ""
        if source.kind not in ("Namespace", "PriorityClass"):
            self._gone(f"{base}{where}/{source.plural}/{own['name']}")
        self._ask("POST", f"{base}{where}/{source.plural}", fresh(thing))

    def _gone(self, path: str) -> None:
        """Delete what may be left of an earlier state, without waiting for any kubelet."""
        ends = time.monotonic() + STARTS_WITHIN
        now = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}
        while self._ask("DELETE", path, now | {"propagationPolicy": "Background"}):
            assert time.monotonic() < ends, path
            time.sleep(0.1)

    def kubeconfig(self) -> Path:
        server = {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "real",
            "clusters": [{"name": "real", "cluster": server}],
            "users": [{"name": "admin", "user": {"token": TOKEN}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "admin"}}],
        }
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps(config))
        return path

    # ---- processes ----------------------------------------------------------

    def _start(self, program: str, *flags: str) -> None:
        log = (self.folder / f"{program}.log").open("wb")
        command = [str(self._assets / program), *flags]
        self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _key(self) -> Path:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        path = self.folder / "service-account.key"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        return path

    def _wait(self) -> None:
        self._until("/readyz")
        self._until("/api/v1/namespaces/default")

    def _until(self, path: str) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self._ask("GET", path)
            except OSError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.2)
            else:
                return

    def _ask(self, verb: str, path: str, body: Json | None = None) -> bool:
        """False where there is nothing to delete, or what is to be made is there already."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            method=verb,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=10):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            if (verb, error.code) in (("POST", 409), ("DELETE", 404)):
                return False
            raise OSError(f"{verb} {path}: {error.code} {error.read().decode()[:500]}") from error


def fresh(thing: Json) -> Json:
    """An object as somebody would create it: without what the server itself writes."""
    own = {
        k: v
        for k, v in thing["metadata"].items()
        if k in ("name", "namespace", "labels", "annotations", "ownerReferences")
    }
    made = {k: v for k, v in thing.items() if k != "status"} | {"metadata": own}
    if made["kind"] == "Job":
        made["spec"] = {k: v for k, v in made["spec"].items() if k != "selector"}
        template = made["spec"]["template"]
        labels = template.get("metadata", {}).get("labels", {})
        kept = {k: v for k, v in labels.items() if k.rpartition("/")[2] not in _OF_JOB}
        made["spec"]["template"] = {**template, "metadata": {"labels": kept}}
    return made


_OF_JOB = {"controller-uid", "job-name"}


def custom_kinds() -> list[KubernetesSource]:
    return [s for s in KUBERNETES_SOURCES if s.group not in BUILT_IN]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
