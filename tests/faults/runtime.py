"""What goes wrong once a pod runs: each function breaks one thing of a healthy cluster."""

from __future__ import annotations

from clusters import Cluster, Json, daemonset

# ---- helpers: no faults of their own ----------------------------------------


def container(cluster: Cluster) -> Json:
    found: Json = cluster.pod["spec"]["containers"][0]
    return found


def env(cluster: Cluster, name: str, value: str) -> None:
    container(cluster).setdefault("env", []).append({"name": name, "value": value})


def mount(cluster: Cluster, path: str) -> None:
    """A host path in the pod."""
    cluster.pod["spec"]["volumes"] = [{"name": "rdma", "hostPath": {"path": path}}]
    container(cluster)["volumeMounts"] = [{"name": "rdma", "mountPath": path}]


def user_data(cluster: Cluster, *lines: str) -> None:
    cluster.nodeclass["spec"]["userData"] = "\n".join(("#!/bin/bash", *lines, ""))


def cni(cluster: Cluster, **variables: str) -> Json:
    made = daemonset(
        "kube-system",
        "aws-node",
        "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.21.1-eksbuild.3",
        {"container": {"env": [{"name": k, "value": v} for k, v in variables.items()]}},
    )
    cluster.add(made)
    return made


def gpu_plugin(cluster: Cluster) -> Json:
    found: Json = cluster.gpu_plugin["spec"]["template"]["spec"]["containers"][0]
    return found


# ---- faults -----------------------------------------------------------------


def memory_lock_limited(cluster: Cluster) -> None:
    del container(cluster)["securityContext"]


def libfabric_finds_no_efa(cluster: Cluster) -> None:
    env(cluster, "FI_PROVIDER", "tcp")


def nccl_without_efa(cluster: Cluster) -> None:
    env(cluster, "NCCL_NET", "Socket")


def setting_without_effect(cluster: Cluster) -> None:
    user_data(cluster, "echo '* hard memlock unlimited' > /etc/security/limits.d/efa.conf")


def device_exposure_conflict(cluster: Cluster) -> None:
    mount(cluster, "/dev/infiniband")


FAULTS = (
    memory_lock_limited,
    libfabric_finds_no_efa,
    nccl_without_efa,
    setting_without_effect,
    device_exposure_conflict,
)
