"""The faults that may be stacked: what each is called, and what it cannot stand beside.

Two faults that change the same part of a cluster do not stack, nor one that needs an existing
node with one that takes it away, nor a launch that EC2 refused with something for which
Karpenter would not have launched at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from clusters import Cluster, Fault
from faults import network, nodes, placement, plugins, pods, provisioning, runtime


@dataclass(frozen=True, kw_only=True)
class Stackable:
    """A fault with the code and the object it must be given.

    ``parts`` are the parts of the cluster that it changes; ``rank`` says when it is applied:
    what needs the plugins' pods comes first, what takes nodes away last.
    """

    fault: Fault
    code: str
    name: str
    parts: frozenset[str]
    rank: int
    on_node: bool = False
    takes_nodes: bool = False
    stops_launches: bool = False
    launches: bool = False

    @property
    def expected(self) -> tuple[str, str]:
        return self.code, self.name

    def __repr__(self) -> str:
        return str(getattr(self.fault, "__name__", self.code))


def _of(fault: Fault, code: str, name: str, parts: str, rank: int, **more: bool) -> Stackable:
    return Stackable(
        fault=fault, code=code, name=name, parts=frozenset(parts.split()), rank=rank, **more
    )


def _pod(fault: Fault, code: str, parts: str, name: str = "trainer", **more: bool) -> Stackable:
    return _of(fault, code, name, parts, 1, stops_launches=True, **more)


def _plugin(fault: Fault, code: str, name: str, parts: str) -> Stackable:
    return _of(fault, code, name, parts, 0)


def _node(fault: Fault, code: str, name: str, parts: str) -> Stackable:
    return _of(fault, code, name, parts, 0, on_node=True)


def _supply(fault: Fault, code: str, name: str, parts: str) -> Stackable:
    return _of(fault, code, name, parts, 2, takes_nodes=True)


NODE = "ip-10-0-1-10.us-west-2.compute.internal"
EFA = "aws-efa-k8s-device-plugin"
GPU = "nvidia-device-plugin-daemonset"

BLOCKING = (
    _pod(pods.scheduling_gated, "EFA101", "gates"),
    _pod(pods.foreign_scheduler, "EFA102", "scheduler"),
    _pod(pods.resource_name_misspelled, "EFA103", "request"),
    _pod(pods.toleration_missing, "EFA104", "tolerations"),
    _pod(pods.toleration_misspelled, "EFA105", "tolerations"),
    _pod(pods.node_selector_unmatched, "EFA106", "selector"),
    _pod(pods.hugepages_unavailable, "EFA108", "hugepages"),
    _pod(pods.pod_affinity_unsatisfiable, "EFA109", "affinity"),
    _pod(pods.volume_unavailable, "EFA111", "volume", "checkpoints"),
    _pod(pods.volume_zone_conflict, "EFA112", "volume zone"),
    _plugin(plugins.efa_plugin_missing, "EFA401", EFA, "efa"),
    _plugin(plugins.efa_plugin_taint_not_tolerated, "EFA402", EFA, "efa"),
    _plugin(plugins.efa_plugin_wants_a_label, "EFA403", EFA, "efa"),
    _node(plugins.efa_plugin_list_too_old, "EFA403", EFA, "efa limits"),
    _node(plugins.efa_plugin_runs_as_non_root, "EFA404", EFA, "efa"),
    _node(plugins.efa_plugin_image_not_pulled, "EFA404", EFA, "efa"),
    _plugin(plugins.gpu_plugin_missing, "EFA411", GPU, "gpu"),
    _plugin(plugins.gpu_plugin_taint_not_tolerated, "EFA412", GPU, "gpu"),
    _plugin(plugins.gpu_plugin_waits_for_label, "EFA413", GPU, "gpu"),
    _node(plugins.gpu_plugin_crashes, "EFA414", GPU, "gpu limits"),
    _node(plugins.efa_devices_unhealthy, "EFA501", NODE, "efa limits"),
    _node(nodes.node_launched_without_efa, "EFA305", NODE, "efa limits node"),
    _node(nodes.node_cordoned, "EFA304", NODE, "node limits"),
    _node(nodes.startup_taint_stays, "EFA302", NODE, "node"),
    _node(nodes.undeclared_agent_taint, "EFA302", NODE, "node"),
    _supply(provisioning.nodeclass_not_ready, "EFA203", "efa", "class"),
    _supply(provisioning.nodepool_without_efa_type, "EFA205", "efa", "types"),
    _supply(provisioning.nodepool_limits_exceeded, "EFA206", "efa", "limits"),
    _supply(provisioning.nodeclass_without_efa_interface, "EFA211", "efa", "class"),
    _supply(provisioning.type_not_offered_in_zone, "EFA207", "efa", "zone"),
    _of(
        provisioning.capacity_unavailable,
        "EFA208",
        "efa",
        "class limits zone",
        2,
        takes_nodes=True,
        launches=True,
    ),
)

WARNING = (
    _of(network.sg_egress_self_missing, "EFA601", "sg-0aaaaaaaaaaaaaaa1", "groups egress", 1),
    _of(network.sg_ingress_self_missing, "EFA602", "sg-0aaaaaaaaaaaaaaa1", "groups ingress", 1),
    _of(placement.placement_group_unused, "EFA703", "prod-efa", "placement", 1),
    _of(runtime.memory_lock_limited, "EFA801", "trainer", "container", 1),
    _of(runtime.libfabric_finds_no_efa, "EFA802", "trainer", "environment", 1),
    _of(runtime.setting_without_effect, "EFA804", "efa", "user data", 1),
    _of(runtime.device_exposure_conflict, "EFA805", "trainer", "volume", 1),
)


def compatible(one: Stackable, other: Stackable) -> bool:
    """Whether two faults can be true of one cluster at once, each visible."""
    if one.parts & other.parts:
        return False
    pairs = ((one, other), (other, one))
    return not any(
        (a.launches and b.stops_launches) or (a.on_node and b.takes_nodes) for a, b in pairs
    )


def fits(stack: tuple[Stackable, ...]) -> bool:
    return all(compatible(a, b) for a, b in combinations(stack, 2))


def stacked(stack: tuple[Stackable, ...]) -> Cluster:
    """The healthy cluster with all of them."""
    cluster = Cluster()
    for one in sorted(stack, key=lambda s: s.rank):
        one.fault(cluster)
    return cluster
