"""Reports of workloads that queues, quotas, claims and rules of their own hold back."""

from __future__ import annotations

import copy

from clusters import EFA_NODE, Cluster, meta
from faults.nodes import pool_at_its_limit
from faults.pods import as_job, asking, bound_pod, claim, storage_class, using
from incidents.states import EFA, GPU, Incident

_POD = ("Pod", "trainer")
_POD_ENI = "vpc.amazonaws.com/pod-eni"


def _gate_of_the_queue(cluster: Cluster) -> None:
    cluster.pod["spec"]["schedulingGates"] = [{"name": "kueue.x-k8s.io/admission"}]


def _quota_of_gpus(cluster: Cluster) -> None:
    job = as_job(cluster)
    line, used = {f"requests.{GPU}": "8"}, {f"requests.{GPU}": "8"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta("team", "ml")}
    cluster.add(quota | {"spec": {"hard": line}, "status": {"hard": line, "used": used}})
    template = job["spec"].pop("template")
    job |= {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob"}
    job["spec"] = {"pytorchReplicaSpecs": {"Master": {"replicas": 1, "template": template}}}


def _class_that_no_driver_made(cluster: Cluster) -> None:
    for resource in (EFA, GPU):
        asking(cluster, resource, None)
    spec = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": _WANTED}}]}}
    api = {"apiVersion": "resource.k8s.io/v1"}
    cluster.add(api | {"kind": "ResourceClaim", "metadata": meta("one", "ml"), "spec": spec})
    domain = {"kind": "DeviceClass", "metadata": meta("compute-domain-daemon.nvidia.com")}
    cluster.add(api | domain | {"spec": {}})
    cluster.pod["spec"]["resourceClaims"] = [{"name": "gpu", "resourceClaimName": "one"}]


_WANTED = "gpu.nvidia.com"


def _exclusive_zones(cluster: Cluster) -> None:
    """Each group of pods keeps all others out of its zone, and one runs in each."""
    pool_at_its_limit(cluster)
    key = "leaderworkerset.sigs.k8s.io/group-key"
    cluster.pod["metadata"]["labels"] = {key: "b"}
    others = [
        {"key": key, "operator": "Exists"},
        {"key": key, "operator": "NotIn", "values": ["b"]},
    ]
    term = {
        "labelSelector": {"matchExpressions": others},
        "topologyKey": "topology.kubernetes.io/zone",
    }
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    cluster.pod["spec"]["affinity"] = {"podAntiAffinity": required}
    cluster.add(bound_pod("a-0", EFA_NODE, labels={key: "a"}))


def _no_default_class(cluster: Cluster) -> None:
    using(cluster, "data")
    unbound = claim("data")
    del unbound["spec"]["storageClassName"]
    cluster.add(unbound)


def _no_provisioner(cluster: Cluster) -> None:
    using(cluster, "lustre")
    cluster.add(claim("lustre", storage_class="fsx"), storage_class("fsx", "Immediate"))


def _one_port_for_all_workers(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    ports = [{"containerPort": 2222, "hostPort": 2222, "protocol": "TCP"}]
    cluster.pod["spec"]["hostNetwork"] = True
    cluster.pod["spec"]["containers"][0]["ports"] = ports
    other = bound_pod("worker-0", EFA_NODE, hostNetwork=True)
    other["spec"]["containers"][0]["ports"] = copy.deepcopy(ports)
    cluster.add(other)


def _interfaces_of_pods(cluster: Cluster) -> None:
    """The type is not yet one that the VPC resource controller knows."""
    for resource in (EFA, GPU):
        asking(cluster, resource, None)
    asking(cluster, _POD_ENI, "1")


INCIDENTS = (
    Incident(
        source="kubernetes-sigs/kueue#7433",
        title="Kueue's gate is still on a pod whose workload is admitted",
        state=_gate_of_the_queue,
        codes=(("EFA101", *_POD),),
    ),
    Incident(
        source="volcano-sh/volcano#2534",
        title="a quota of GPUs keeps the pods of the next job from being made",
        state=_quota_of_gpus,
        codes=(("EFA115", "ResourceQuota", "team"),),
        subject="ml/PyTorchJob/trainer",
    ),
    Incident(
        source="kubernetes-sigs/dra-driver-nvidia-gpu#338",
        title="the driver was installed without the device class that the claim names",
        state=_class_that_no_driver_made,
        codes=(("EFA114", *_POD),),
    ),
    Incident(
        source="kubernetes-sigs/lws#539",
        title="an exclusive topology keeps every other set of workers out of the zone",
        state=_exclusive_zones,
        codes=(("EFA109", *_POD),),
    ),
    Incident(
        source="instaclustr/cassandra-operator#112",
        title="the claim names no storage class, and the cluster has no default",
        state=_no_default_class,
        codes=(("EFA111", "PersistentVolumeClaim", "data"),),
    ),
    Incident(
        source="awslabs/aws-orbit-workbench#810",
        title="nothing provisions the volume that the claim waits for",
        state=_no_provisioner,
        codes=(("EFA111", "PersistentVolumeClaim", "lustre"),),
    ),
    Incident(
        source="kubeflow/mpi-operator#593",
        title="all workers want one port of the host",
        state=_one_port_for_all_workers,
        codes=(("EFA113", *_POD),),
    ),
)

UNTOLD = (
    Incident(
        source="aws/karpenter-provider-aws#8981",
        title="the node's type has no pod interfaces for the control plane's version",
        state=_interfaces_of_pods,
        verdict="unknown",
        says=_POD_ENI,
    ),
)
