"""What a question makes worth reading."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from efadoctor.collect.aws.pool_types import launchable
from efadoctor.collect.question import Name, demands, nodes_in_question, question_of
from efadoctor.collect.request import Request
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import (
    Container,
    Node,
    NodeStatus,
    ObjectMeta,
    Pod,
    PodSpec,
    Resources,
)

EFA = "vpc.amazonaws.com/efa"


@pytest.mark.parametrize(
    ("subject", "pods", "workloads"),
    [
        ("p", [("here", "p")], []),
        ("there/p", [("there", "p")], []),
        ("job/train", [("job", "train")], [("jobs", "here", "train")]),
        ("Jobs/train", [("Jobs", "train")], [("jobs", "here", "train")]),
        ("sts/db", [("sts", "db")], [("statefulsets", "here", "db")]),
        ("there/job/train", [], [("jobs", "there", "train")]),
        ("there/pod/p", [("there", "p")], []),
        ("pod/p", [("here", "p"), ("pod", "p")], []),
    ],
)
def test_a_subject_is_read_as_diagnosing_reads_it(
    subject: str, pods: list[tuple[str, str]], workloads: list[tuple[str, str, str]]
) -> None:
    found = question_of(Request(subject=subject), "here")
    assert list(found.pods) == [Name(*p) for p in pods]
    assert [(w.source.plural, w.name.namespace, w.name.name) for w in found.workloads] == workloads


@pytest.mark.parametrize(
    ("options", "namespace"),
    [({}, "here"), ({"namespace": "n"}, "n"), ({"all_namespaces": True}, "")],
)
def test_without_a_subject_it_is_about_a_namespace(options: dict[str, Any], namespace: str) -> None:
    found = question_of(Request(**options), "here")
    assert found.is_open
    assert found.namespace == namespace


def node(name: str, kind: str, **allocatable: str) -> Node:
    meta = ObjectMeta(name=name, labels={"node.kubernetes.io/instance-type": kind})
    resources = {"cpu": "8", "memory": "32Gi", **allocatable}
    return Node(metadata=meta, status=NodeStatus(allocatable=resources))


def asking(**requests: str) -> Pod:
    named = {k.replace("efa", EFA).replace("gpu", "nvidia.com/gpu"): v for k, v in requests.items()}
    return Pod(spec=PodSpec(containers=(Container(resources=Resources(requests=named)),)))


@pytest.mark.parametrize(
    ("pod", "names"),
    [
        (asking(cpu="1"), {"web", "bare-efa", "efa", "unknown"}),
        (asking(cpu="9"), set()),
        (asking(efa="1"), {"bare-efa", "efa"}),
        (asking(efa="2", gpu="8"), {"bare-efa"}),
        (asking(efa="99"), set()),
        (asking(**{"no.such/thing": "1"}), {"web", "bare-efa", "efa", "unknown"}),
        (asking(**{"hugepages-2Mi": "1Gi"}), {"web", "bare-efa", "efa", "unknown"}),
    ],
)
def test_nodes_that_could_serve_once_all_is_well_are_in_question(pod: Pod, names: set[str]) -> None:
    nodes = [
        node("web", "m5.large"),
        # its plugin does not run, so it advertises nothing that its type has
        node("bare-efa", "p5.48xlarge"),
        node("efa", "c5n.18xlarge", **{EFA: "1"}),
        node("unknown", "zz9.large"),
    ]
    assert nodes_in_question(nodes, demands([pod])) == names


def pool(*requirements: tuple[str, str, list[str]]) -> NodePool:
    listed = [{"key": k, "operator": o, "values": v} for k, o, v in requirements]
    return msgspec.convert({"spec": {"template": {"spec": {"requirements": listed}}}}, NodePool)


NAMES = ("c5n.18xlarge", "m5.large", "p5.48xlarge", "u-6tb1.metal", "trn1.32xlarge")


@pytest.mark.parametrize(
    ("pools", "left"),
    [
        ([], ()),
        ([pool()], NAMES),
        (
            [pool(("karpenter.k8s.aws/instance-category", "In", ["p", "trn"]))],
            ("p5.48xlarge", "trn1.32xlarge"),
        ),
        (
            [pool(("karpenter.k8s.aws/instance-generation", "Gt", ["4"]))],
            ("c5n.18xlarge", "m5.large", "p5.48xlarge"),
        ),
        (
            [pool(("karpenter.k8s.aws/instance-size", "NotIn", ["large", "metal"]))],
            ("c5n.18xlarge", "p5.48xlarge", "trn1.32xlarge"),
        ),
        (
            [
                pool(("node.kubernetes.io/instance-type", "In", ["m5.large"])),
                pool(("karpenter.k8s.aws/instance-family", "In", ["p5"])),
            ],
            ("m5.large", "p5.48xlarge"),
        ),
        ([pool(("topology.kubernetes.io/zone", "In", ["a"]))], NAMES),
    ],
)
def test_a_pool_leaves_open_the_types_that_its_requirements_do_not_rule_out(
    pools: list[NodePool], left: tuple[str, ...]
) -> None:
    assert launchable(NAMES, pools) == left
