"""Reports of pods that ask for what no node has, and of fabrics that carry nothing."""

from __future__ import annotations

import copy

from clusters import EFA_NODE, NODE_SG, OTHER_ZONE, ZONE, Cluster, meta
from faults import network, runtime
from faults.pods import as_job, asking, claim, using, volume
from faults.provisioning import requiring
from incidents.states import EFA, THIRD_ZONE, Incident, asks, in_group, of_type

_POD = ("Pod", "trainer")
_NO_NODE = "NodePool efa admits the pod, yet has made no node"


def _request_without_limit(cluster: Cluster) -> None:
    amounts = cluster.pod["spec"]["containers"][0]["resources"]
    del amounts["limits"][EFA]
    as_job(cluster)


def _huge_pages(cluster: Cluster) -> None:
    of_type(cluster, "dl1.24xlarge", efa=4, gpu=0)
    asking(cluster, EFA, None)
    asking(cluster, "habana.ai/gaudi", "8")
    asking(cluster, "hugepages-2Mi", "21000Mi")
    cluster.without_nodes_of_pool()


def _memory_lost_to_huge_pages(cluster: Cluster) -> None:
    """The NodeClaim promised more memory than the node has."""
    asking(cluster, "memory", "1850Gi")
    cluster.node["status"]["allocatable"] |= {"memory": "1800Gi", "hugepages-2Mi": "190Gi"}


def _cpu_lost_to_reservations(cluster: Cluster) -> None:
    asking(cluster, "cpu", "191")
    cluster.node["status"]["allocatable"]["cpu"] = "190800m"


def _selector(cluster: Cluster, **labels: str) -> None:
    cluster.pod["spec"]["nodeSelector"] = labels


def _label_of_old_groups(cluster: Cluster) -> None:
    _selector(cluster, name="ng-training")


def _label_of_old_karpenter(cluster: Cluster) -> None:
    _selector(cluster, **{"karpenter.sh/provisioner-name": "efa"})


def _spread(cluster: Cluster) -> None:
    """The pool lists a zone without a subnet, and Karpenter counts it as a domain."""
    cluster.without_nodes_of_pool()
    cluster.pod["metadata"]["labels"] = {"app": "train"}
    requiring(cluster, "topology.kubernetes.io/zone", ZONE, THIRD_ZONE)
    cluster.pod["spec"]["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "train"}},
            "minDomains": 2,
        }
    ]
    done = copy.deepcopy(cluster.pod)
    done["metadata"] |= {"name": "train-0", "uid": "uid-train-0"}
    done["spec"]["nodeName"] = "ip-10-0-2-10.us-west-2.compute.internal"
    done["status"] = {"phase": "Running", "conditions": []}
    cluster.add(done)


def _three_zones(cluster: Cluster) -> None:
    for number, zone in enumerate((ZONE, OTHER_ZONE, THIRD_ZONE)):
        using(cluster, f"data-{number}")
        cluster.pod["spec"]["volumes"][-1]["name"] = f"data-{number}"
        cluster.add(claim(f"data-{number}", f"pv-{number}"), volume(f"pv-{number}", zone))


def _group_over_zones(cluster: Cluster) -> None:
    """The node group's only node is not in the volume's zone, though the group covers it."""
    group = in_group(cluster, most=4)
    group["subnets"] = ["subnet-0a", "subnet-0b"]
    using(cluster, "checkpoints")
    cluster.add(claim("checkpoints", "pv-1"), volume("pv-1", OTHER_ZONE))


def _bound(cluster: Cluster) -> None:
    cluster.pod["spec"]["nodeName"] = EFA_NODE
    cluster.pod["status"] = {"phase": "Pending", "conditions": []}


def _no_address_for_the_pod(cluster: Cluster) -> None:
    """The scheduler has done its part: what fails is the pod's network."""
    _bound(cluster)
    cluster.add(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": meta("trainer.1", "ml"),
            "involvedObject": {"kind": "Pod", "name": "trainer", "namespace": "ml"},
            "reason": "FailedCreatePodSandBox",
            "message": "failed to assign an IP address to container",
            "lastTimestamp": "2026-11-20T09:59:00Z",
            "type": "Warning",
        }
    )


