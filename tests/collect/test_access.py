"""Ways in to an API server, as kubeconfig describes them."""

from __future__ import annotations

import json
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from collect.conftest import SEED, Serving
from collect.servers.http import Asked, Reply
from collect.servers.kubernetes import CONTEXT, KubernetesServer, kubeconfig, status_reply

from efadoctor.collect.live import Request, collect
from efadoctor.model.errors import UnreachableError, UsageError
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot

SUBJECT = "default/efa-test-pod"


def run(config: Path, **options: Any) -> Snapshot:
    return collect(
        Request(subject=SUBJECT, kubeconfig=str(config), no_aws=True, deadline=10, **options)
    )


def header(server: KubernetesServer, name: str) -> set[str | None]:
    return {a.headers.get(name) for a in server.asked}


def test_the_token_of_the_context_is_sent(seed: KubernetesServer, tmp_path: Path) -> None:
    run(kubeconfig(seed, tmp_path))
    assert header(seed, "Authorization") == {"Bearer a-token"}
    assert header(seed, "Accept-Encoding") == {"gzip"}
    assert all((v or "").startswith("efadoctor/") for v in header(seed, "User-Agent"))


def test_as_impersonates_with_every_group(seed: KubernetesServer, tmp_path: Path) -> None:
    run(kubeconfig(seed, tmp_path), as_user="jane", as_groups=("a", "b"))
    assert header(seed, "Impersonate-User") == {"jane"}
    assert {tuple(a.all_headers("Impersonate-Group")) for a in seed.asked} == {("a", "b")}


def test_the_kubeconfigs_own_impersonation_holds(seed: KubernetesServer, tmp_path: Path) -> None:
    run(kubeconfig(seed, tmp_path, token="t", **{"as": "joe"}))  # noqa: S106
    assert header(seed, "Impersonate-User") == {"joe"}


PLUGIN = """#!{python}
import json, pathlib
count = pathlib.Path({count!r})
number = int(count.read_text() or 0) if count.exists() else 0
count.write_text(str(number + 1))
print(json.dumps({{
    "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
    "status": {{"token": f"token-{{number}}"}},
}}))
"""


def plugin(folder: Path, text: str = PLUGIN) -> dict[str, Any]:
    path = folder / "plugin"
    path.write_text(text.format(python=sys.executable, count=str(folder / "count")))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": str(path),
        "args": ["--region", "us-west-2", "eks", "get-token", "--cluster-name", "of-the-plugin"],
        "interactiveMode": "Never",
    }


