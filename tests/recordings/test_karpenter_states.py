"""Karpenter core 1.13.0's own answers on random states, one pod at a time.

Each line of the recording has NodePools with every operator, minValues, weights, limits and
taints, up to four of them; DaemonSets; in some, nodes with pods, or volumes and their
classes; and pods with preferences, alternatives, spreads, affinity and volumes. Only states
are in it for which Karpenter gave the same answer each time it was asked. The nodes take no
more pods, so that every answer is about a new one.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from recordings.recorded import recorded

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import Provisioning, provision

RECORDING = Path(__file__).parent / "data" / "karpenter-1.13-states.jsonl.gz"
PREFIX = "Failed to schedule pod, "
ZONE = "topology.kubernetes.io/zone"
NOT_OBJECTS = {"instance_types", "tried"}

# Karpenter's client names kinds, the one of the recording named resources.
KINDS = {
    'persistentvolumes "': 'PersistentVolume "',
    'persistentvolumeclaims "': 'PersistentVolumeClaim "',
    'storageclasses.storage.k8s.io "': 'StorageClass.storage.k8s.io "',
}


STATES = recorded(RECORDING)


def judged(state: dict[str, Any]) -> list[tuple[dict[str, Any], Provisioning]]:
    objects = (o for kind, found in state.items() if kind not in NOT_OBJECTS for o in found)
    snapshot = Snapshot.from_objects(objects, server_version="v1.36.2")
    types = state["instance_types"]
    return [
        (t["verdict"], provision(snapshot, t["pod"], instance_types=types)) for t in state["tried"]
    ]


def clauses(text: str) -> list[str]:
    """What a refusal says, without what has no order, no fixed name or only another unit."""
    for resource, kind in KINDS.items():
        text = text.replace(resource, kind)
    text = re.sub(r"hostname-placeholder-\d+", "hostname-placeholder", text)
    text = re.sub(r"resources=\{[^}]*\}", "", text)
    text = re.sub(r"\(existing-hostport[^)]*\)", "", text)
    text = re.sub(r"(?<=label\(s\)=\[)[^]]*", lambda m: " ".join(sorted(m[0].split())), text)
    text = re.sub(r'label "[^"]*" does not have known values( \(typo of "[^"]*"\?\))?', "", text)
    text = re.sub(r"incompatible (volume )?requirements, (?=key )", "", text)
    return sorted(text.split("; "))


@pytest.mark.parametrize("number", range(len(STATES)))
def test_the_answer_is_karpenters(number: int) -> None:
    for verdict, found in judged(STATES[number]):
        refused = [m for reason, m in verdict["events"] if reason == "FailedScheduling"]
        if refused or "nodepool" not in verdict:
            said = refused[0].removeprefix(PREFIX) if refused else ""
            assert found.nodepool is None, said
            assert clauses(found.message) == clauses(said)
            continue
        assert found.nodepool == verdict["nodepool"], found.message
        assert found.judgement is not None
        assert sorted(found.instance_types) == verdict["instance_types"]
        zone = found.judgement.requirements.get(ZONE)
        assert sorted(() if zone.complement else zone.values) == verdict.get("zones", [])


@pytest.mark.parametrize("number", range(len(STATES)))
def test_a_pool_has_blockers_exactly_when_it_launches_nothing(number: int) -> None:
    for _, found in judged(STATES[number]):
        for name, judgement in found.judgements.items():
            assert bool(judgement.blockers) is not bool(judgement.launch), name


def test_the_recording_holds_what_is_said_of_it() -> None:
    verdicts = [t["verdict"] for state in STATES for t in state["tried"]]
    launched = sum("nodepool" in v for v in verdicts)
    assert (len(STATES), launched, len(verdicts) - launched) == (171, 50, 235)
