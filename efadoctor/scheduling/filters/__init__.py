"""The filters of kube-scheduler's default profile, one module per plugin.

Each module has ``prepare``, which is the plugin's PreFilter: it looks at the pod and the
cluster once, and yields a filter to ask about single nodes, or nothing to ask, or a reason
why no node will do. ``IN_ORDER`` is the order in which the plugins run.
"""

from efadoctor.scheduling.filters import (
    dynamic_resources,
    inter_pod_affinity,
    node_affinity,
    node_declared_features,
    node_name,
    node_ports,
    node_resources_fit,
    node_unschedulable,
    node_volume_limits,
    pod_topology_spread,
    taint_toleration,
    volume_binding,
    volume_restrictions,
    volume_zone,
)
from efadoctor.scheduling.filters.plugin import Step, every_reason, first_reason
from efadoctor.scheduling.refusals import Plugin

IN_ORDER: tuple[Step, ...] = (
    Step(Plugin.NODE_UNSCHEDULABLE, node_unschedulable.prepare, first_reason),
    Step(Plugin.NODE_NAME, node_name.prepare, first_reason),
    Step(Plugin.TAINT_TOLERATION, taint_toleration.prepare, first_reason),
    Step(Plugin.NODE_AFFINITY, node_affinity.prepare, first_reason),
    Step(Plugin.NODE_PORTS, node_ports.prepare, first_reason),
    Step(Plugin.NODE_RESOURCES_FIT, node_resources_fit.prepare, every_reason),
    Step(Plugin.VOLUME_RESTRICTIONS, volume_restrictions.prepare, first_reason),
    Step(Plugin.NODE_VOLUME_LIMITS, node_volume_limits.prepare, first_reason),
    Step(Plugin.VOLUME_BINDING, volume_binding.prepare, volume_binding.says),
    Step(Plugin.VOLUME_ZONE, volume_zone.prepare, first_reason),
    Step(Plugin.POD_TOPOLOGY_SPREAD, pod_topology_spread.prepare, first_reason),
    Step(Plugin.INTER_POD_AFFINITY, inter_pod_affinity.prepare, first_reason),
    Step(Plugin.DYNAMIC_RESOURCES, dynamic_resources.prepare, first_reason),
    Step(Plugin.NODE_DECLARED_FEATURES, node_declared_features.prepare, first_reason),
)
