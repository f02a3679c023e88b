"""What goes wrong with nodes: each function breaks one thing of a healthy cluster."""

from __future__ import annotations

from clusters import (
    EFA_INSTANCE,
    EFA_NODE,
    NODE_ROLE,
    Cluster,
    Json,
    condition,
    daemon_pod,
    interface,
    node,
)

# ---- helpers: no faults of their own ----------------------------------------


def pool_at_its_limit(cluster: Cluster) -> None:
    """The pool cannot make another node, so that what is wrong with its node counts."""
    cluster.pool["spec"]["limits"] = {"cpu": "192"}


def launched(cluster: Cluster, at: str) -> None:
    """The instance was launched then, and has not become a node."""
    cluster.remove("Node", EFA_NODE)
    cluster.objects = [o for o in cluster.objects if o.get("spec", {}).get("nodeName") != EFA_NODE]
    claim = cluster.claim
    claim["metadata"]["creationTimestamp"] = at
    del claim["status"]["nodeName"]
    claim["status"]["conditions"] = [
        condition("Launched", lastTransitionTime=at),
        condition("Registered", "Unknown", "NodeNotFound", lastTransitionTime=at),
        condition("Initialized", "Unknown", "NodeNotFound", lastTransitionTime=at),
    ]


def second_node(cluster: Cluster, name: str = "ip-10-0-1-11.us-west-2.compute.internal") -> Json:
    """One more node like the EFA node, with both plugins; EC2 shows its instance too."""
    instance_id = "i-0aaaaaaaaaaaaaaa2"
    made = node(name, "p5.48xlarge", instance_id)
    first = cluster.node
    made["metadata"]["labels"] = {**first["metadata"]["labels"], "kubernetes.io/hostname": name}
    made["spec"]["taints"] = [dict(t) for t in first["spec"]["taints"]]
    made["status"]["allocatable"] = dict(first["status"]["allocatable"])
    made["status"]["capacity"] = dict(first["status"]["capacity"])
    cluster.add(made)
    for plugin in (cluster.efa_plugin, cluster.gpu_plugin):
        pod = daemon_pod(plugin, name)
        pod["metadata"]["name"] += "-2"
        cluster.add(pod)
    twin = {**cluster.instance, "InstanceId": instance_id}
    twin["NetworkInterfaces"] = [interface(i, instance_id) for i in range(32)]
    cluster.aws["aws/ec2/describe-instances"][0]["Instances"].append(twin)
    return made


def without_efa(cluster: Cluster) -> None:
    """The node advertises none, whatever the reason."""
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts].pop("vpc.amazonaws.com/efa", None)


# ---- EFA301 -----------------------------------------------------------------


def instance_not_joined(cluster: Cluster) -> None:
    launched(cluster, "2026-11-20T09:40:00Z")


def instance_on_its_way(cluster: Cluster) -> None:
    """Near miss: launched two minutes ago."""
    launched(cluster, "2026-11-20T09:58:00Z")


def role_without_access_entry(cluster: Cluster) -> None:
    """Visible at once: the instance is as young as one that is on its way."""
    instance_on_its_way(cluster)
    for source, key in (
        ("aws/eks/list-access-entries", "arn"),
        ("aws/eks/describe-access-entry", "principalArn"),
    ):
        cluster.aws[source] = [e for e in cluster.aws[source] if e[key] != NODE_ROLE]


def aws_auth(cluster: Cluster, groups: str, role: str = NODE_ROLE) -> None:
    text = f"- rolearn: {role}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n{groups}"
    cluster.add(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": text},
        }
    )


def access_entry_of_wrong_type(cluster: Cluster) -> None:
    instance_on_its_way(cluster)
    for entry in cluster.aws["aws/eks/describe-access-entry"]:
        if entry["principalArn"] == NODE_ROLE:
            entry["type"] = "STANDARD"


def shut_in(cluster: Cluster) -> None:
    """Egress to the group itself and to nowhere else: EFA works, joining does not."""
    instance_on_its_way(cluster)
    for group in cluster.aws["aws/ec2/describe-security-groups"]:
        own = group["IpPermissionsEgress"][1]
        group["IpPermissionsEgress"] = [own]


# ---- EFA302 -----------------------------------------------------------------

AGENT_TAINT = {"key": "example.com/agent-not-ready", "effect": "NoSchedule"}


def startup_taint_stays(cluster: Cluster) -> None:
    cluster.node["spec"]["taints"].append(dict(AGENT_TAINT))
    cluster.pool["spec"]["template"]["spec"]["startupTaints"] = [dict(AGENT_TAINT)]
    cluster.claim["spec"]["startupTaints"] = [dict(AGENT_TAINT)]
    _initializing(cluster)


def undeclared_agent_taint(cluster: Cluster) -> None:
    taint = {"key": "node.cilium.io/agent-not-ready", "value": "true", "effect": "NoExecute"}
    cluster.node["spec"]["taints"].append(taint)
    _initializing(cluster)


def _initializing(cluster: Cluster) -> None:
    for found in cluster.claim["status"]["conditions"]:
        if found["type"] == "Initialized":
            found |= {"status": "Unknown", "reason": "StartupTaintsExist"}


def just_ready(cluster: Cluster) -> None:
    """The node became ready a minute ago."""
    cluster.node["metadata"]["creationTimestamp"] = "2026-11-20T09:58:00Z"
    for found in cluster.node["status"]["conditions"]:
        found["lastTransitionTime"] = "2026-11-20T09:59:00Z"


# ---- EFA303, EFA304 ---------------------------------------------------------


def node_not_ready(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    for effect in ("NoSchedule", "NoExecute"):
        cluster.node["spec"]["taints"].append(
            {"key": "node.kubernetes.io/not-ready", "effect": effect}
        )
    (ready,) = cluster.node["status"]["conditions"]
    ready |= {
        "status": "False",
        "reason": "KubeletNotReady",
        "message": "container runtime network not ready: cni plugin not initialized",
    }


def node_cordoned(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    cordon(cluster.node)


def cordon(node_: Json) -> None:
    node_["spec"]["unschedulable"] = True
    node_["spec"]["taints"].append(
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    )


# ---- EFA305 -----------------------------------------------------------------


def node_launched_without_efa(cluster: Cluster) -> None:
    """Made for a GPU-only pod: one plain interface; the plugin crashes."""
    pool_at_its_limit(cluster)
    cluster.instance["NetworkInterfaces"] = [interface(0, EFA_INSTANCE, "interface")]
    cluster.claim["spec"]["resources"]["requests"].pop("vpc.amazonaws.com/efa")
    for amounts in ("capacity", "allocatable"):
        cluster.claim["status"][amounts].pop("vpc.amazonaws.com/efa")
    without_efa(cluster)
    crashing(cluster.plugin_pod(cluster.efa_plugin))


def crashing(pod: Json) -> None:
    pod["status"]["conditions"] = [condition("Ready", "False")]
    (status,) = pod["status"]["containerStatuses"]
    status |= {
        "ready": False,
        "restartCount": 7,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
    }


def node_launched_with_two_interfaces(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    cluster.instance["NetworkInterfaces"] = [interface(i, EFA_INSTANCE) for i in range(2)]
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts]["vpc.amazonaws.com/efa"] = "2"
