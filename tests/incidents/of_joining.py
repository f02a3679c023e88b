"""Reports of instances that run and never become nodes."""

from __future__ import annotations

from clusters import Cluster, condition
from faults.nodes import role_without_access_entry
from incidents.states import Incident, empty_group, health

_GROUP = ("NodeGroup", "training")
_CLAIM = ("NodeClaim", "efa-abcde")
_NO_WORD = "nothing that was read says why"


def _type_of_standard(cluster: Cluster) -> None:
    cluster.aws["aws/eks/describe-access-entry"][0] |= {
        "type": "STANDARD",
        "kubernetesGroups": ["admin"],
    }
    _not_joined_yet(cluster)


def _mapped_without_groups(cluster: Cluster) -> None:
    role_without_access_entry(cluster)
    arn = "arn:aws:iam::111122223333:role/karpenter-node"
    line = f"- rolearn: {arn}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
    meta = {"name": "aws-auth", "namespace": "kube-system"}
    cluster.add(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mapRoles": line}}
    )


def _not_joined_yet(cluster: Cluster, at: str = "2026-11-20T09:58:00Z") -> None:
    claim = cluster.claim
    cluster.without_nodes_of_pool()
    claim["metadata"]["creationTimestamp"] = at
    del claim["status"]["nodeName"]
    claim["status"]["conditions"] = [
        condition("Launched", lastTransitionTime=at),
        condition("Registered", "Unknown", "NodeNotFound", lastTransitionTime=at),
        condition("Initialized", "Unknown", "NodeNotFound", lastTransitionTime=at),
    ]
    cluster.add(claim)


def _never_joins(cluster: Cluster) -> None:
    _not_joined_yet(cluster, "2026-11-20T09:40:00Z")


def _group_never_joins(cluster: Cluster) -> None:
    group = empty_group(cluster, "p5.48xlarge", 32)
    group["nodeRole"] = cluster.aws["aws/eks/describe-nodegroup"][0]["nodeRole"]
    health(group, "NodeCreationFailure", "Instances failed to join the kubernetes cluster")


_UNSEEN = (
    ("aws/karpenter-provider-aws#2423", "Karpenter has the endpoint of a cluster that is gone"),
    ("aws/karpenter-provider-aws#8720", "the AMI does not start a kubelet"),
    ("oomichi/try-kubernetes#136", "the private subnet has no route out"),
)
"""Why an instance did not join, where only the instance itself knows."""

INCIDENTS = (
    Incident(
        source="aws/karpenter-provider-aws#7558",
        title="the node role's access entry is of type STANDARD",
        state=_type_of_standard,
        codes=(("EFA301", *_CLAIM),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6973",
        title="the node role has no groups in aws-auth",
        state=_mapped_without_groups,
        codes=(("EFA301", *_CLAIM),),
    ),
    *(
        Incident(
            source=source,
            title=title,
            state=_never_joins,
            codes=(("EFA301", *_CLAIM),),
            says=_NO_WORD,
        )
        for source, title in _UNSEEN
    ),
    Incident(
        source="aws/aws-cdk#8520",
        title="the node group is in isolated subnets",
        state=_group_never_joins,
        codes=(("EFA301", *_GROUP),),
        says=_NO_WORD,
    ),
)
