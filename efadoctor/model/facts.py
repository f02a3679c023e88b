"""Which facts exist, and where each comes from.

A fact is named by its type: ``Node`` are the nodes, ``SecurityGroup`` the security groups.
Its source is its file in a bundle (``cluster/nodes``, ``aws/ec2/describe-security-groups``)
and what a collector asks for; docs/bundle.md has the layout.
"""

from typing import Any

import msgspec

from efadoctor.model import aws, karpenter, kubernetes


class KubernetesSource(msgspec.Struct, frozen=True):
    """A list of one Kubernetes kind."""

    type: type[Any]
    plural: str
    group: str
    version: str
    kind: str
    namespaced: bool = True

    @property
    def name(self) -> str:
        return f"cluster/{self.plural}.{self.group}" if self.group else f"cluster/{self.plural}"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class AwsSource(msgspec.Struct, frozen=True):
    """One AWS operation; ``path`` leads from a response to its items."""

    type: type[Any]
    service: str
    operation: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"aws/{self.service}/{self.operation}"


def _core(type_: type[Any], plural: str, kind: str, *, namespaced: bool = True) -> KubernetesSource:
    return KubernetesSource(type_, plural, "", "v1", kind, namespaced)


def _of(
    type_: type[Any], plural: str, group_version: str, kind: str, *, namespaced: bool = True
) -> KubernetesSource:
    group, version = group_version.rsplit("/", 1)
    return KubernetesSource(type_, plural, group, version, kind, namespaced)


_W = kubernetes.Workload

KUBERNETES_SOURCES: tuple[KubernetesSource, ...] = (
    _core(kubernetes.Node, "nodes", "Node", namespaced=False),
    _core(kubernetes.Pod, "pods", "Pod"),
    _core(kubernetes.Event, "events", "Event"),
    _core(kubernetes.Namespace, "namespaces", "Namespace", namespaced=False),
    _core(kubernetes.ConfigMap, "configmaps", "ConfigMap"),
    _core(kubernetes.ResourceQuota, "resourcequotas", "ResourceQuota"),
    _core(kubernetes.PersistentVolume, "persistentvolumes", "PersistentVolume", namespaced=False),
    _core(kubernetes.PersistentVolumeClaim, "persistentvolumeclaims", "PersistentVolumeClaim"),
    _of(
        kubernetes.StorageClass,
        "storageclasses",
        "storage.k8s.io/v1",
        "StorageClass",
        namespaced=False,
    ),
    _of(kubernetes.CSINode, "csinodes", "storage.k8s.io/v1", "CSINode", namespaced=False),
    _of(kubernetes.CSIDriver, "csidrivers", "storage.k8s.io/v1", "CSIDriver", namespaced=False),
    _of(
        kubernetes.CSIStorageCapacity,
        "csistoragecapacities",
        "storage.k8s.io/v1",
        "CSIStorageCapacity",
    ),
    _of(
        kubernetes.VolumeAttachment,
        "volumeattachments",
        "storage.k8s.io/v1",
        "VolumeAttachment",
        namespaced=False,
    ),
    _of(
        kubernetes.PriorityClass,
        "priorityclasses",
        "scheduling.k8s.io/v1",
        "PriorityClass",
        namespaced=False,
    ),
    _of(
        kubernetes.DeviceClass,
        "deviceclasses",
        "resource.k8s.io/v1",
        "DeviceClass",
        namespaced=False,
    ),
    _of(
        kubernetes.ResourceSlice,
        "resourceslices",
        "resource.k8s.io/v1",
        "ResourceSlice",
        namespaced=False,
    ),
    _of(kubernetes.ResourceClaim, "resourceclaims", "resource.k8s.io/v1", "ResourceClaim"),
    _of(
        kubernetes.ResourceClaimTemplate,
        "resourceclaimtemplates",
        "resource.k8s.io/v1",
        "ResourceClaimTemplate",
    ),
    _of(kubernetes.DaemonSet, "daemonsets", "apps/v1", "DaemonSet"),
    _of(_W, "deployments", "apps/v1", "Deployment"),
    _of(_W, "replicasets", "apps/v1", "ReplicaSet"),
    _of(_W, "statefulsets", "apps/v1", "StatefulSet"),
    _of(_W, "jobs", "batch/v1", "Job"),
    _of(_W, "cronjobs", "batch/v1", "CronJob"),
    _of(_W, "jobsets", "jobset.x-k8s.io/v1alpha2", "JobSet"),
    _of(_W, "mpijobs", "kubeflow.org/v2beta1", "MPIJob"),
    _of(_W, "pytorchjobs", "kubeflow.org/v1", "PyTorchJob"),
    _of(_W, "trainjobs", "trainer.kubeflow.org/v1alpha1", "TrainJob"),
    _of(_W, "rayclusters", "ray.io/v1", "RayCluster"),
    _of(_W, "rayjobs", "ray.io/v1", "RayJob"),
    _of(_W, "leaderworkersets", "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"),
    _of(karpenter.NodePool, "nodepools", "karpenter.sh/v1", "NodePool", namespaced=False),
    _of(karpenter.NodeClaim, "nodeclaims", "karpenter.sh/v1", "NodeClaim", namespaced=False),
    _of(
        karpenter.EC2NodeClass,
        "ec2nodeclasses",
        "karpenter.k8s.aws/v1",
        "EC2NodeClass",
        namespaced=False,
    ),
    _of(
        karpenter.CustomResourceDefinition,
        "customresourcedefinitions",
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        namespaced=False,
    ),
)

