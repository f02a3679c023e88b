"""Whose placement group it is, and whether anything launches into it."""

from __future__ import annotations

from efadoctor.authoring import Case
from efadoctor.model.aws import Cluster, PlacementGroup
from efadoctor.model.karpenter import CustomResourceDefinition
from efadoctor_checks import _placement

_SEPARATORS = ("-", "_", ".", "/")
_CLUSTER_TAGS = frozenset({"eks:cluster-name", "aws:eks:cluster-name", "eks:eks-cluster-name"})
_OWNED = "kubernetes.io/cluster/"


def is_ours(case: Case, group: PlacementGroup) -> bool:
    """By tag, else by name; groups of the account that belong to others are not our business."""
    if group.strategy != _placement.CLUSTER or group.state != _placement.AVAILABLE:
        return False
    name = case.snapshot.origin.cluster or next((c.name for c in case.snapshot.all(Cluster)), "")
    name = name.rpartition("/")[2]  # a context may give the cluster's ARN
    owners = {t.key.removeprefix(_OWNED) for t in group.tags if t.key.startswith(_OWNED)}
    owners |= {t.value for t in group.tags if t.key in _CLUSTER_TAGS}
    if owners or not name:
        return name in owners
    if any(tag.value == name for tag in group.tags):
        return True
    own = group.group_name
    return own == name or own.startswith(tuple(f"{name}{s}" for s in _SEPARATORS))


def is_used(case: Case, group: PlacementGroup) -> bool:
    return (
        any(n.means(group) for n in _placement.every_naming(case))
        or _placement.is_launched_into(case, group)
        or any(True for _ in _placement.instances_in(case, group))
        or any(True for _ in _placement.reservations_in(case, group))
    )


def has_selector(case: Case) -> bool:
    """Whether the installed EC2NodeClass has the field; taken as given where no CRD was read."""
    crds = [
        c
        for c in case.snapshot.all(CustomResourceDefinition)
        if c.metadata.name == "ec2nodeclasses.karpenter.k8s.aws"
    ]
    return not crds or "placementGroupSelector" in str(crds[0].spec)
