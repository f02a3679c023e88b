"""Volumes decide where a node may be, or that none is launched yet.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/volumetopology.go
"""

from typing import Any

import pytest
from facts_of import facts_of
from provisioning import EFA, TYPES, ZONE, A, B, C, Json, ask, launching, pod, pool, requirement

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import Provisioning, provision
from efadoctor.scheduling.karpenter import blockers as why


def claim(
    name: str = "data", volume: str = "", storage: str = "gp3", phase: str = "Bound", **meta: Any
) -> Json:
    bound = {"pv.kubernetes.io/bind-completed": "yes"} if volume else {}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "default", "annotations": bound, **meta},
        "spec": {"storageClassName": storage, "volumeName": volume},
        "status": {"phase": phase},
    }


def volume(name: str, *zones: str, key: str = ZONE, **spec: Any) -> Json:
    terms = [{"matchExpressions": [requirement(key, "In", zone)]} for zone in zones]
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if terms else {}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {**affinity, **spec},
    }


def storage(name: str = "gp3", mode: str = "WaitForFirstConsumer", *zones: str) -> Json:
    terms = [{"matchLabelExpressions": [{"key": ZONE, "values": [z]}]} for z in zones]
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": mode,
        "allowedTopologies": terms,
    }


def using(*claims: str, **more: Any) -> Json:
    mounts = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
    return pod(volumes=mounts, **more)


def zone_of(found: Provisioning) -> set[str]:
    return set(launching(found).requirements.get(ZONE).values)


def test_a_bound_volume_decides_the_zone() -> None:
    found = ask(using("data"), pool(), claim(volume="v"), volume("v", B))
    assert zone_of(found) == {B}


def test_a_volume_in_a_zone_that_the_pool_does_not_have_is_named() -> None:
    here = pool("pool", requirement(ZONE, "In", A))
    found = ask(using("data"), here, claim(volume="v"), volume("v", B))
    assert found.errors["pool"] == (
        f"incompatible volume requirements, key {ZONE}, {ZONE} In [{B}] not in {ZONE} In [{A}]"
    )
    (conflict,) = found.judgements["pool"].blockers
    assert isinstance(conflict, why.VolumeZoneConflict)
    assert (conflict.claims, conflict.wanted.values) == (("data",), frozenset({B}))


def test_the_first_place_of_a_volume_that_works_is_taken() -> None:
    here = pool("pool", requirement(ZONE, "In", A, B))
    assert zone_of(ask(using("data"), here, claim(volume="v"), volume("v", C, B))) == {B}


def test_volumes_in_several_places_are_combined() -> None:
    objects = (claim("one", "v1"), claim("two", "v2"), volume("v1", A, B), volume("v2", B, C))
    assert zone_of(ask(using("one", "two"), pool(), *objects)) == {B}


def test_volumes_that_are_nowhere_together_let_no_type_through() -> None:
    objects = (claim("one", "v1"), claim("two", "v2"), volume("v1", A), volume("v2", B))
    found = ask(using("one", "two"), pool(), *objects)
    assert found.nodepool is None


def test_an_unbound_claim_is_bound_where_its_class_allows() -> None:
    objects = (claim(phase="Pending"), storage("gp3", "WaitForFirstConsumer", C, B))
    assert zone_of(ask(using("data", requests={EFA: "1"}), pool(), *objects)) == {B}


def test_a_local_volumes_hostname_does_not_bind_the_pod() -> None:
    here = volume("v", "node-1", key="kubernetes.io/hostname", local={"path": "/disk"})
    assert ask(using("data"), pool(), claim(volume="v"), here).nodepool == "pool"
    elsewhere = volume("v", "node-1", key="kubernetes.io/hostname")
    found = ask(using("data"), pool(), claim(volume="v"), elsewhere)
    assert found.errors["pool"].startswith(
        "incompatible volume requirements, key kubernetes.io/hostname,"
    )


