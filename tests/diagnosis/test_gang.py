"""The gang view: how many pods of an owner wait, and how many could land now."""

from clusters import EFA_NODE, Cluster
from jobs import a_job_of

from efadoctor import diagnose


def test_four_of_six_workers_can_land_where_the_node_has_gpus_for_four() -> None:
    report = diagnose(a_job_of(6, efa=4, gpu=2).snapshot(), "ml/Job/train")
    assert report.gang is not None
    assert (report.gang.pods, report.gang.bound, report.gang.pending) == (6, 0, 6)
    assert report.gang.can_land == 4
    assert report.to_dict()["gang"] == {"pods": 6, "bound": 0, "pending": 6, "can_land": 4}


def test_workers_that_keep_each_other_off_count_once_a_node() -> None:
    cluster = a_job_of(6, efa=1, gpu=1)
    for pod in [o for o in cluster.objects if o["metadata"]["name"].startswith("train-")]:
        port = {"containerPort": 2222, "hostPort": 2222}
        pod["spec"]["containers"][0]["ports"] = [port]
    report = diagnose(cluster.snapshot(), "ml/Job/train")
    assert report.gang is not None
    assert report.gang.can_land == 1


def test_what_runs_already_takes_its_room() -> None:
    cluster = a_job_of(4, efa=4, gpu=2)
    running = cluster.get("Pod", "train-0")
    running["spec"]["nodeName"] = EFA_NODE
    running["status"]["phase"] = "Running"
    report = diagnose(cluster.snapshot(), "ml/Job/train")
    assert report.gang is not None
    assert (report.gang.bound, report.gang.pending, report.gang.can_land) == (1, 3, 3)


def test_a_pod_without_an_owner_is_no_gang() -> None:
    assert diagnose(Cluster().snapshot(), "ml/trainer").gang is None
