# ruff: noqa: INP001, T201
"""How fast predictions are, as ratios: seconds depend on the machine, these hardly do.

One pod against 5,000 nodes and their bound pods, conversion and index included, against the
time that ``json.loads`` takes on the lists of those nodes and pods. Ten thousand pending pods
of twenty kinds against twenty pods, one of each kind.

    python benchmarks/scheduling.py [--pods 50000,150000] [--write]

``--write`` puts the table into docs/performance.md.
"""

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from page import write_section

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.prediction import predict, predict_many

Json = dict[str, Any]

NODES = 5_000
WORKLOADS = 40
KINDS = 20
EFA = "vpc.amazonaws.com/efa"
SINCE = "2026-11-20T10:00:00Z"


# ---- a synthetic cluster, as large an object as a real one --------------------


def node(number: int) -> Json:
    efa = number % 10 == 0
    labels = {
        "kubernetes.io/hostname": f"n{number}",
        "topology.kubernetes.io/zone": f"us-west-2{'abc'[number % 3]}",
        "node.kubernetes.io/instance-type": "p5.48xlarge" if efa else "c7i.4xlarge",
        "karpenter.sh/nodepool": "efa" if efa else "cpu",
        **{f"example.com/label-{i}": "some-value" for i in range(20)},
    }
    allocatable = {"cpu": "15890m", "memory": f"{30_000_000 + number % 7}Ki", "pods": "110"}
    if efa:
        allocatable |= {EFA: "32", "nvidia.com/gpu": "8", "hugepages-2Mi": "10Gi"}
    taint = {"key": EFA, "value": "true", "effect": "NoSchedule"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"n{number}",
            "uid": f"{number:032x}",
            "labels": labels,
            "annotations": {f"example.com/annotation-{i}": "x" * 40 for i in range(8)},
        },
        "spec": {"providerID": f"aws:///us-west-2a/i-{number:017x}", "taints": [taint] * efa},
        "status": {
            "capacity": allocatable,
            "allocatable": allocatable,
            "conditions": [condition(t) for t in ("MemoryPressure", "DiskPressure", "Ready")],
            "images": [
                {"names": [f"repo/image{i}@sha256:{i:064x}"], "sizeBytes": i} for i in range(40)
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.2-eks-8f2c6d1", "architecture": "amd64"},
        },
    }


def bound_pod(number: int) -> Json:
    workload = number % WORKLOADS
    resources = {
        "requests": {"cpu": f"{50 + workload}m", "memory": f"{64 + workload}Mi"},
        "limits": {"memory": f"{128 + workload}Mi"},
    }
    volume = f"kube-api-access-{number % 9973:05d}"
    token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    root = {
        "configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"web-{workload}-{number:06x}",
            "namespace": f"team-{workload % 5}",
            "uid": f"{number:032x}",
            "creationTimestamp": SINCE,
            "generation": 1,
            "labels": {"app": f"web-{workload}", "pod-template-hash": f"{workload:010x}"},
            "annotations": {"example.com/checksum": f"{workload:064x}"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"web-{workload}", "uid": "r"}],
        },
        "spec": {
            "nodeName": f"n{number % NODES}",
            "volumes": [{"name": volume, "projected": {"sources": [token, root]}}],
            "containers": [
                {
                    "name": "main",
                    "image": f"repo/web-{workload}:v1",
                    "env": [{"name": f"SETTING_{i}", "value": "some value"} for i in range(10)],
                    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                    "resources": resources,
                    "volumeMounts": [{"name": volume, "mountPath": "/var/run/secrets"}],
                    "livenessProbe": {
                        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                        "timeoutSeconds": 1,
                        "periodSeconds": 10,
                        "successThreshold": 1,
                        "failureThreshold": 3,
                    },
                    "imagePullPolicy": "IfNotPresent",
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                }
            ],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default",
            "securityContext": {},
            "enableServiceLinks": True,
            "preemptionPolicy": "PreemptLowerPriority",
            "tolerations": [
                {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute"}
                for key in ("not-ready", "unreachable")
            ],
            "schedulerName": "default-scheduler",
            "priority": 0,
        },
        "status": {
            "phase": "Running",
            "conditions": [condition(t) for t in ("Initialized", "Ready", "PodScheduled")],
            "hostIP": "10.0.0.1",
            "podIP": "10.1.0.1",
            "podIPs": [{"ip": "10.1.0.1"}],
            "startTime": SINCE,
            "qosClass": "Burstable",
            "containerStatuses": [
                {
                    "name": "main",
                    "state": {"running": {"startedAt": SINCE}},
                    "ready": True,
                    "imageID": f"repo/web@sha256:{workload:064x}",
                    "containerID": f"containerd://{number:064x}",
                    "allocatedResources": resources["requests"],
                    "resources": resources,
                }
            ],
        },
    }


