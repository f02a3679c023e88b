"""Reports of pools that can launch nothing that the pod fits on."""

from __future__ import annotations

from clusters import Cluster
from faults.provisioning import condition_of, requiring
from incidents.states import GPU, Incident, of_type

_POOL = ("NodePool", "efa")


def _limits_used_up(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["limits"] = {"cpu": "1500", "memory": "4300Gi", GPU: "16"}
    cluster.pool["status"]["resources"] = {"cpu": "400", "memory": "3000Gi", GPU: "16"}


def _gpus_of_amd(cluster: Cluster) -> None:
    of_type(cluster, "g4ad.2xlarge", efa=0, gpu=1)
    requiring(cluster, "karpenter.k8s.aws/instance-family", "g4ad")
    cluster.without_nodes_of_pool()


def _gpus_not_counted(cluster: Cluster) -> None:
    """EC2 said that the type has no GPU, when the report was written."""
    of_type(cluster, "p5.4xlarge", efa=0, gpu=1)
    cluster.without_nodes_of_pool()
    types = cluster.aws["aws/ec2/describe-instance-types"]
    small = {**types[0], "InstanceType": "p5.4xlarge"}
    small["GpuInfo"] = {"Gpus": [{"Name": "H100", "Manufacturer": "NVIDIA", "Count": 0}]}
    types.append(small)


def _one_pod_a_node(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.nodeclass["spec"]["kubelet"] = {"maxPods": 1}


def _role_not_passed(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    nodeclass, text = cluster.nodeclass, "not authorized to perform: iam:PassRole"
    condition_of(nodeclass, "InstanceProfileReady", "False", "NotAuthorized", message=text)
    condition_of(cluster.pool, "NodeClassReady", "False", "UnhealthyDependents")


INCIDENTS = (
    Incident(
        source="aws/karpenter-provider-aws#5975",
        title="the pool's limits are used up, which Karpenter calls no instance type",
        state=_limits_used_up,
        codes=(("EFA206", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7754",
        title="the pool allows g4ad only, whose GPUs are AMD's",
        state=_gpus_of_amd,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#8368",
        title="EC2 says that the pool's only type has no GPU",
        state=_gpus_not_counted,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6884",
        title="one pod a node, and the daemons take it",
        state=_one_pod_a_node,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#5444",
        title="Karpenter may not pass the node role",
        state=_role_not_passed,
        codes=(("EFA203", "EC2NodeClass", "efa"),),
    ),
)
