"""What a pod asks for.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/resource/helpers.go
https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/753-sidecar-containers
https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from clusters.names import Json

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.requests import pod_requests


def container(
    name: str = "c", *, restart: str | None = None, limits: Json | None = None, **requests: str
) -> Json:
    more = {"restartPolicy": restart} if restart else {}
    resources = {"requests": requests} | ({"limits": limits} if limits else {})
    return {"name": name, "resources": resources, **more}


def requests(
    *containers: Json, init: Sequence[Json] = (), status: Json | None = None, **spec: Any
) -> dict[str, int]:
    pod = {"spec": {"containers": containers, "initContainers": init, **spec}}
    return dict(pod_requests(msgspec.convert(pod | {"status": status or {}}, Pod)))


def test_containers_add_up_and_are_rounded_once() -> None:
    # each rounds to a thousandth (500m + 500m of a byte), their sum to a whole byte
    found = requests(container(cpu="0.5", memory="0.5"), container(cpu="1m", memory="0.5"))
    assert found == {"cpu": 501, "memory": 1}


def test_the_largest_init_container_counts_where_it_needs_more() -> None:
    found = requests(
        container(cpu="1", memory="2Gi"),
        init=[container(cpu="3", memory="1Gi"), container(cpu="2")],
    )
    assert found == {"cpu": 3000, "memory": 2 * 2**30}


def test_a_sidecar_counts_beside_the_containers_and_beside_later_init_containers() -> None:
    sidecar = container(restart="Always", cpu="1")
    assert requests(container(cpu="1"), init=[sidecar, container(cpu="3")]) == {"cpu": 4000}
    assert requests(container(cpu="1"), init=[container(cpu="3"), sidecar]) == {"cpu": 3000}
    assert requests(container(cpu="5"), init=[sidecar, container(cpu="3")]) == {"cpu": 6000}


def test_overhead_is_added_at_the_end() -> None:
    found = requests(container(cpu="1"), init=[container(cpu="2")], overhead={"cpu": "250m"})
    assert found == {"cpu": 2250}


def test_a_limit_alone_is_a_request_as_the_api_server_would_write_it() -> None:
    found = requests(container(limits={"vpc.amazonaws.com/efa": 4, "cpu": "2"}, cpu="1"))
    assert found == {"vpc.amazonaws.com/efa": 4, "cpu": 1000}


def test_pod_level_requests_stand_in_for_the_sum() -> None:
    gpu: Json = {"nvidia.com/gpu": "1"}
    found = requests(
        container(cpu="1", memory="1Gi", **gpu),
        resources={"requests": {"cpu": "4"}},
    )
    assert found == {"cpu": 4000, "memory": 2**30, "nvidia.com/gpu": 1}


def test_pod_level_requests_default_from_containers_then_from_pod_level_limits() -> None:
    limits = {"cpu": "8", "memory": "4Gi"}
    assert requests(container(cpu="1"), resources={"limits": limits}) == {
        "cpu": 1000,
        "memory": 4 * 2**30,
    }


def test_pod_level_huge_pages_default_from_the_containers_limits() -> None:
    pages = {"hugepages-2Mi": "64Mi"}
    found = requests(
        container(limits=pages), container(limits=pages), resources={"requests": {"cpu": "1"}}
    )
    assert found == {"hugepages-2Mi": 128 * 2**20, "cpu": 1000}


@pytest.mark.parametrize(
    ("conditions", "cpu"),
    [((), 4000), (({"type": "PodResizePending", "reason": "Infeasible"},), 2000)],
)
def test_a_resized_container_holds_the_larger_of_wanted_and_given(
    conditions: tuple[Json, ...], cpu: int
) -> None:
    status = {
        "conditions": conditions,
        "containerStatuses": [
            {
                "name": "c",
                "resources": {"requests": {"cpu": "1"}},
                "allocatedResources": {"cpu": "2"},
            }
        ],
    }
    assert requests(container(cpu="4"), status=status) == {"cpu": cpu}


def test_a_container_without_resources_in_its_status_counts_as_written() -> None:
    status = {"containerStatuses": [{"name": "c", "allocatedResources": {"cpu": "2"}}]}
    assert requests(container(cpu="1"), status=status) == {"cpu": 1000}


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": [container(cpu="1x")]}, r"spec.containers\[0\].resources.requests\[cpu\]"),
        (
            {"initContainers": [container(cpu="1x")]},
            r"spec.initContainers\[0\].resources.requests\[cpu\]",
        ),
        ({"overhead": {"cpu": "1x"}}, r"spec.overhead\[cpu\]"),
    ],
)
def test_an_invalid_quantity_names_its_field(spec: Json, field: str) -> None:
    with pytest.raises(InvalidQuantityError, match=field + ": '1x' is not a quantity"):
        pod_requests(msgspec.convert({"spec": spec}, Pod))