def condition(type_: str) -> Json:
    return {"type": type_, "status": "True", "lastTransitionTime": SINCE, "message": "as expected"}


def pending_pod(number: int) -> Json:
    kind = number % KINDS
    limits = {EFA: str(1 + kind), "nvidia.com/gpu": "8", "cpu": "4", "memory": "16Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"train-{kind}-{number}",
            "namespace": "training",
            "uid": f"pending-{number}",
            "labels": {"job-name": f"train-{kind}", "index": str(number)},
        },
        "spec": {
            "containers": [{"name": "main", "resources": {"requests": limits, "limits": limits}}],
            "nodeSelector": {"karpenter.sh/nodepool": "efa"},
            "tolerations": [{"key": EFA, "operator": "Exists"}],
            "schedulerName": "default-scheduler",
        },
        "status": {"phase": "Pending"},
    }


# ---- measuring ----------------------------------------------------------------


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def one_pod(pods: int) -> tuple[float, float]:
    """Seconds of ``json.loads`` on both lists, and of one prediction from the result."""
    texts = [json.dumps({"items": [make(i) for i in range(n)]})
             for make, n in ((node, NODES), (bound_pod, pods))]  # fmt: skip
    gc.collect()
    lists: list[Json] = []
    loading = seconds(lambda: lists.extend(json.loads(text) for text in texts))
    objects = [item for found in lists for item in found["items"]]

    def judge() -> None:
        predict(Snapshot.from_objects(objects, server_version="v1.36.2"), pending_pod(0))

    return loading, statistics.median(seconds(judge) for _ in range(3))


def many_pods(nodes: int) -> tuple[float, float]:
    """Seconds for one pod of each kind, and for ten thousand, each on a fresh snapshot."""
    objects = [*(node(i) for i in range(nodes)), *(bound_pod(i) for i in range(nodes * 4))]
    few = [pending_pod(i) for i in range(KINDS)]
    many = [pending_pod(i) for i in range(10_000)]

    def judge(pods: list[Json]) -> float:
        return statistics.median(
            seconds(lambda: predict_many(Snapshot.from_objects(objects), pods)) for _ in range(3)
        )

    return judge(few), judge(many)


def table(pod_counts: list[int]) -> str:
    rows = ["| judged | measured against | ratio | aim |", "|---|---|---|---|"]
    for pods in pod_counts:
        loading, judging = one_pod(pods)
        rows.append(
            f"| 1 pod, {NODES:,} nodes, {pods:,} bound pods, from dicts to the answer "
            f"| `json.loads` of their lists | {judging / loading:.3f} | 0.100 |"
        )
    for nodes in (500, NODES):
        few, many = many_pods(nodes)
        rows.append(
            f"| 10,000 pending pods of {KINDS} kinds, {nodes:,} nodes "
            f"| {KINDS} pods, one of each kind | {many / few:.2f} | 3.00 |"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pods", default="50000,150000", help="numbers of bound pods")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args()
    found = table([int(n) for n in options.pods.split(",")])
    print(found)
    if options.write:
        write_section(f"## Scheduling\n\n{INTRODUCTION}\n\n{found}")


INTRODUCTION = """\
`make bench` measures a synthetic cluster (`benchmarks/scheduling.py`); ratios, because seconds
belong to a machine. The cyclic garbage collector is on, as it is by default.

Three things keep it cheap. Bound pods are not decoded: what decides which resources, host
ports and anti-affinity a pod holds is taken out of its JSON, and only the first pod of a shape
is looked at closely. Nodes that no filter can tell apart for a pod are judged once, and so are
pods of equal needs. Collection pauses while the index is built, because each pass over a large
live heap costs more than the index does."""

if __name__ == "__main__":
    main()
