"""EFA111: claims that are missing, lost or not bound."""

import pytest
from clusters import EFA_NODE, ZONE, Cluster, Json, broken
from faults.pods import bound_pod, claim, storage_class, using, volume, volume_unavailable
from questions import ask, causes, one, report, status

from efadoctor.model.fix import Creation

CODE = "EFA111"


def with_claim(found: Json, *more: Json) -> Cluster:
    def fault(cluster: Cluster) -> None:
        using(cluster, "checkpoints")
        cluster.add(found, *more)

    return broken(fault)


def test_a_claim_that_is_not_there_is_named() -> None:
    assert causes(broken(volume_unavailable)) == [(CODE, "checkpoints")]
    finding = one(CODE, broken(volume_unavailable))
    assert finding.object.kind == "PersistentVolumeClaim"
    assert finding.evidence[0].field == "spec.volumes[0]"


def test_a_claim_that_is_nearly_so_called_was_meant() -> None:
    cluster = with_claim(claim("checkpoint", "pv-1"), volume("pv-1", ZONE), storage_class())
    assert causes(cluster) == [(CODE, "checkpoints")]
    found = report(cluster)
    assert "checkpoint" in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_claim_of_the_same_name_elsewhere_is_mentioned() -> None:
    other = claim("checkpoints")
    other["metadata"]["namespace"] = "default"
    assert "default" in one(CODE, with_claim(other)).summary


def test_a_new_claim_is_of_a_class_that_waits_and_its_provisioner_has_the_last_word() -> None:
    """A pod is bound once its volume is there, which a scheduler waits for."""
    cluster = broken(volume_unavailable)
    cluster.add(storage_class())
    found = report(cluster)
    (made,) = found.root_causes[0].fixes[0].edits
    assert isinstance(made, Creation)
    assert made.body["spec"]["storageClassName"] == "gp3"
    assert found.plan is not None
    assert found.plan.verified is None
    assert "provisioner of class gp3" in found.plan.why


@pytest.mark.parametrize(
    ("found", "more", "said"),
    [
        (claim("checkpoints") | {"status": {"phase": "Lost"}}, (), "is gone"),
        (claim("checkpoints", "pv-gone"), (), "does not exist"),
        (claim("checkpoints", storage_class="gp4"), (storage_class(),), "gp4 does not exist"),
        (claim("checkpoints"), (storage_class(mode="Immediate"),), "not bound"),
        (claim("checkpoints", storage_class=""), (), "no storage class"),
    ],
)
def test_why_a_claim_cannot_be_used_is_said(found: Json, more: tuple[Json, ...], said: str) -> None:
    cluster = with_claim(found, *more)
    assert said in one(CODE, cluster).summary
    assert causes(cluster) == [(CODE, "checkpoints")]


@pytest.mark.parametrize(
    ("found", "more"),
    [
        (claim("checkpoints", "pv-1"), (volume("pv-1", ZONE), storage_class())),
        (claim("checkpoints"), (storage_class(),)),
    ],
    ids=["bound", "waits for its first consumer"],
)
def test_a_claim_that_is_fine_is_left_alone(found: Json, more: tuple[Json, ...]) -> None:
    cluster = with_claim(found, *more)
    assert status(CODE, cluster) == "pass"
    assert report(cluster).verdict.value == "schedulable"


def test_a_volume_for_one_pod_that_another_has_is_not_to_be_had() -> None:
    bound = claim("checkpoints", "pv-1", accessModes=["ReadWriteOncePod"])
    other = bound_pod("other", EFA_NODE)
    entry = {"name": "data", "persistentVolumeClaim": {"claimName": "checkpoints"}}
    other["spec"]["volumes"] = [entry]
    cluster = with_claim(bound, volume("pv-1", ZONE), storage_class(), other)
    assert "pod other" in one(CODE, cluster).summary


def test_a_young_claim_is_waited_for() -> None:
    young = claim("checkpoints")
    young["metadata"]["creationTimestamp"] = "2026-11-20T09:59:30Z"
    found = ask(CODE, with_claim(young, storage_class(mode="Immediate")))
    assert found.findings == ()
    assert len(found.awaited) == 1


def test_without_claims_it_cannot_be_told() -> None:
    cluster = broken(volume_unavailable).unread_sources("cluster/persistentvolumeclaims")
    assert status(CODE, cluster) == "unknown"
