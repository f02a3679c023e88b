"""What goes wrong with pods: each function breaks one thing of a healthy cluster."""

from __future__ import annotations

from typing import Any

from clusters import EFA_NODE, EFA_TAINT, OTHER_ZONE, ZONE, Cluster, Json, meta, node

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"


# ---- helpers: no faults of their own ----------------------------------------


def resources_of(cluster: Cluster) -> Json:
    found: Json = cluster.pod["spec"]["containers"][0]["resources"]
    return found


def asking(cluster: Cluster, resource: str, amount: str | None) -> None:
    """The pod asks for this much of a resource, or (None) for none of it."""
    for side in ("limits", "requests"):
        resources_of(cluster)[side].pop(resource, None)
        if amount is not None:
            resources_of(cluster)[side][resource] = amount


def bound_pod(name: str, on: str, namespace: str = "ml", **spec: Any) -> Json:
    """Somebody else's pod that runs on a node."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, namespace, labels=spec.pop("labels", {})),
        "spec": {"containers": [{"name": "main", "image": "app"}], "nodeName": on, **spec},
        "status": {"phase": "Running"},
    }


def claim(name: str, volume: str = "", storage_class: str = "gp3", **more: Any) -> Json:
    """A claim in the pod's namespace, bound where it names a volume."""
    bound = {"pv.kubernetes.io/bind-completed": "yes"} if volume else {}
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": storage_class, **more}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta(name, "ml", annotations=bound),
        "spec": spec | ({"volumeName": volume} if volume else {}),
        "status": {"phase": "Bound" if volume else "Pending"},
    }


def volume(name: str, zone: str) -> Json:
    """An EBS volume in a zone."""
    expression = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta(name),
        "spec": {
            "storageClassName": "gp3",
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "500Gi"},
            "nodeAffinity": {
                "required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
            },
        },
    }


def storage_class(name: str = "gp3", mode: str = "WaitForFirstConsumer") -> Json:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": meta(name),
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": mode,
    }


def using(cluster: Cluster, claim_name: str) -> None:
    """The pod has a volume that is this claim."""
    entry = {"name": "data", "persistentVolumeClaim": {"claimName": claim_name}}
    cluster.pod["spec"].setdefault("volumes", []).append(entry)


def as_job(cluster: Cluster, name: str = "trainer") -> Json:
    """A Job in the pod's place, of which no pod could be made."""
    pod = cluster.pod
    cluster.objects.remove(pod)
    job: Json = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta(name, "ml"),
        "spec": {"parallelism": 2, "template": {"spec": pod["spec"]}},
        "status": {},
    }
    cluster.add(job)
    return job


# ---- faults -----------------------------------------------------------------


def scheduling_gated(cluster: Cluster) -> None:
    cluster.pod["spec"]["schedulingGates"] = [{"name": "example.com/wait"}]


def foreign_scheduler(cluster: Cluster) -> None:
    cluster.pod["spec"]["schedulerName"] = "gang-batcher"


def resource_name_misspelled(cluster: Cluster) -> None:
    asking(cluster, EFA, None)
    asking(cluster, "vpc.amazon.com/efa", "4")


def toleration_missing(cluster: Cluster) -> None:
    tolerations = cluster.pod["spec"]["tolerations"]
    tolerations[:] = [t for t in tolerations if t["key"] != EFA_TAINT["key"]]


def toleration_misspelled(cluster: Cluster) -> None:
    for toleration in cluster.pod["spec"]["tolerations"]:
        toleration["key"] = toleration["key"].replace("amazonaws", "amazon")


def node_selector_unmatched(cluster: Cluster) -> None:
    cluster.pod["spec"]["nodeSelector"] = {"karpenter.sh/nodepool": "efaa"}


def request_exceeds_every_node(cluster: Cluster) -> None:
    asking(cluster, EFA, "33")


def hugepages_unavailable(cluster: Cluster) -> None:
    asking(cluster, "hugepages-2Mi", "5Gi")


def pod_affinity_unsatisfiable(cluster: Cluster) -> None:
    """The pod wants to be beside a launcher that is not there."""
    term = {
        "labelSelector": {"matchLabels": {"app": "launcher"}},
        "topologyKey": "kubernetes.io/hostname",
    }
    cluster.pod["spec"]["affinity"] = {
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    }


def topology_spread_unsatisfiable(cluster: Cluster) -> None:
    """One of the job's pods runs in the only zone with EFA; the other zone has none of it."""
    cluster.pod["metadata"]["labels"] = {"app": "train"}
    cluster.pod["spec"]["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "train"}},
        }
    ]
    other = node("ip-10-0-3-10.us-west-2.compute.internal", "m7i.2xlarge", "i-0s3", OTHER_ZONE)
    cluster.add(other, bound_pod("train-0", EFA_NODE, labels={"app": "train"}))


def volume_unavailable(cluster: Cluster) -> None:
    using(cluster, "checkpoints")


def volume_zone_conflict(cluster: Cluster) -> None:
    using(cluster, "checkpoints")
    cluster.add(storage_class(), claim("checkpoints", "pv-1"), volume("pv-1", OTHER_ZONE))


def host_port_conflict(cluster: Cluster) -> None:
    """Every node has a pod with the port, and the pool may make no other."""
    ports = [{"containerPort": 8080, "hostPort": 8080, "protocol": "TCP"}]
    cluster.pod["spec"]["containers"][0]["ports"] = ports
    taken = bound_pod("exporter", EFA_NODE)
    taken["spec"]["containers"][0]["ports"] = [dict(p) for p in ports]
    cluster.add(taken)
    cluster.pool["spec"]["limits"] = {"cpu": "192"}


def resource_claim_unsatisfied(cluster: Cluster) -> None:
    spec = cluster.pod["spec"]
    spec["resourceClaims"] = [{"name": "nics", "resourceClaimTemplateName": "efa-nics"}]
    spec["containers"][0]["resources"]["claims"] = [{"name": "nics"}]


def quota_exceeded(cluster: Cluster) -> None:
    """The subject is then ``ml/Job/trainer``."""
    as_job(cluster)
    line = {"requests.vpc.amazonaws.com/efa": "32"}
    used = {"requests.vpc.amazonaws.com/efa": "30"}
    cluster.add(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": meta("gpus", "ml"),
            "spec": {"hard": line},
            "status": {"hard": line, "used": used},
        }
    )


FAULTS = (
    scheduling_gated,
    foreign_scheduler,
    resource_name_misspelled,
    toleration_missing,
    toleration_misspelled,
    node_selector_unmatched,
    request_exceeds_every_node,
    hugepages_unavailable,
    pod_affinity_unsatisfiable,
    topology_spread_unsatisfiable,
    volume_unavailable,
    volume_zone_conflict,
    host_port_conflict,
    resource_claim_unsatisfied,
)
"""Those that keep the subject ``ml/trainer``."""

__all__ = ["FAULTS", "ZONE"]
