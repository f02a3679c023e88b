"""Clusters of the size that is in scope. How quick it is, ``benchmarks/tui.py`` measures."""

from __future__ import annotations

from typing import Any

import pytest
from tui.terminals import is_judged, listed, pending_list, reading, seen, until

from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.widgets.filter_bar import FilterBar
from efadoctor.tui.widgets.nodes_pane import NodesPane

pytestmark = pytest.mark.slow


def node(number: int) -> dict[str, Any]:
    efa = number % 2 == 0
    taint = {"key": "vpc.amazonaws.com", "value": "true", "effect": "NoSchedule"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"node-{number:05}",
            "labels": {
                "node.kubernetes.io/instance-type": "p5.48xlarge" if efa else "m7i.large",
                "karpenter.sh/nodepool": "efa" if efa else "cpu",
            },
        },
        "spec": {"taints": [taint] if efa else []},
        "status": {
            "allocatable": {
                "cpu": "100",
                "pods": "110",
                "vpc.amazonaws.com/efa": "32" if efa else "0",
            }
        },
    }


def pod(number: int, job: int) -> dict[str, Any]:
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": f"job-{job}", "uid": f"uid-{job}"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"train-{number:05}",
            "namespace": "ml",
            "ownerReferences": [{**owner, "controller": True}],
        },
        "spec": {
            "schedulerName": "default-scheduler",
            "containers": [
                {"name": "c", "resources": {"requests": {"vpc.amazonaws.com/efa": "1"}}}
            ],
            "tolerations": [{"key": "vpc.amazon.com/efa", "operator": "Exists"}],
        },
        "status": {"phase": "Pending"},
    }


async def test_five_thousand_nodes_are_two_classes_and_open_to_every_node() -> None:
    objects = [*map(node, range(5000)), pod(0, 0)]
    snapshot = Snapshot.from_objects(objects, server_version="v1.36.2")
    app = EfadoctorApp(reading(snapshot), "ml/train-00000", "a large cluster")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: is_judged(app))
        await pilot.press("2")
        await until(pilot, lambda: "2,500 nodes" in seen(app))
        assert seen(app).count("2,500 nodes") == 2
        await pilot.press("enter", "pagedown", "end")
        assert isinstance(app.screen, DiagnosisScreen)
        assert len(app.screen.query_one(NodesPane).lines) > 2500
        await pilot.press("slash", *"node-01234", "enter")
        assert "node-01234" in seen(app)
        assert "node-01236" not in seen(app)


async def test_ten_thousand_pending_pods_of_three_jobs_are_one_line_for_what_they_share() -> None:
    objects = [node(0), node(1), *(pod(n, n % 3) for n in range(10_000))]
    snapshot = Snapshot.from_objects(objects, server_version="v1.36.2")
    async with listed(snapshot, checks=()) as (app, _):
        lines = [line for line in pending_list(app).lines if line.key]
        assert len(lines) == 1
        assert "10,000" in seen(app)


async def test_ten_thousand_jobs_are_listed_while_they_are_judged_and_one_can_leave() -> None:
    objects = [node(0), *(pod(n, n) for n in range(10_000))]
    snapshot = Snapshot.from_objects(objects, server_version="v1.36.2")
    app = EfadoctorApp(reading(snapshot), None, "a large cluster")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(pending_list(app).lines) > 10_000)
        await pilot.press("end")
        assert "train-09999" in seen(app)
        await pilot.press("slash")
        app.screen.query_one(FilterBar).value = "05555"
        await until(pilot, lambda: "train-05555" in seen(app))
        await pilot.press("enter", "q")
