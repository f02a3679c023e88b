"""Pods with the same scheduling needs, told without looking closely.

Sixty-four pods of one job differ in their names; a filter cannot tell them apart. The key
of a pod holds all that any filter reads of it, and of labels only where one reads them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from efadoctor.model.kubernetes import Pod, Volume

_encode = msgspec.json.Encoder().encode

_CLAIMS = ("persistentVolumeClaim", "awsElasticBlockStore")


def kind_of(pod: Mapping[str, Any] | Pod, *, labels_matter: bool) -> bytes | None:
    """A key that pods of equal needs share; None for one that must be judged by itself.

    ``labels_matter``: whether a bound pod's anti-affinity may mean this pod. Raises nothing:
    a pod of an odd shape has no key.
    """
    try:
        found = (
            _of_view(pod, labels_matter=labels_matter)
            if isinstance(pod, Pod)
            else _of_json(pod, labels_matter=labels_matter)
        )
        return None if found is None else _encode(found)
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError):
        return None


def _of_json(pod: Mapping[str, Any], *, labels_matter: bool) -> list[Any] | None:
    spec, meta = pod["spec"], pod.get("metadata") or {}
    get = spec.get
    volumes = get("volumes") or ()
    if get("resourceClaims") or any("ephemeral" in v for v in volumes):
        return None
    status = pod.get("status") or {}
    if any(status.get(part) for part in ("containerStatuses", "resources", "nominatedNodeName")):
        return None
    affinity, spread = get("affinity"), get("topologySpreadConstraints")
    return [
        meta.get("namespace"),
        bool(meta.get("uid")),
        [
            [c.get("resources"), c.get("ports"), c.get("restartPolicyRules")]
            for c in spec["containers"]
        ],
        [
            [
                c.get("resources"),
                c.get("ports"),
                c.get("restartPolicy"),
                c.get("restartPolicyRules"),
            ]
            for c in get("initContainers") or ()
        ],
        [get("overhead"), get("resources"), get("hostNetwork"), get("hostUsers")],
        [get("nodeName"), get("nodeSelector"), affinity, get("tolerations"), spread],
        [get("schedulerName"), get("schedulingGates"), get("priority")],
        [v for v in volumes if any(source in v for source in _CLAIMS)],
        meta.get("labels") if labels_matter or affinity or spread else None,
    ]


def _of_view(pod: Pod, *, labels_matter: bool) -> list[Any] | None:
    spec, meta, status = pod.spec, pod.metadata, pod.status
    if spec.resource_claims or any(v.ephemeral is not None for v in spec.volumes):
        return None
    if status.container_statuses or status.resources or status.nominated_node_name:
        return None
    affinity, spread = spec.affinity, spec.topology_spread_constraints
    return [
        "view",
        meta.namespace,
        bool(meta.uid),
        [[c.resources, c.ports, c.restart_policy_rules] for c in spec.containers],
        [
            [c.resources, c.ports, c.restart_policy, c.restart_policy_rules]
            for c in spec.init_containers
        ],
        [spec.overhead, spec.resources, spec.host_network, spec.host_users],
        [spec.node_name, spec.node_selector, affinity, spec.tolerations, spread],
        [spec.scheduler_name, spec.scheduling_gates, spec.priority],
        [v for v in spec.volumes if _holds_claim(v)],
        meta.labels if labels_matter or affinity or spread else None,
    ]


def _holds_claim(volume: Volume) -> bool:
    return volume.persistent_volume_claim is not None or volume.aws_elastic_block_store is not None
