"""A test pod and a nccl-tests job for a place with EFA, as YAML to look at and apply.

The job is an MPIJob (https://www.kubeflow.org/docs/components/trainer/legacy-v1/user-guides/mpi/);
the image is AWS's build of nccl-tests with libfabric and aws-ofi-nccl
(https://github.com/aws-samples/awsome-distributed-training/tree/main/micro-benchmarks/nccl-tests).
"""

from __future__ import annotations

from typing import Any

from efadoctor.bundle.yaml_writing import as_yaml
from efadoctor.model.edits import plain
from efadoctor.scheduling.names import EFA, GPU
from efadoctor.verify.fitting import HUGE_PAGES, Fit

IMAGE = "public.ecr.aws/hpc-cloud/nccl-tests:latest"
_MIB = 1024 * 1024
_LABEL = "efadoctor-test"
_TEST = "/opt/nccl-tests/build/all_reduce_perf"


def manifests(fit: Fit, *, namespace: str = "default", image: str = IMAGE, workers: int = 2) -> str:
    """YAML documents: a pod that runs ``fi_info``, and an MPIJob where the type has GPUs."""
    documents = [_test_pod(fit, namespace, image)]
    if fit.gpus:
        documents.append(_mpi_job(fit, namespace, image, workers))
    gpus = f"{fit.gpus} GPU{'s' * (fit.gpus != 1)}"
    head = [
        f"# For {fit.where}: {fit.efa} EFA, {gpus} on {fit.instance_type or 'each node'}.",
        "# Look at them, apply them, then: kubectl logs … | efadoctor verify -",
    ]
    if not fit.gpus:
        head.append("# The type has no NVIDIA GPUs, so there is no nccl-tests job.")
    text = (as_yaml(d, width=100) for d in documents)
    return "\n".join(head) + "\n" + "---\n".join(text)


def _test_pod(fit: Fit, namespace: str, image: str) -> dict[str, Any]:
    command = ["fi_info", "-p", "efa", "-t", "FI_EP_RDM"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "efa-test", "namespace": namespace, "labels": {"app": _LABEL}},
        "spec": {"restartPolicy": "Never", **_on_efa_nodes(fit, image, command)},
    }


def _mpi_job(fit: Fit, namespace: str, image: str, workers: int) -> dict[str, Any]:
    worker = {
        "metadata": {"labels": {"app": _LABEL}},
        "spec": {**_on_efa_nodes(fit, image, None), "affinity": _in_one_zone()},
    }
    launcher = {
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "launcher", "image": image, "command": _mpirun(fit, workers)}],
        }
    }
    return {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": {"name": "nccl-test", "namespace": namespace},
        "spec": {
            "slotsPerWorker": fit.gpus,
            "runPolicy": {"cleanPodPolicy": "Running"},
            "mpiReplicaSpecs": {
                "Launcher": {"replicas": 1, "template": launcher},
                "Worker": {"replicas": workers, "template": worker},
            },
        },
    }


def _mpirun(fit: Fit, workers: int) -> list[str]:
    return [
        "mpirun",
        "--allow-run-as-root",
        *("-np", str(fit.gpus * workers), "-N", str(fit.gpus), "--bind-to", "none"),
        *("-x", "LD_LIBRARY_PATH", "-x", "NCCL_DEBUG=INFO"),
        *("--mca", "pml", "^cm,ucx", "--mca", "btl", "tcp,self"),
        *(_TEST, "-b", "8", "-e", "2G", "-f", "2", "-g", "1", "-c", "1", "-n", "20"),
    ]


def _on_efa_nodes(fit: Fit, image: str, command: list[str] | None) -> dict[str, Any]:
    """The part of a pod spec that brings it onto the nodes, with all of a node's devices."""
    amounts: dict[str, Any] = {EFA: fit.efa}
    if fit.gpus:
        amounts[GPU] = fit.gpus
    if fit.huge_pages:
        amounts[HUGE_PAGES] = f"{fit.huge_pages // _MIB}Mi"
        amounts["memory"] = "8Gi"
    container: dict[str, Any] = {
        "name": "test",
        "image": image,
        **({"command": command} if command else {}),
        "resources": {"limits": amounts, "requests": dict(amounts)},
        "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
        "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],  # noqa: S108  (NCCL's shared memory)
    }
    spec: dict[str, Any] = {
        "nodeSelector": dict(fit.selector),
        "tolerations": [plain(t) for t in fit.tolerations],
        "containers": [container],
        "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
    }
    return {key: value for key, value in spec.items() if value}


def _in_one_zone() -> dict[str, Any]:
    """EFA does not cross zones (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html)."""
    term = {
        "labelSelector": {"matchLabels": {"app": _LABEL}},
        "topologyKey": "topology.kubernetes.io/zone",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
