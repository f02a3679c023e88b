"""A job of very many pods: beyond some a fix touches the one asked about, and says of how many."""

import pytest
from jobs import a_job_of

from efadoctor import diagnose
from efadoctor.model.finding import Finding


def cause_of(workers: int) -> Finding:
    cluster = a_job_of(workers, efa=4, gpu=2)
    for pod in [o for o in cluster.objects if o["metadata"]["name"].startswith("train-")]:
        pod["spec"]["tolerations"].pop(0)
    (cause,) = diagnose(cluster.snapshot(), "ml/Job/train").root_causes
    return cause


@pytest.mark.parametrize(("workers", "touched"), [(64, 64), (80, 1)])
def test_of_many_pods_that_wait_alike_so_many_are_patched(workers: int, touched: int) -> None:
    fix = cause_of(workers).fixes[0]
    assert len(fix.edits) == touched
    assert fix.verified is True


def test_the_pods_that_are_left_are_counted() -> None:
    assert "1 of 80 pods that wait alike; 79 more" in cause_of(80).fixes[0].warning


def test_where_all_are_patched_nothing_is_said() -> None:
    assert "wait alike" not in cause_of(64).fixes[0].warning
