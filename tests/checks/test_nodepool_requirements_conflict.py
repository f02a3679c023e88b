"""EFA204: requirements that exclude each other."""

import pytest
from clusters import Cluster, broken
from faults.provisioning import nodepool_requirements_conflict, requirements, requiring
from questions import causes, one, report, seen, status

CODE = "EFA204"
FAMILY, SIZE = "karpenter.k8s.aws/instance-family", "karpenter.k8s.aws/instance-size"
TYPE, ARCH = "node.kubernetes.io/instance-type", "kubernetes.io/arch"


def with_requirements(*wanted: tuple[str, str]) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        for key, value in wanted:
            requiring(cluster, key, value)

    return broken(fault)


def test_a_family_without_that_size_is_named() -> None:
    assert causes(broken(nodepool_requirements_conflict)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodepool_requirements_conflict))
    assert any("requirements[" in field for field in seen(finding))


@pytest.mark.parametrize(
    "wanted",
    [
        ((FAMILY, "p5"), (ARCH, "arm64")),
        ((TYPE, "p5.48large"),),
        ((FAMILY, "p5"), ("karpenter.k8s.aws/instance-gpu-manufacturer", "amd")),
        ((TYPE, "p5.48xlarge"), ("karpenter.sh/capacity-type", "spot")),
        ((FAMILY, "P5"),),
    ],
)
def test_what_leaves_no_type_is_a_conflict(wanted: tuple[tuple[str, str], ...]) -> None:
    cluster = with_requirements(*wanted)
    if wanted[-1][1] == "spot":
        for type_ in cluster.aws["aws/ec2/describe-instance-types"]:
            type_["SupportedUsageClasses"] = ["on-demand"]
    assert causes(cluster) == [(CODE, "efa")]
    plan = report(cluster).plan
    assert plan is not None
    assert plan.verified is True, plan.why


def test_the_type_that_was_meant_is_let_in_and_proved() -> None:
    found = report(with_requirements((TYPE, "p5.48large")))
    assert "p5.48xlarge" in found.root_causes[0].summary
    assert "p5.48xlarge" in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True


def test_more_different_values_than_there_are_is_a_conflict() -> None:
    cluster = with_requirements((FAMILY, "p5"))
    requirements(cluster)[-1]["minValues"] = 3
    assert "minValues" in one(CODE, cluster).summary or "3 different" in one(CODE, cluster).summary
    assert causes(cluster) == [(CODE, "efa")]
    plan = report(cluster).plan
    assert plan is not None
    assert plan.verified is True, plan.why


@pytest.mark.parametrize(
    "wanted",
    [((FAMILY, "p5"), (SIZE, "48xlarge")), ((TYPE, "p4d.24xlarge"), (ARCH, "amd64"))],
)
def test_requirements_that_agree_are_fine(wanted: tuple[tuple[str, str], ...]) -> None:
    assert status(CODE, with_requirements(*wanted)) == "pass"


def test_a_type_newer_than_what_is_known_is_no_misspelling() -> None:
    cluster = with_requirements((TYPE, "p9.48xlarge"))
    cluster.unread_sources(
        "aws/ec2/describe-instance-types", "aws/ec2/describe-instance-type-offerings"
    )
    assert status(CODE, cluster) == "pass"


def test_a_type_of_a_size_that_no_family_has_is_one_though_ec2_was_not_asked() -> None:
    cluster = with_requirements((TYPE, "p5.48large"))
    cluster.unread_sources(
        "aws/ec2/describe-instance-types", "aws/ec2/describe-instance-type-offerings"
    )
    assert causes(cluster) == [(CODE, "efa")]


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(nodepool_requirements_conflict)
    cluster.unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"