AWS_SOURCES: tuple[AwsSource, ...] = (
    AwsSource(aws.Reservation, "ec2", "describe-instances", ("Reservations",)),
    AwsSource(aws.NetworkInterface, "ec2", "describe-network-interfaces", ("NetworkInterfaces",)),
    AwsSource(aws.SecurityGroup, "ec2", "describe-security-groups", ("SecurityGroups",)),
    AwsSource(
        aws.SecurityGroupRule, "ec2", "describe-security-group-rules", ("SecurityGroupRules",)
    ),
    AwsSource(aws.Subnet, "ec2", "describe-subnets", ("Subnets",)),
    AwsSource(aws.PlacementGroup, "ec2", "describe-placement-groups", ("PlacementGroups",)),
    AwsSource(
        aws.CapacityReservation, "ec2", "describe-capacity-reservations", ("CapacityReservations",)
    ),
    AwsSource(aws.AvailabilityZone, "ec2", "describe-availability-zones", ("AvailabilityZones",)),
    AwsSource(aws.InstanceTypeInfo, "ec2", "describe-instance-types", ("InstanceTypes",)),
    AwsSource(
        aws.InstanceTypeOffering,
        "ec2",
        "describe-instance-type-offerings",
        ("InstanceTypeOfferings",),
    ),
    AwsSource(
        aws.LaunchTemplateVersion,
        "ec2",
        "describe-launch-template-versions",
        ("LaunchTemplateVersions",),
    ),
    AwsSource(
        aws.AutoScalingGroup, "autoscaling", "describe-auto-scaling-groups", ("AutoScalingGroups",)
    ),
    AwsSource(aws.ScalingActivity, "autoscaling", "describe-scaling-activities", ("Activities",)),
    AwsSource(aws.InstanceProfile, "iam", "get-instance-profile", ("InstanceProfile",)),
    AwsSource(aws.Cluster, "eks", "describe-cluster", ("cluster",)),
    AwsSource(aws.NodeGroup, "eks", "describe-nodegroup", ("nodegroup",)),
    AwsSource(aws.NodeGroupName, "eks", "list-nodegroups", ("nodegroups",)),
    AwsSource(aws.AccessEntry, "eks", "describe-access-entry", ("accessEntry",)),
    AwsSource(aws.AccessEntryArn, "eks", "list-access-entries", ("accessEntries",)),
)

Source = KubernetesSource | AwsSource

SOURCES: dict[str, Source] = {
    **{s.name: s for s in KUBERNETES_SOURCES},
    **{s.name: s for s in AWS_SOURCES},
}


def kubernetes_source(group: str, kind: str) -> KubernetesSource | None:
    """The source that lists objects of this API group and kind, of whatever version."""
    return _BY_GROUP_KIND.get((group, kind))


def sources_of(type_: type[Any]) -> tuple[Source, ...]:
    """Every source that yields facts of this type."""
    return _BY_TYPE.get(type_, ())


_BY_TYPE: dict[type[Any], tuple[Source, ...]] = {
    t: tuple(s for s in SOURCES.values() if s.type is t) for t in {s.type for s in SOURCES.values()}
}
_BY_GROUP_KIND = {(s.group, s.kind): s for s in KUBERNETES_SOURCES}
