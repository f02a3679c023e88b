"""The cluster as a whole: reached into by a fault, read into a snapshot."""

from __future__ import annotations

import copy
from collections.abc import Callable

from clusters.account import responses
from clusters.karpenter import nodeclaim, nodeclass, nodepool
from clusters.metadata import meta
from clusters.names import EFA_INSTANCE, EFA_NODE, EFA_PLUGIN, GPU_PLUGIN, NOW, REGION, Json
from clusters.nodes import efa_node, system_nodes
from clusters.workloads import daemon_pod, efa_plugin, gpu_plugin, training_pod
from efadoctor.model.clock import parse_time
from efadoctor.model.decoding import Decoded, convert
from efadoctor.model.facts import AWS_SOURCES, KUBERNETES_SOURCES, AwsSource, KubernetesSource
from efadoctor.model.snapshot import Origin, Snapshot


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


Fault = Callable[[Cluster], object]
"""Changes the cluster; what it gives back is of no use here."""


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
    efa, gpu = efa_plugin(), gpu_plugin()
    cluster.add(*_namespaces(), *system_nodes(), efa_node())
    cluster.add(efa, gpu, daemon_pod(efa, EFA_NODE), daemon_pod(gpu, EFA_NODE))
    cluster.add(nodepool(), nodeclass(), nodeclaim(), training_pod())
    cluster.aws = responses()


def _namespaces() -> list[Json]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name)}
        for name in ("default", "kube-system", "ml")
    ]
