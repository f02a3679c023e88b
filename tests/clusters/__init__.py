"""A healthy EKS cluster as plain JSON, for tests to break.

``Cluster`` holds Kubernetes objects and AWS responses the way the APIs give them. It has a
system node group, a Karpenter NodePool ``efa`` of p5.48xlarge with one initialized node in
us-west-2a, both device plugins running there, and a pending training pod that the node would
take. A fault is a function that changes one thing; ``snapshot()`` reads the result.
"""

from clusters.cluster import Cluster, Fault, broken
from clusters.ec2 import instance, interface, security_group, subnet
from clusters.metadata import condition, meta
from clusters.names import (
    ACCOUNT,
    CLUSTER_SG,
    EFA_INSTANCE,
    EFA_NODE,
    EFA_PLUGIN,
    EFA_TAINT,
    GPU_PLUGIN,
    GPU_TAINT,
    GROUP_ROLE,
    LONG_AGO,
    NODE_ROLE,
    NODE_SG,
    NOW,
    OTHER_ZONE,
    REGION,
    ZONE,
    Json,
)
from clusters.nodes import node
from clusters.workloads import daemon_pod, daemonset, training_pod

__all__ = [
    "ACCOUNT",
    "CLUSTER_SG",
    "EFA_INSTANCE",
    "EFA_NODE",
    "EFA_PLUGIN",
    "EFA_TAINT",
    "GPU_PLUGIN",
    "GPU_TAINT",
    "GROUP_ROLE",
    "LONG_AGO",
    "NODE_ROLE",
    "NODE_SG",
    "NOW",
    "OTHER_ZONE",
    "REGION",
    "ZONE",
    "Cluster",
    "Fault",
    "Json",
    "broken",
    "condition",
    "daemon_pod",
    "daemonset",
    "instance",
    "interface",
    "meta",
    "node",
    "security_group",
    "subnet",
    "training_pod",
]
