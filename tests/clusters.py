"""A healthy EKS cluster as plain JSON, for tests to break.

``Cluster`` holds Kubernetes objects and AWS responses the way the APIs give them. It has a
system node group, a Karpenter NodePool ``efa`` of p5.48xlarge with one initialized node in
us-west-2a, both device plugins running there, and a pending training pod that the node would
take. A fault is a function that changes one thing; ``snapshot()`` reads the result.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from efadoctor.model.clock import parse_time
from efadoctor.model.decoding import Decoded, convert
from efadoctor.model.facts import AWS_SOURCES, KUBERNETES_SOURCES, AwsSource, KubernetesSource
from efadoctor.model.snapshot import Origin, Snapshot

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

_WITH_EFA = ["c5n.18xlarge", "g5.8xlarge", "p4d.24xlarge", "p5.48xlarge", "p5e.48xlarge"]


def meta(name: str, namespace: str = "", **more: Any) -> Json:
    found: Json = {"name": name, "uid": f"uid-{namespace}-{name}", "creationTimestamp": LONG_AGO}
    if namespace:
        found["namespace"] = namespace
    return found | more


def condition(type_: str, status: str = "True", reason: str = "", **more: Any) -> Json:
    base = {"type": type_, "status": status, "reason": reason or type_, "message": ""}
    return base | {"lastTransitionTime": LONG_AGO} | more


def node(name: str, type_: str, instance: str, zone: str = ZONE, **labels: str) -> Json:
    known = {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": type_,
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": REGION,
    }
    amounts = {"cpu": "7910m", "memory": "31749070Ki", "pods": "58", "ephemeral-storage": "100Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta(name, labels={**known, **labels}),
        "spec": {"providerID": f"aws:///{zone}/{instance}"},
        "status": {
            "capacity": dict(amounts),
            "allocatable": dict(amounts),
            "conditions": [condition("Ready", reason="KubeletReady")],
            "nodeInfo": {"kubeletVersion": "v1.36.2-eks-8f2c6d1", "architecture": "amd64"},
        },
    }


def daemonset(namespace: str, name: str, image: str, spec: Json) -> Json:
    labels = {"name": name}
    container = {"name": name, "image": image, "resources": {}} | spec.pop("container", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": meta(name, namespace, labels=dict(labels)),
        "spec": {
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": [container], **spec},
            },
        },
        "status": {"desiredNumberScheduled": 1, "numberReady": 1},
    }


def daemon_pod(owner: Json, on: str) -> Json:
    """The running pod that a DaemonSet has on a node."""
    meta_ = owner["metadata"]
    template = copy.deepcopy(owner["spec"]["template"])
    reference = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": meta_["name"],
        "uid": meta_["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(
            f"{meta_['name']}-{on[:12]}",
            meta_["namespace"],
            labels=template["metadata"]["labels"],
            ownerReferences=[reference],
        ),
        "spec": {**template["spec"], "nodeName": on},
        "status": {
            "phase": "Running",
            "conditions": [condition("Ready")],
            "containerStatuses": [
                {
                    "name": template["spec"]["containers"][0]["name"],
                    "ready": True,
                    "restartCount": 0,
                    "state": {"running": {"startedAt": LONG_AGO}},
                }
            ],
        },
    }


def training_pod(name: str = "trainer", namespace: str = "ml", efa: int = 4, gpu: int = 8) -> Json:
    amounts = {"vpc.amazonaws.com/efa": str(efa), "nvidia.com/gpu": str(gpu)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, namespace, creationTimestamp="2026-11-20T09:30:00Z"),
        "spec": {
            "schedulerName": "default-scheduler",
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/trainer:1",
                    "resources": {"limits": dict(amounts), "requests": dict(amounts)},
                    "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
                }
            ],
            "tolerations": [
                {"key": EFA_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
                {"key": GPU_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
            ],
        },
        "status": {"phase": "Pending", "conditions": []},
    }


def interface(number: int, instance: str, type_: str = "efa", groups: Iterable[str] = ()) -> Json:
    return {
        "NetworkInterfaceId": f"eni-{instance[2:8]}{number:03}",
        "InterfaceType": type_,
        "Status": "in-use",
        "SubnetId": "subnet-0a",
        "VpcId": "vpc-0a",
        "Groups": [{"GroupId": g, "GroupName": g} for g in groups or (NODE_SG,)],
        "Attachment": {
            "DeviceIndex": 0 if number == 0 else 1,
            "NetworkCardIndex": number,
            "InstanceId": instance,
            "Status": "attached",
        },
    }


def security_group(group: str) -> Json:
    """A group with self-referencing rules for all traffic, both ways."""
    own = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": ACCOUNT}]}
    out = {"IpProtocol": "-1", "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {
        "GroupId": group,
        "GroupName": group,
        "VpcId": "vpc-0a",
        "IpPermissions": [copy.deepcopy(own)],
        "IpPermissionsEgress": [out, copy.deepcopy(own)],
        "Tags": [{"Key": "karpenter.sh/discovery", "Value": "prod"}],
    }


def instance(instance_id: str, type_: str, interfaces: list[Json], profile: str = "") -> Json:
    return {
        "InstanceId": instance_id,
        "InstanceType": type_,
        "LaunchTime": LONG_AGO,
        "State": {"Name": "running"},
        "SubnetId": "subnet-0a",
        "VpcId": "vpc-0a",
        "Placement": {"AvailabilityZone": ZONE, "GroupName": "", "Tenancy": "default"},
        "NetworkInterfaces": interfaces,
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{profile}"},
    }


def subnet(subnet_id: str, zone: str) -> Json:
    return {
        "SubnetId": subnet_id,
        "VpcId": "vpc-0a",
        "AvailabilityZone": zone,
        "AvailableIpAddressCount": 4000,
        "State": "available",
        "Tags": [{"Key": "karpenter.sh/discovery", "Value": "prod"}],
    }


class Cluster:
    """Kubernetes objects by bundle name, and AWS responses by operation."""

    def __init__(self) -> None:
        self.now = NOW
        self.server_version = "v1.36.2"
        self.objects: list[Json] = []
        self.aws: dict[str, list[Json]] = {}
        self.unread: set[str] = set()
        _fill(self)

    # ---- reaching in --------------------------------------------------------

    def get(self, kind: str, name: str, namespace: str | None = None) -> Json:
        for thing in self.objects:
            own = thing["metadata"]
            named = thing["kind"] == kind and own["name"] == name
            if named and namespace in (None, own.get("namespace", "")):
                return thing
        raise LookupError(f"{kind}/{name}")

    def remove(self, kind: str, name: str) -> None:
        self.objects.remove(self.get(kind, name))

    def add(self, *things: Json) -> None:
        self.objects.extend(things)

    @property
    def pod(self) -> Json:
        return self.get("Pod", "trainer")

    @property
    def node(self) -> Json:
        return self.get("Node", EFA_NODE)

    @property
    def pool(self) -> Json:
        return self.get("NodePool", "efa")

    @property
    def nodeclass(self) -> Json:
        return self.get("EC2NodeClass", "efa")

    @property
    def claim(self) -> Json:
        return self.get("NodeClaim", "efa-abcde")

    @property
    def efa_plugin(self) -> Json:
        return self.get("DaemonSet", EFA_PLUGIN[1])

    @property
    def gpu_plugin(self) -> Json:
        return self.get("DaemonSet", GPU_PLUGIN[1])

    @property
    def instance(self) -> Json:
        reservations = self.aws["aws/ec2/describe-instances"]
        return next(
            i for r in reservations for i in r["Instances"] if i["InstanceId"] == EFA_INSTANCE
        )

    def plugin_pod(self, owner: Json) -> Json:
        return next(
            o
            for o in self.objects
            if o["kind"] == "Pod"
            and o["spec"].get("nodeName") == EFA_NODE
            and any(
                r["name"] == owner["metadata"]["name"] for r in o["metadata"]["ownerReferences"]
            )
        )

    def drop_plugin_pod(self, owner: Json, *resources: str) -> None:
        """The DaemonSet has no pod on the EFA node, so its resource is not advertised."""
        self.objects.remove(self.plugin_pod(owner))
        for resource in resources:
            for amounts in ("capacity", "allocatable"):
                self.node["status"][amounts].pop(resource, None)

    def without_nodes_of_pool(self) -> None:
        """As before the pool made its first node, whether it has one or not."""
        gone = {("Node", EFA_NODE), ("NodeClaim", "efa-abcde")}
        self.objects = [o for o in self.objects if (o["kind"], o["metadata"]["name"]) not in gone]
        self.objects = [o for o in self.objects if o.get("spec", {}).get("nodeName") != EFA_NODE]
        for reservation in self.aws["aws/ec2/describe-instances"]:
            reservation["Instances"] = [
                i for i in reservation["Instances"] if i["InstanceId"] != EFA_INSTANCE
            ]

    def unread_sources(self, *names: str) -> Cluster:
        """As though these sources had not been read."""
        self.unread |= set(names)
        return self

    # ---- reading ------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        facts: dict[str, Decoded] = {}
        for source in KUBERNETES_SOURCES:
            found = [o for o in self.objects if _belongs(o, source)]
            facts[source.name] = convert(copy.deepcopy(found), source.type, source.name)
        for of_aws in AWS_SOURCES:
            if of_aws.name in self.aws:
                facts[of_aws.name] = _aws_facts(of_aws, self.aws[of_aws.name])
        for name in self.unread:
            facts.pop(name, None)
        return Snapshot(
            facts,
            server_version=self.server_version,
            now=parse_time(self.now),
            origin=Origin(kind="bundle", context="prod", cluster="prod", region=REGION),
        )


Fault = Callable[[Cluster], None]


def broken(*faults: Fault) -> Cluster:
    """The healthy cluster with these faults."""
    cluster = Cluster()
    for fault in faults:
        fault(cluster)
    return cluster


def _belongs(thing: Json, source: KubernetesSource) -> bool:
    group = thing["apiVersion"].rpartition("/")[0]
    return (group, thing["kind"]) == (source.group, source.kind)


def _aws_facts(source: AwsSource, items: list[Json]) -> Decoded:
    return convert(copy.deepcopy(items), source.type, source.name)


def _fill(cluster: Cluster) -> None:
    cluster.add(*_namespaces(), *_system_nodes(), _efa_node())
    efa = daemonset(
        *EFA_PLUGIN,
        f"602401143452.dkr.ecr.{REGION}.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.20",
        {
            "hostNetwork": True,
            "tolerations": [
                {"key": "CriticalAddonsOnly", "operator": "Exists"},
                {"key": EFA_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
                {"key": GPU_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
            ],
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {
                                        "key": "node.kubernetes.io/instance-type",
                                        "operator": "In",
                                        "values": list(_WITH_EFA),
                                    }
                                ]
                            }
                        ]
                    }
                }
            },
            "container": {"securityContext": {"privileged": True, "runAsUser": 0}},
        },
    )
    gpu = daemonset(
        *GPU_PLUGIN,
        "nvcr.io/nvidia/k8s-device-plugin:v0.17.1",
        {
            "tolerations": [
                {"key": EFA_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
                {"key": GPU_TAINT["key"], "operator": "Exists", "effect": "NoSchedule"},
            ]
        },
    )
    cluster.add(efa, gpu, daemon_pod(efa, EFA_NODE), daemon_pod(gpu, EFA_NODE))
    cluster.add(_pool(), _nodeclass(), _claim(), training_pod())
    cluster.aws = _aws()


def _namespaces() -> list[Json]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name)}
        for name in ("default", "kube-system", "ml")
    ]


def _system_nodes() -> list[Json]:
    group = {"eks.amazonaws.com/nodegroup": "system"}
    return [
        node("ip-10-0-2-10.us-west-2.compute.internal", "m7i.2xlarge", "i-0system1", **group),
        node("ip-10-0-2-11.us-west-2.compute.internal", "m7i.2xlarge", "i-0system2", **group),
    ]


_P5 = {
    "cpu": "191450m",
    "memory": "2000Gi",
    "pods": "100",
    "ephemeral-storage": "280Gi",
    "vpc.amazonaws.com/efa": "32",
    "nvidia.com/gpu": "8",
}

_POOL_LABELS = {
    "karpenter.sh/nodepool": "efa",
    "karpenter.sh/capacity-type": "on-demand",
    "karpenter.k8s.aws/ec2nodeclass": "efa",
    "karpenter.k8s.aws/instance-category": "p",
    "karpenter.k8s.aws/instance-family": "p5",
}


def _efa_node() -> Json:
    made = node(EFA_NODE, "p5.48xlarge", EFA_INSTANCE, **_POOL_LABELS)
    made["metadata"]["labels"]["karpenter.sh/registered"] = "true"
    made["metadata"]["labels"]["karpenter.sh/initialized"] = "true"
    made["spec"]["taints"] = [dict(GPU_TAINT), dict(EFA_TAINT)]
    made["status"]["capacity"] |= _P5 | {"hugepages-2Mi": "0"}
    made["status"]["allocatable"] |= _P5 | {"hugepages-2Mi": "0"}
    return made


def _pool() -> Json:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": meta("efa"),
        "spec": {
            "limits": {"cpu": "2000"},
            "template": {
                "spec": {
                    "expireAfter": "720h",
                    "nodeClassRef": {
                        "group": "karpenter.k8s.aws",
                        "kind": "EC2NodeClass",
                        "name": "efa",
                    },
                    "requirements": [
                        {
                            "key": "karpenter.k8s.aws/instance-category",
                            "operator": "In",
                            "values": ["p"],
                        },
                        {
                            "key": "karpenter.sh/capacity-type",
                            "operator": "In",
                            "values": ["on-demand"],
                        },
                        {
                            "key": "topology.kubernetes.io/zone",
                            "operator": "In",
                            "values": [ZONE],
                        },
                    ],
                    "taints": [dict(GPU_TAINT), dict(EFA_TAINT)],
                }
            },
        },
        "status": {
            "conditions": [
                condition("NodeClassReady"),
                condition("NodeRegistrationHealthy"),
                condition("ValidationSucceeded"),
                condition("Ready"),
            ],
            "resources": {"cpu": "192", "nodes": "1"},
        },
    }


def _nodeclass() -> Json:
    ready = ("AMIsReady", "InstanceProfileReady", "SecurityGroupsReady", "SubnetsReady")
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": meta("efa"),
        "spec": {
            "amiSelectorTerms": [{"alias": "al2023@v20260724"}],
            "role": "karpenter-node",
            "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "prod"}}],
            "securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "prod"}}],
        },
        "status": {
            "conditions": [
                *(condition(name) for name in ready),
                condition("PlacementGroupReady"),
                condition("ValidationSucceeded"),
                condition("Ready"),
            ],
            "instanceProfile": "prod_karpenter",
            "securityGroups": [{"id": NODE_SG, "name": NODE_SG}],
            "subnets": [
                {"id": "subnet-0a", "zone": ZONE, "zoneID": "usw2-az1"},
                {"id": "subnet-0b", "zone": OTHER_ZONE, "zoneID": "usw2-az2"},
            ],
        },
    }


def _claim() -> Json:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodeClaim",
        "metadata": meta(
            "efa-abcde",
            labels={
                **_POOL_LABELS,
                "node.kubernetes.io/instance-type": "p5.48xlarge",
                "topology.kubernetes.io/zone": ZONE,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
            ownerReferences=[
                {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "name": "efa", "uid": "u"}
            ],
        ),
        "spec": {
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "efa"},
            "requirements": [
                {
                    "key": "node.kubernetes.io/instance-type",
                    "operator": "In",
                    "values": ["p5.48xlarge"],
                }
            ],
            "resources": {"requests": {"vpc.amazonaws.com/efa": "4", "nvidia.com/gpu": "8"}},
            "taints": [dict(GPU_TAINT), dict(EFA_TAINT)],
        },
        "status": {
            "nodeName": EFA_NODE,
            "providerID": f"aws:///{ZONE}/{EFA_INSTANCE}",
            "capacity": dict(_P5),
            "allocatable": dict(_P5),
            "conditions": [
                condition("Launched"),
                condition("Registered"),
                condition("Initialized"),
                condition("Ready"),
            ],
        },
    }


def _type(name: str, cards: int, efa: int, gpus: int, vcpus: int, gib: int) -> Json:
    return {
        "InstanceType": name,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": vcpus},
        "MemoryInfo": {"SizeInMiB": gib * 1024},
        "Hypervisor": "nitro",
        "NetworkInfo": {
            "MaximumNetworkInterfaces": 15 * cards,
            "MaximumNetworkCards": cards,
            "NetworkCards": [
                {"NetworkCardIndex": i, "MaximumNetworkInterfaces": 2} for i in range(cards)
            ],
            "EfaSupported": efa > 0,
        }
        | ({"EfaInfo": {"MaximumEfaInterfaces": efa}} if efa else {}),
        "PlacementGroupInfo": {"SupportedStrategies": ["cluster", "partition", "spread"]},
    } | (
        {"GpuInfo": {"Gpus": [{"Name": "H100", "Manufacturer": "NVIDIA", "Count": gpus}]}}
        if gpus
        else {}
    )


def _aws() -> dict[str, list[Json]]:
    types = [
        _type("p5.48xlarge", 32, 32, 8, 192, 2048),
        _type("p4d.24xlarge", 4, 4, 8, 96, 1152),
        _type("g5.8xlarge", 1, 1, 1, 32, 128),
        _type("m7i.2xlarge", 1, 0, 0, 8, 32),
    ]
    interfaces = [interface(i, EFA_INSTANCE) for i in range(32)]
    system = [
        instance(name, "m7i.2xlarge", [interface(0, name, "interface", [CLUSTER_SG])], "nodegroup")
        for name in ("i-0system1", "i-0system2")
    ]
    efa = instance(EFA_INSTANCE, "p5.48xlarge", interfaces, "prod_karpenter")
    return {
        "aws/ec2/describe-instances": [{"Instances": [*system, efa]}],
        "aws/ec2/describe-network-interfaces": [
            {**i, "AvailabilityZone": ZONE} for i in copy.deepcopy(interfaces)
        ],
        "aws/ec2/describe-security-groups": [security_group(NODE_SG), security_group(CLUSTER_SG)],
        "aws/ec2/describe-subnets": [subnet("subnet-0a", ZONE), subnet("subnet-0b", OTHER_ZONE)],
        "aws/ec2/describe-placement-groups": [],
        "aws/ec2/describe-capacity-reservations": [],
        "aws/ec2/describe-availability-zones": [
            {"ZoneName": ZONE, "ZoneId": "usw2-az1", "State": "available"},
            {"ZoneName": OTHER_ZONE, "ZoneId": "usw2-az2", "State": "available"},
        ],
        "aws/ec2/describe-instance-types": types,
        "aws/ec2/describe-instance-type-offerings": [
            {
                "InstanceType": t["InstanceType"],
                "Location": zone,
                "LocationType": "availability-zone",
            }
            for t in types
            for zone in (ZONE, OTHER_ZONE)
        ],
        "aws/ec2/describe-launch-template-versions": [
            {
                "LaunchTemplateId": "lt-0system",
                "LaunchTemplateName": "system",
                "VersionNumber": 1,
                "DefaultVersion": True,
                "LaunchTemplateData": {"SecurityGroupIds": [CLUSTER_SG]},
            }
        ],
        "aws/autoscaling/describe-auto-scaling-groups": [
            {
                "AutoScalingGroupName": "eks-system",
                "MinSize": 2,
                "MaxSize": 4,
                "DesiredCapacity": 2,
                "Tags": [{"Key": "eks:nodegroup-name", "Value": "system"}],
            }
        ],
        "aws/eks/describe-cluster": [
            {
                "name": "prod",
                "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/prod",
                "version": "1.36",
                "status": "ACTIVE",
                "resourcesVpcConfig": {"clusterSecurityGroupId": CLUSTER_SG, "vpcId": "vpc-0a"},
                "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
            }
        ],
        "aws/eks/list-nodegroups": [{"name": "system"}],
        "aws/eks/describe-nodegroup": [
            {
                "nodegroupName": "system",
                "clusterName": "prod",
                "status": "ACTIVE",
                "capacityType": "ON_DEMAND",
                "scalingConfig": {"minSize": 2, "maxSize": 4, "desiredSize": 2},
                "instanceTypes": ["m7i.2xlarge"],
                "subnets": ["subnet-0a", "subnet-0b"],
                "amiType": "AL2023_x86_64_STANDARD",
                "nodeRole": GROUP_ROLE,
                "launchTemplate": {"name": "system", "version": "1", "id": "lt-0system"},
                "resources": {"autoScalingGroups": [{"name": "eks-system"}]},
                "health": {"issues": []},
            }
        ],
        "aws/eks/list-access-entries": [{"arn": NODE_ROLE}, {"arn": GROUP_ROLE}],
        "aws/eks/describe-access-entry": [
            {"principalArn": role, "type": "EC2_LINUX", "kubernetesGroups": ["system:nodes"]}
            for role in (NODE_ROLE, GROUP_ROLE)
        ],
        "aws/iam/get-instance-profile": [
            {
                "InstanceProfileName": "prod_karpenter",
                "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/prod_karpenter",
                "Roles": [{"RoleName": "karpenter-node", "Arn": NODE_ROLE}],
            }
        ],
    }
