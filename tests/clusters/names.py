"""Names and ids of the healthy cluster's things."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

NOW = "2026-11-20T10:00:00Z"
LONG_AGO = "2026-11-20T08:00:00Z"
REGION, ZONE, OTHER_ZONE = "us-west-2", "us-west-2a", "us-west-2b"
ACCOUNT = "111122223333"
EFA_TAINT = {"key": "vpc.amazonaws.com/efa", "value": "true", "effect": "NoSchedule"}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
EFA_NODE = "ip-10-0-1-10.us-west-2.compute.internal"
EFA_INSTANCE = "i-0aaaaaaaaaaaaaaa1"
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/karpenter-node"
GROUP_ROLE = f"arn:aws:iam::{ACCOUNT}:role/nodegroup-node"
NODE_SG = "sg-0aaaaaaaaaaaaaaa1"
CLUSTER_SG = "sg-0aaaaaaaaaaaaaaa2"
EFA_PLUGIN = ("kube-system", "aws-efa-k8s-device-plugin")
GPU_PLUGIN = ("kube-system", "nvidia-device-plugin-daemonset")