def test_an_ephemeral_volumes_claim_is_named_after_the_pod() -> None:
    subject = pod("train", volumes=[{"name": "scratch", "ephemeral": {}}])
    found = ask(subject, pool(), claim("train-scratch", "v"), volume("v", B))
    assert zone_of(found) == {B}


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        (
            (),
            (
                'getting persistent volume claim, PersistentVolumeClaim "data" not found'
                " (PersistentVolumeClaim=data)"
            ),
        ),
        (
            (claim(volume="v", deletionTimestamp="2026-11-23T00:00:00Z"), volume("v")),
            "persistentvolumeclaim is being deleted (PersistentVolumeClaim=default/data)",
        ),
        (
            (claim(volume="v", phase="Lost"),),
            (
                "persistentvolumeclaim bound to non-existent persistentvolume (PersistentVolume=v,"
                " PersistentVolumeClaim=default/data)"
            ),
        ),
        (
            (claim(volume="v"),),
            (
                'failed to validate pvc, PersistentVolume "v" not found (PersistentVolume=v,'
                " PersistentVolumeClaim=default/data, StorageClass=gp3)"
            ),
        ),
        (
            (claim(storage=""),),
            (
                "unbound pvc must define a storage class"
                " (PersistentVolumeClaim=default/data, StorageClass=)"
            ),
        ),
        (
            (claim(),),
            (
                "failed to validate pvc, failed to get storage class, StorageClass.storage.k8s.io"
                ' "gp3" not found (PersistentVolumeClaim=default/data, StorageClass=gp3)'
            ),
        ),
        (
            (claim(), storage(mode="Immediate")),
            (
                "failed to validate pvc, pvc with immediate volume binding mode must be bound"
                " (PersistentVolumeClaim=default/data, StorageClass=gp3)"
            ),
        ),
    ],
)
def test_a_claim_that_cannot_be_used_yet_is_named(objects: tuple[Json, ...], said: str) -> None:
    found = ask(using("data"), pool(), *objects)
    assert found.message == said
    kinds = [type(b) for b in found.judgements["pool"].blockers]
    assert kinds == [why.VolumeUnusable]


def test_a_claim_that_names_a_volume_but_was_never_bound_is_named() -> None:
    unbound = claim(volume="v")
    unbound["metadata"]["annotations"] = {}
    found = ask(using("data"), pool(), unbound, volume("v", A))
    assert found.message.startswith("pvc is considered unbound because it does not contain")


def unusable(found: Provisioning) -> list[str]:
    """The claims that cannot be used, which must be all that is in the way."""
    blockers = found.judgements["pool"].blockers
    claims = [b.claim for b in blockers if isinstance(b, why.VolumeUnusable)]
    assert len(claims) == len(blockers)
    return claims


def test_of_several_claims_the_first_that_cannot_be_used_is_named() -> None:
    found = ask(using("one", "two"), pool())
    assert found.message.startswith("getting persistent volume claim, PersistentVolumeClaim")
    assert "two" not in found.message
    assert unusable(found) == ["one", "two"]


def test_a_claim_that_two_volumes_name_is_named_once() -> None:
    found = ask(using("data", "data"), pool(), claim(), storage(mode="Immediate"))
    assert found.message.count("pvc with immediate volume binding mode must be bound") == 1
    assert unusable(found) == ["data"]


def test_a_volume_bound_to_a_label_that_the_pool_does_not_set_is_out_of_reach() -> None:
    bound = (claim(volume="v"), volume("v", "7", key="rack"))
    found = ask(using("data"), pool(), *bound)
    assert found.message == (
        'incompatible volume requirements, label "rack" does not have known values'
    )
    (conflict,) = found.judgements["pool"].blockers
    assert isinstance(conflict, why.VolumeZoneConflict)
    assert str(conflict.offered) == "rack DoesNotExist"


@pytest.mark.parametrize(
    ("unread", "objects"),
    [
        ("cluster/persistentvolumeclaims", ()),
        ("cluster/persistentvolumes", (claim(volume="v"),)),
        ("cluster/storageclasses.storage.k8s.io", (claim(),)),
    ],
)
def test_what_was_not_read_is_not_said_to_be_missing(
    unread: str, objects: tuple[Json, ...]
) -> None:
    read = Snapshot.from_objects([pool(), *objects])
    assert provision(read, using("data"), instance_types=TYPES).nodepool is None
    partly = Snapshot(facts_of(read, without={unread}))
    assert provision(partly, using("data"), instance_types=TYPES).nodepool == "pool"
