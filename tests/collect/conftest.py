from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pytest
from collect.planted import SUBJECT, plant
from collect.servers.aws import AwsServer
from collect.servers.http import Asked, LoopbackServer
from collect.servers.kubernetes import KubernetesServer, kubeconfig

from efadoctor.collect.capture import capture
from efadoctor.collect.live import Request, collect
from efadoctor.model.snapshot import Snapshot

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SEED = SCENARIOS / "seed-walkthrough" / "bundle"


def bundle_of(scenario: str, folder: Path) -> Path:
    """The bundle folder of a scenario, unpacked where it is kept as an archive."""
    kept = SCENARIOS / scenario / "bundle"
    if kept.is_dir():
        return kept
    with tarfile.open(f"{kept}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (about,) = folder.rglob("bundle.json")
    return about.parent


Serving = Callable[[KubernetesServer], KubernetesServer]
Account = Callable[[AwsServer], AwsServer]


class Collecting(Protocol):
    """Collects from a server about a subject; ``options`` are more of what a Request has."""

    def __call__(
        self, server: KubernetesServer, subject: str | None = None, **options: Any
    ) -> Snapshot: ...


@pytest.fixture(autouse=True)
def _no_credentials_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "KUBECONFIG",
        "KUBERNETES_SERVICE_HOST",
        "AWS_PROFILE",
        "AWS_REGION",
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _nothing_but_reads() -> Iterator[None]:
    """Holds every test here to it: efadoctor never sends anything that could change something."""
    LoopbackServer.record.clear()
    yield
    for asked in LoopbackServer.record:
        assert is_a_read(asked), f"{asked.verb} {asked.path} {asked.body[:200]!r}"


def is_a_read(asked: Asked) -> bool:
    """GET, or an AWS operation that describes, lists or gets: those are sent by POST."""
    if asked.verb == "GET":
        return not asked.body
    action = dict(parse_qsl(asked.body.decode())).get("Action", "")
    return asked.verb == "POST" and action.startswith(("Describe", "List", "Get"))


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Starts servers, and stops them when the test is over."""
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def seed(serving: Serving) -> KubernetesServer:
    """The cluster of the seed scenario."""
    return serving(KubernetesServer.of_bundle(SEED))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Starts AWS servers that boto3 then takes for AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with ExitStack() as stack:

        def start(server: AwsServer) -> AwsServer:
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
            return stack.enter_context(server)

        yield start


@pytest.fixture
def collecting(tmp_path: Path) -> Collecting:
    """Collects from a server as a user with a kubeconfig does."""

    def run(server: KubernetesServer, subject: str | None = None, **options: Any) -> Snapshot:
        config = kubeconfig(server, tmp_path, context=server.context)
        defaults: dict[str, Any] = {"no_aws": True, "deadline": 20.0, "request_timeout": 5.0}
        return collect(Request(subject=subject, kubeconfig=str(config), **{**defaults, **options}))

    return run


@pytest.fixture
def captured(
    seed: KubernetesServer, account: Account, collecting: Collecting, tmp_path: Path
) -> tuple[Snapshot, Path]:
    aws = account(AwsServer.of_bundle(SEED))
    plant(seed, aws)
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    path = tmp_path / "bundle.tar.gz"
    capture(snapshot, path)
    return snapshot, path