def _refused_by_the_kubelet(cluster: Cluster) -> None:
    _bound(cluster)
    cluster.pod["status"] = {"phase": "Failed", "reason": "TopologyAffinityError"}


def _efa_not_asked_for(cluster: Cluster) -> None:
    asks(cluster, gpu=8)
    runtime.env(cluster, "FI_PROVIDER", "efa")
    _bound(cluster)


def _egress_by_address(cluster: Cluster) -> None:
    network.sg_egress_self_missing(cluster)
    _bound(cluster)


def _peers_in_two_zones(cluster: Cluster) -> None:
    network.bound_peer(cluster, zone=OTHER_ZONE)
    _bound(cluster)


def _all_devices_mounted(cluster: Cluster) -> None:
    of_type(cluster, "p6-b200.48xlarge", efa=8)
    runtime.mount(cluster, "/dev/infiniband")
    _bound(cluster)


INCIDENTS = (
    Incident(
        source="NVIDIA/nvcf#1354",
        title="EFA is requested without a limit, so no pod is made",
        state=_request_without_limit,
        codes=(("EFA115", "Job", "trainer"),),
        subject="ml/Job/trainer",
    ),
    Incident(
        source="aws/karpenter-provider-aws#3315",
        title="huge pages, of which Karpenter knows nothing",
        state=_huge_pages,
        codes=(("EFA108", *_POD),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#5073",
        title="a node selector from the time of node groups",
        state=_label_of_old_groups,
        codes=(("EFA106", *_POD),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#5645",
        title="a node selector from the time of Provisioners",
        state=_label_of_old_karpenter,
        codes=(("EFA106", *_POD),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#3239",
        title="spread over a zone that has no subnet",
        state=_spread,
        codes=(("EFA110", *_POD),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#4192",
        title="one pod, volumes in three zones",
        state=_three_zones,
        codes=(("EFA112", *_POD),),
    ),
    Incident(
        source="kubernetes/autoscaler#1431",
        title="the volume's zone is one of several of the node group",
        state=_group_over_zones,
        codes=(("EFA210", "NodeGroup", "training"),),
    ),
    Incident(
        source="gardener/gardener-extension-provider-aws#1832",
        title="egress is open to all addresses and not to the group itself",
        state=_egress_by_address,
        warnings=(("EFA601", "SecurityGroup", NODE_SG),),
        verdict="scheduled",
    ),
    Incident(
        source="aws-samples/amazon-eks-machine-learning-with-terraform-and-kubeflow#83",
        title="workers of one job in two zones",
        state=_peers_in_two_zones,
        warnings=(("EFA604", *_POD),),
        verdict="scheduled",
    ),
    Incident(
        source="aws-samples/aws-do-eks#63",
        title="the host's /dev/infiniband in the pod",
        state=_all_devices_mounted,
        warnings=(("EFA805", *_POD),),
        verdict="scheduled",
    ),
    Incident(
        source="skypilot-org/skypilot#10055",
        title="the pod does not ask for EFA and falls back to TCP",
        state=_efa_not_asked_for,
        warnings=(("EFA802", *_POD),),
        verdict="scheduled",
    ),
)

UNTOLD = (
    Incident(
        source="kubernetes-sigs/karpenter#692",
        title="huge pages of the host take memory that Karpenter promised",
        state=_memory_lost_to_huge_pages,
        verdict="unknown",
        says=_NO_NODE,
    ),
    Incident(
        source="zalando-incubator/kubernetes-on-aws#6437",
        title="reservations of the kubelet take cpu that Karpenter promised",
        state=_cpu_lost_to_reservations,
        verdict="unknown",
        says=_NO_NODE,
    ),
    Incident(
        source="aws/amazon-vpc-cni-k8s#1245",
        title="no address is left for the pod",
        state=_no_address_for_the_pod,
        verdict="scheduled",
    ),
    Incident(
        source="pytorch/ci-infra#696",
        title="the kubelet refuses the pod for its NUMA policy",
        state=_refused_by_the_kubelet,
        verdict="scheduled",
    ),
)
