"""``diagnose --watch``: the answer anew whenever it changes."""

from __future__ import annotations

import contextlib
import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cli.conftest import Command
from clusters.names import Json
from collect.servers.kubernetes import KubernetesServer, kubeconfig

from efadoctor.cli.watching import Last
from efadoctor.collect import watch as watching
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report, Verdict
from efadoctor.model.snapshot import Origin
from efadoctor.report.reports import Reports

BUNDLE = Path(__file__).parents[1] / "scenarios" / "seed-walkthrough" / "bundle"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesServer]:
    monkeypatch.setattr(watching, "SETTLE", 0.05)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with KubernetesServer.of_bundle(BUNDLE) as server:
        yield server


def test_each_answer_is_told_and_the_last_counts(
    run: Command, server: KubernetesServer, tmp_path: Path
) -> None:
    pods = server.objects["cluster/pods"]
    pod = next(p for p in pods if p["metadata"]["name"] == "efa-test-pod")
    out = tmp_path / "out.json"
    told: list[list[str]] = []

    def wait_for(codes: list[str]) -> None:
        for _ in range(200):
            time.sleep(0.05)
            with contextlib.suppress(OSError, ValueError):
                found = [f["code"] for f in json.loads(out.read_text())["root_causes"]]
                if found == codes:
                    told.append(codes)
                    return

    def change(version: str, edit: Callable[[Json], object]) -> None:
        new = copy.deepcopy(pod)
        new["metadata"]["resourceVersion"] = version
        edit(new)
        server.change("cluster/pods", "MODIFIED", new)

    def happen() -> None:
        wait_for(["EFA105", "EFA402", "EFA412"])
        change("900001", lambda p: p["spec"]["tolerations"].append({"operator": "Exists"}))
        wait_for(["EFA402", "EFA412"])
        change("900002", lambda p: p["spec"].update(nodeName="ip-10-0-13-190"))

    thread = threading.Thread(target=happen, daemon=True)
    thread.start()
    config = kubeconfig(server, tmp_path, context=server.context)
    words = ("efa-test-pod", "--watch", "--kubeconfig", config, "--no-aws")
    ended = run("diagnose", *words, "-o", f"json={out}", "-o", "text")
    thread.join(timeout=10)
    assert told == [["EFA105", "EFA402", "EFA412"], ["EFA402", "EFA412"]]
    assert ended.status == 0
    assert json.loads(out.read_text())["verdict"] == "scheduled"
    heads = [line.split()[0] for line in ended.out.splitlines() if "default/efa-test-pod  " in line]
    assert [h for h in heads if h.isupper() and h != "CAUSE"] == ["BLOCKED", "BLOCKED", "SCHEDULED"]


def test_what_changes_nothing_in_the_answer_is_not_told_again() -> None:
    report = Report(
        generated_at="2026-11-20T09:30:00Z",
        version="1",
        source=Origin(),
        server_version="",
        subjects=(),
        verdict=Verdict.UNKNOWN,
        summary="Cannot tell.",
    )
    last = Last()
    assert last.takes(Reports(reports=(report,)))
    again = msgspec.structs.replace(report.source, captured_at="2026-11-20T09:31:00Z")
    later = msgspec.structs.replace(report, generated_at="2026-11-20T09:31:00Z", source=again)
    assert not last.takes(Reports(reports=(later,)))
    other = msgspec.structs.replace(report, summary="Cannot tell either.")
    assert last.takes(Reports(reports=(other,)))


def test_of_several_answers_only_those_that_changed_are_told() -> None:
    first = Report(
        generated_at="",
        version="0",
        source=Origin(kind="cluster"),
        server_version="v1.36.2",
        subjects=(ObjectRef("v1", "Pod", "default", "a"),),
        verdict=Verdict.UNKNOWN,
        summary="Cannot tell.",
    )
    second = msgspec.structs.replace(first, subjects=(ObjectRef("v1", "Pod", "default", "b"),))
    third = msgspec.structs.replace(second, summary="Cannot tell either.")
    last = Last()
    assert last.takes(Reports(reports=(first, second))) == Reports(reports=(first, second))
    assert last.takes(Reports(reports=(first, third))) == Reports(reports=(third,))
    assert last.takes(Reports(reports=(third,))) is None
    assert last.takes(Reports(reports=())) == Reports(reports=())
    assert last.takes(Reports(reports=())) is None


def test_a_bundle_is_not_watched(run: Command) -> None:
    ended = run("diagnose", "--bundle", BUNDLE, "--watch")
    assert ended.status == 2
    assert "--watch follows a cluster" in ended.err


def test_a_subject_that_never_was_is_an_error(
    run: Command, server: KubernetesServer, tmp_path: Path
) -> None:
    config = kubeconfig(server, tmp_path, context=server.context)
    ended = run("diagnose", "no-such-pod", "--watch", "--kubeconfig", config, "--no-aws")
    assert ended.status == 2
    assert "no-such-pod" in ended.err
