"""A real API server: etcd and kube-apiserver from ``KUBEBUILDER_ASSETS``, on loopback.

Flags are those of controller-runtime's envtest, which Kubernetes 1.30 to 1.36 all take
(https://book.kubebuilder.io/reference/envtest). Nothing schedules and no controller runs, so
objects stay as they are put.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest
from api_objects import BUILT_IN, Json, collection, definition, fresh, source_of

from efadoctor.model.facts import KubernetesSource

ADMIN, READER, VIEWER = "admin-token", "reader-token", "viewer-token"
TOKENS = f"""\
{ADMIN},admin,admin,system:masters
{READER},reader,reader,efadoctor
{VIEWER},viewer,viewer
"""
STARTS_WITHIN = 90.0
"""Seconds; a machine that runs other tests beside it is slow."""

# A program that ends with us: it is killed when its standard input, a pipe of ours, closes.
_ENDS_WITH_US = '"$@" </dev/null & read -r _; kill -9 $!; wait $! 2>/dev/null'


def _available() -> bool:
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS", ""))
    return all((folder / name).is_file() for name in ("etcd", "kube-apiserver"))


needs_api_server = pytest.mark.skipif(
    not _available(), reason="KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver"
)
needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl", path=f"{os.environ.get('KUBEBUILDER_ASSETS')}:{os.environ['PATH']}")
    is None,
    reason="no kubectl among the assets, and none on the PATH",
)


class RefusedError(OSError):
    """The API server's answer to a request that it does not take."""

    def __init__(self, asked: str, code: int, said: str) -> None:
        super().__init__(f"{asked}: {code} {said}")
        self.code = code


class ApiServer:
    """Runs while it is entered; ``serve`` and ``put`` fill it, ``kubeconfig`` lets a user in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.etcd = f"http://127.0.0.1:{_free_port()}"
        self._running = ExitStack()
        self._context = ssl.create_default_context()
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def __enter__(self) -> Self:
        etcd, peer = self.etcd, _free_port()
        tokens = self.folder / "tokens.csv"
        tokens.write_text(TOKENS)
        key = self._key()
        with self._running:
            self.run(
                "etcd",
                f"--data-dir={self.folder / 'etcd'}",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls=http://127.0.0.1:{peer}",
                "--unsafe-no-fsync",
            )
            self.run(
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
            self._until_ready()
            self._running = self._running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    # ---- objects ------------------------------------------------------------

    def ask(self, verb: str, path: str, body: Json | None = None) -> Any:
        """The JSON of an answer. Raises RefusedError where the server says no."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            method=verb,
            headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(  # noqa: S310  (https on loopback)
                request, context=self._context, timeout=20
            ) as response:
                said = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise RefusedError(
                    f"{verb} {path}", error.code, error.read().decode()[:800]
                ) from None
        return json.loads(said) if said[:1] in (b"{", b"[") else said.decode()

    def serve(self, sources: Iterable[KubernetesSource]) -> None:
        """Serve custom kinds whose fields nobody validates."""
        made = [s for s in sources if s.group not in BUILT_IN]
        for source in made:
            self.ask("POST", _DEFINITIONS, definition(source))
        for source in made:
            self._until_served(collection(source))

    def serves(self, source: KubernetesSource) -> bool:
        """Whether this server's version has the kind, in the version that we read."""
        try:
            self.ask("GET", collection(source) + "?limit=1")
        except RefusedError as error:
            if error.code == 404:
                return False
            raise
        return True

    def put(self, thing: Json) -> None:
        """Create an object, with its status, in the place of one of its name."""
        source = source_of(thing)
        own = thing["metadata"]
        path = collection(source, own.get("namespace", ""))
        if source.kind not in ("Namespace", "PriorityClass"):
            self.delete(f"{path}/{own['name']}")
        try:
            made = self.ask("POST", path, fresh(thing))
        except RefusedError as error:
            if error.code == 409:  # a namespace or a class that every cluster has
                return
            raise
        if thing.get("status") and source.group in BUILT_IN:
            made["status"] = thing["status"]
            self.ask("PUT", f"{path}/{own['name']}/status", made)

    def delete(self, path: str) -> None:
        """Delete what may be there, without waiting for any kubelet, controller or finalizer."""
        ends = time.monotonic() + STARTS_WITHIN
        now = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}
        while True:
            try:
                self.ask("DELETE", path, now | {"propagationPolicy": "Background"})
                left = self.ask("GET", path)
                if left["metadata"].pop("finalizers", ()):
                    self.ask("PUT", path, left)
            except RefusedError as error:
                if error.code == 404:
                    return
                if error.code != 409:
                    raise
            assert time.monotonic() < ends, path
            time.sleep(0.05)

    def forget(self) -> None:
        """Let etcd compact all that is past: lists and watches of it have expired (410)."""
        revision = self.ask("GET", "/api/v1/namespaces?limit=1")["metadata"]["resourceVersion"]
        body = json.dumps({"revision": revision, "physical": True}).encode()
        with urllib.request.urlopen(  # noqa: S310  (http on loopback)
            f"{self.etcd}/v3/kv/compaction", body, timeout=20
        ):
            return

    def kubeconfig(self, folder: Path, token: str = ADMIN, context: str = "real") -> Path:
        """A kubeconfig of one of the three users, in a folder."""
        server = {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": context, "cluster": server}],
            "users": [{"name": "me", "user": {"token": token}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": "me"}}],
        }
        path = folder / f"kubeconfig-{token}"
        path.write_text(json.dumps(config))
        return path

    # ---- processes ----------------------------------------------------------

    def run(self, program: str, *flags: str) -> None:
        """Start a program of the assets; it ends with the server, and with this process."""
        command = [str(Path(os.environ["KUBEBUILDER_ASSETS"]) / program), *flags]
        guarded = ["sh", "-c", _ENDS_WITH_US, "sh", *command]
        with (self.folder / f"{program}.log").open("wb") as log:
            started = subprocess.Popen(
                guarded,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt is for us: the guard must outlive it
            )
            self._running.enter_context(started)

    def _key(self) -> Path:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

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

    def _until_ready(self) -> None:
        for path in ("/readyz", "/api/v1/namespaces/default"):
            self._until_served(path)

    def _until_served(self, path: str) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self.ask("GET", path)
            except OSError as error:
                if time.monotonic() > ends:
                    log = (self.folder / "kube-apiserver.log").read_text(errors="replace")
                    raise TimeoutError(f"{path}: {error}\n{log[-3000:]}") from error
                time.sleep(0.1)
            else:
                return


_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