def test_an_exec_plugin_gives_the_token_and_the_clusters_name(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    snapshot = run(kubeconfig(seed, tmp_path, exec=plugin(tmp_path)))
    assert header(seed, "Authorization") == {"Bearer token-0"}
    assert snapshot.origin.cluster == "of-the-plugin"


def test_a_token_that_is_refused_is_asked_for_anew_once(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    def expire(asked: Asked, _reply: Reply) -> Reply | None:
        if asked.headers.get("Authorization") == "Bearer token-0":
            return status_reply(401, "Unauthorized")
        return None

    seed.faults.append(expire)
    snapshot = run(kubeconfig(seed, tmp_path, exec=plugin(tmp_path)))
    assert snapshot.all(Node)
    assert (tmp_path / "count").read_text() == "2"


@pytest.mark.parametrize(
    "text",
    [
        "#!{python}\nimport sys; sys.exit('no session, log in')\n",
        "#!{python}\nprint('gibberish')\n",
    ],
)
def test_a_plugin_that_fails_is_named_as_the_reason(
    seed: KubernetesServer, tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreachableError, match="credential plugin failed"):
        run(kubeconfig(seed, tmp_path, exec=plugin(tmp_path, text)))
    assert "ERROR" not in capfd.readouterr().err


def test_a_plugin_that_waits_for_ever_is_not_waited_for(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    config = kubeconfig(
        seed, tmp_path, exec=plugin(tmp_path, "#!{python}\nimport time; time.sleep(4)\n")
    )
    start = time.monotonic()
    with pytest.raises(UnreachableError, match="did not answer in time"):
        collect(Request(kubeconfig=str(config), no_aws=True, deadline=0.5))
    assert time.monotonic() - start < 2


def test_kubeconfig_is_never_written(seed: KubernetesServer, tmp_path: Path) -> None:
    config = kubeconfig(seed, tmp_path, exec=plugin(tmp_path))
    was = config.read_bytes()
    run(config)
    assert config.read_bytes() == was


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "kubeconfig"),
        ("{", "kubeconfig"),
        ("[]", "kubeconfig"),
        ("apiVersion: v1\nkind: Config\n", "no current context"),
        (
            "current-context: a\ncontexts: [{name: b, context: {cluster: c}}]",
            "no context 'a'; it has: b",
        ),
        ("current-context: b\ncontexts: [{name: b, context: {cluster: c}}]", "kubeconfig"),
        ("current-context: b\ncontexts: 7", "kubeconfig"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_wrong_usage(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        run(path)


def test_without_kubeconfig_the_way_to_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="update-kubeconfig"):
        run(tmp_path / "nothing")


def test_a_context_that_does_not_exist_is_wrong_usage(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no context 'other'"):
        run(kubeconfig(seed, tmp_path), context="other")


def test_the_namespace_of_the_context_is_the_default_one(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    path = kubeconfig(seed, tmp_path)
    config = json.loads(path.read_text())
    config["contexts"][0]["context"]["namespace"] = "mine"
    path.write_text(json.dumps(config))
    collect(Request(subject="p", kubeconfig=str(path), no_aws=True))
    assert any(a.path == "/api/v1/namespaces/mine/pods/p" for a in seed.asked)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA that signed itself, for server and client alike."""
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=loop",
        "-addext",
    ]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(
        [*command, "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True
    )
    return folder


def over_tls(
    certificates: Path, folder: Path, *, with_client: bool, trusted: bool = True
) -> tuple[KubernetesServer, Path]:
    server = KubernetesServer.of_bundle(SEED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert", certificates / "key")
    context.load_verify_locations(certificates / "cert")
    context.verify_mode = ssl.CERT_REQUIRED
    server.wrap_tls(context)
    user = {
        "client-certificate": str(certificates / "cert"),
        "client-key": str(certificates / "key"),
    }
    path = kubeconfig(server, folder, **(user if with_client else {"token": "t"}))
    config = json.loads(path.read_text())
    cluster = config["clusters"][0]["cluster"]
    cluster["server"] = f"https://127.0.0.1:{server.port}"
    if trusted:
        cluster["certificate-authority"] = str(certificates / "cert")
    path.write_text(json.dumps(config))
    return server, path


def test_client_certificates_open_the_door(certificates: Path, tmp_path: Path) -> None:
    server, path = over_tls(certificates, tmp_path, with_client=True)
    with server:
        assert run(path).all(Node)


@pytest.mark.parametrize(
    "options", [{"with_client": False}, {"with_client": True, "trusted": False}]
)
def test_a_door_that_stays_shut_leaves_gaps_that_say_so(
    certificates: Path, tmp_path: Path, options: dict[str, bool]
) -> None:
    server, path = over_tls(certificates, tmp_path, **options)
    with server:
        snapshot = run(path)
    assert not snapshot.was_read(Node)
    reason = next(g.reason for g in snapshot.gaps if g.source == "cluster/nodes").lower()
    assert "certificate" in reason or "ssl" in reason or "reset" in reason


def test_a_context_of_eks_names_cluster_and_region(serving: Serving, tmp_path: Path) -> None:
    server = serving(KubernetesServer({"cluster/nodes": []}))
    snapshot = run(kubeconfig(server, tmp_path, context=CONTEXT))
    assert (snapshot.origin.cluster, snapshot.origin.region) == ("loop", "us-west-2")


def test_a_context_of_eksctl_names_cluster_and_region(serving: Serving, tmp_path: Path) -> None:
    server = serving(KubernetesServer({"cluster/nodes": []}))
    path = kubeconfig(server, tmp_path, context="jane@lab.eu-west-1.eksctl.io")
    snapshot = run(path)
    assert (snapshot.origin.cluster, snapshot.origin.region) == ("lab", "eu-west-1")


# ---- what no kubeconfig should hold -------------------------------------------


@pytest.mark.parametrize(
    "user", [{"token": "a-secret\nX: y"}, {"token": "a-secret\u2028"}, {"as": "a-secret\r\nX: y"}]
)
def test_what_no_header_can_carry_is_said_without_being_told(
    user: dict[str, str], seed: KubernetesServer, tmp_path: Path
) -> None:
    snapshot = run(kubeconfig(seed, tmp_path, **user))
    assert not seed.asked
    reasons = {g.reason for g in snapshot.gaps if g.source.startswith("cluster/")}
    assert all("not fit for a header" in reason for reason in reasons)
    assert reasons
    assert "a-secret" not in str(reasons)


@pytest.mark.parametrize("url", ["://", "", "ftp://127.0.0.1", "127.0.0.1:6443"])
def test_a_server_that_is_no_url_is_said(url: str, seed: KubernetesServer, tmp_path: Path) -> None:
    path = kubeconfig(seed, tmp_path)
    path.write_text(path.read_text().replace(seed.url, url))
    with pytest.raises(UsageError, match="no URL of an API server"):
        run(path)


def test_a_user_is_impersonated_with_all_that_the_kubeconfig_says(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    extra: dict[str, Any] = {
        "as": "joe",
        "as-uid": "u-1",
        "as-user-extra": {"acme.com/why": ["paged"]},
    }
    run(kubeconfig(seed, tmp_path, token="t", **extra))  # noqa: S106
    assert header(seed, "Impersonate-Uid") == {"u-1"}
    assert header(seed, "Impersonate-Extra-Acme.Com%2Fwhy") == {"paged"}


def test_a_plugin_that_fails_in_the_middle_costs_only_what_was_not_read(
    seed: KubernetesServer, tmp_path: Path
) -> None:
    plugin = tmp_path / "plugin"
    used = tmp_path / "used"
    said = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"token": "first"},
    }
    plugin.write_text(
        f"#!/bin/sh\nif [ -e {used} ]; then echo again >> {used}; echo no more >&2; exit 1; fi\n"
        f"touch {used}\necho '{json.dumps(said)}'\n"
    )
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    command = {"apiVersion": said["apiVersion"], "command": str(plugin)}

    def expire(asked: Asked, _reply: Reply) -> Reply | None:
        return status_reply(401, "Unauthorized") if asked.number > 8 else None

    seed.faults.append(expire)
    snapshot = run(kubeconfig(seed, tmp_path, exec=command))
    assert any("no more" in gap.reason for gap in snapshot.gaps)
    assert used.read_text().count("again") == 1, "asked once more, not for every request"
