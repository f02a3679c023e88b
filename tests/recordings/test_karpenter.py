"""Karpenter core 1.13.0's own decisions: one case for each recorded cluster.

A refused pod must be refused for the same constraints, a nominated one must get the same
NodePool. The pods of a cluster were created together, so NodePool limits may have been used
up by others, and a NodeClaim that several pods share has fewer types than each would have.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recordings.recorded import recorded

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import Provisioning, provision

RECORDING = Path(__file__).parent / "data" / "karpenter-1.13.jsonl.gz"
PREFIX = "Failed to schedule pod, "
ZONE = "topology.kubernetes.io/zone"

# What a refusal names: the constraint and its taint or key; printed requirements are not compared.
NAMED = (
    ("taint", r"taint=(\S+?)\)"),
    ("key", r"incompatible requirements, key ([^ ,]+),"),
    ("restricted", r"using label (\S+) is not allowed"),
    ("label", r'label "[^"]+" does not have known values()'),
    ("limits", r"()(?:exceed limits|node limits)"),
    ("filtered", r"()filtered out all available"),
    ("types", r"(no instance type [^,]+(?:, had a required offering)?),"),
)


CLUSTERS = recorded(RECORDING)


def constraints(text: str) -> set[tuple[str, str]]:
    """Never split on "; ", which also stands inside clauses."""
    return {(kind, found) for kind, pattern in NAMED for found in re.findall(pattern, text)}


def refusal(tried: dict[str, Any]) -> str | None:
    events = (m for reason, m in tried["verdict"]["events"] if reason == "FailedScheduling")
    return next(events, None)


def shared_claims(cluster: dict[str, Any]) -> Counter[str]:
    return Counter(
        message
        for tried in cluster["tried"]
        for reason, message in tried["verdict"]["events"]
        if reason == "Nominated"
    )


def judged(cluster: dict[str, Any]) -> list[tuple[dict[str, Any], Provisioning]]:
    snapshot = Snapshot.from_objects([*cluster["nodepools"], *cluster["daemonsets"]])
    types = cluster["instance_types"]
    return [(t, provision(snapshot, t["pod"], instance_types=types)) for t in cluster["tried"]]


def difference(cluster: dict[str, Any], tried: dict[str, Any], found: Provisioning) -> str:
    """The minimal state of a failing case, to be pasted into a table test."""
    state = {
        "nodepools": [p["spec"] for p in cluster["nodepools"]],
        "daemonsets": [d["spec"]["template"]["spec"] for d in cluster["daemonsets"]],
        "pod": tried["pod"]["spec"],
        "recorded": tried["verdict"],
        "predicted": {"nodepool": found.nodepool, "types": found.instance_types},
    }
    return f"{json.dumps(state, indent=1)}\n{found.message}"


@pytest.mark.parametrize("number", range(len(CLUSTERS)))
def test_pods_are_refused_for_the_constraints_that_karpenter_named(number: int) -> None:
    cluster = CLUSTERS[number]
    limited = any("limits" in p["spec"] for p in cluster["nodepools"])
    nominated = False
    for tried, found in judged(cluster):
        said = refusal(tried)
        nominated = nominated or said is None
        if said is None or (limited and nominated):
            continue
        wanted, got = constraints(said), constraints(found.message)
        # of several keys that conflict Karpenter names one first, in no order
        if said.count("; key "):
            wanted, got = ({c for c in x if c[0] != "key"} for x in (wanted, got))
        assert found.nodepool is None, difference(cluster, tried, found)
        assert got == wanted, difference(cluster, tried, found)


@pytest.mark.parametrize("number", range(len(CLUSTERS)))
def test_pods_get_the_nodepool_and_types_that_karpenter_chose(number: int) -> None:
    cluster = CLUSTERS[number]
    shared = shared_claims(cluster)
    for tried, found in judged(cluster):
        if refusal(tried) is not None:
            continue
        verdict = tried["verdict"]
        told = difference(cluster, tried, found)
        assert found.nodepool == verdict["nodepool"], told
        assert found.judgement is not None
        assert set(verdict["instance_types"]) <= set(found.instance_types), told
        if shared[verdict["events"][0][1]] == 1:
            assert sorted(found.instance_types) == sorted(verdict["instance_types"]), told
            zones = sorted(found.judgement.requirements.get(ZONE).values) or None
            assert zones == verdict["zones"], told


@pytest.mark.parametrize("number", range(len(CLUSTERS)))
def test_a_pool_has_blockers_exactly_when_it_launches_nothing(number: int) -> None:
    for tried, found in judged(CLUSTERS[number]):
        for name, judgement in found.judgements.items():
            told = f"{name}: {difference(CLUSTERS[number], tried, found)}"
            assert bool(judgement.blockers) is not bool(judgement.launch), told


def test_the_recording_holds_what_is_said_of_it(
    record_property: Callable[[str, object], None],
) -> None:
    tried = [t for cluster in CLUSTERS for t in cluster["tried"]]
    refused = sum(refusal(t) is not None for t in tried)
    record_property("refused", refused)
    record_property("nominated", len(tried) - refused)
    assert (len(CLUSTERS), refused, len(tried) - refused) == (40, 1066, 124)
