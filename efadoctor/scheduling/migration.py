"""In-tree EBS volumes as the EBS CSI driver knows them.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/csi-translation-lib/plugins/aws_ebs.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/csi-translation-lib/plugins/in_tree_volume.go
"""

import msgspec

from efadoctor.model.kubernetes import (
    CSINode,
    NodeSelector,
    NodeSelectorTerm,
    PersistentVolume,
    SelectorRequirement,
    VolumeNodeAffinity,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.storage import required_of

EBS_DRIVER = "ebs.csi.aws.com"
EBS_PLUGIN = "kubernetes.io/aws-ebs"
EBS_ZONE = "topology.ebs.csi.aws.com/zone"
MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins"
"""The annotation of a CSINode that lists the in-tree plugins which its drivers took over."""

_ZONE, _OLD_ZONE = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"
_REGION, _OLD_REGION = "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"
_ZONES_SEPARATOR = "__"


def is_migrated(snapshot: Snapshot, node: str) -> bool:
    """Whether the EBS CSI driver has taken over in-tree volumes on this node."""
    found = snapshot.get(CSINode, node)
    listed = found.metadata.annotations.get(MIGRATED, "") if found else ""
    return EBS_PLUGIN in listed.split(",")


def ebs_handle(volume_id: str) -> str:
    """The EBS volume id in ``aws://zone/vol-…``, or in a bare id."""
    return volume_id.rpartition("/")[2] if volume_id.startswith("aws://") else volume_id


def translated(snapshot: Snapshot, volume: PersistentVolume, node: str) -> PersistentVolume:
    """An in-tree EBS volume as the driver on this node sees it; any other volume as it is."""
    if volume.spec.aws_elastic_block_store is None or not is_migrated(snapshot, node):
        return volume
    return _with_driver_topology(volume)


def _with_driver_topology(volume: PersistentVolume) -> PersistentVolume:
    required = required_of(volume)
    labels = volume.metadata.labels
    terms = required.node_selector_terms if required is not None else ()
    keys = {e.key for term in terms for e in term.match_expressions}
    zone = next(
        (k for known in (keys, labels.keys()) for k in (_ZONE, _OLD_ZONE) if k in known), _ZONE
    )
    renamed = {zone: EBS_ZONE} | ({_OLD_REGION: _REGION} if zone == _OLD_ZONE else {})
    if zone in keys:
        terms = tuple(_renamed(term, renamed) for term in terms)
    elif zone in labels:
        only = SelectorRequirement(
            key=EBS_ZONE, operator="In", values=tuple(labels[zone].split(_ZONES_SEPARATOR))
        )
        terms = tuple(_and(term, only) for term in terms or (NodeSelectorTerm(),))
    affinity = VolumeNodeAffinity(required=NodeSelector(node_selector_terms=terms))
    spec = msgspec.structs.replace(volume.spec, node_affinity=affinity if terms else None)
    return msgspec.structs.replace(volume, spec=spec)


def _renamed(term: NodeSelectorTerm, keys: dict[str, str]) -> NodeSelectorTerm:
    return msgspec.structs.replace(
        term,
        match_expressions=tuple(
            msgspec.structs.replace(e, key=keys.get(e.key, e.key)) for e in term.match_expressions
        ),
    )


def _and(term: NodeSelectorTerm, requirement: SelectorRequirement) -> NodeSelectorTerm:
    expressions = (*term.match_expressions, requirement)
    return msgspec.structs.replace(term, match_expressions=expressions)
