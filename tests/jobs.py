"""A job of several workers, for tests of what concerns all of them."""

import copy

from clusters import Cluster, meta

JOB = {"apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": "job", "controller": True}


def a_job_of(workers: int, efa: int, gpu: int) -> Cluster:
    cluster = Cluster()
    pod = cluster.pod
    cluster.remove("Pod", "trainer")
    for amounts in pod["spec"]["containers"][0]["resources"].values():
        amounts |= {"vpc.amazonaws.com/efa": str(efa), "nvidia.com/gpu": str(gpu)}
    for number in range(workers):
        worker = copy.deepcopy(pod)
        worker["metadata"] |= {"name": f"train-{number}", "uid": f"w{number}"}
        worker["metadata"]["ownerReferences"] = [JOB]
        cluster.add(worker)
    template = {"spec": copy.deepcopy(pod["spec"])}
    cluster.add(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": meta("train", "ml", uid="job"),
            "spec": {"template": template},
        }
    )
    return cluster
