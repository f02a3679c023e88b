"""The table of types, and which facts win.

Numbers: https://karpenter.sh/docs/reference/instance-types/ and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
"""

from typing import Any

import pytest

from efadoctor.model import aws
from efadoctor.model.decoding import convert
from efadoctor.model.facts import SOURCES
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import (
    NEURON,
    efa_types,
    known_types,
    most,
    offered_zones,
    rdma,
    table_date,
    tabled_types,
)
from efadoctor.scheduling.names import EFA, GPU


def snapshot(**responses: Any) -> Snapshot:
    """A snapshot with these EC2 operations answered by lists of items."""
    facts = {}
    for operation, items in responses.items():
        name = f"aws/ec2/{operation.replace('_', '-')}"
        facts[name] = convert(items, SOURCES[name].type, name)
    return Snapshot(facts)


@pytest.mark.parametrize(
    ("name", "interfaces", "cards", "gpus"),
    [
        ("p5.48xlarge", 32, 32, 8),
        ("p5e.48xlarge", 32, 32, 8),
        ("p5en.48xlarge", 16, 16, 8),
        ("p5.4xlarge", 1, 1, 1),
        ("p4d.24xlarge", 4, 4, 8),
        ("p6-b200.48xlarge", 8, 8, 8),
        ("p6-b300.48xlarge", 16, 17, 8),
        ("trn1.32xlarge", 8, 8, 0),
        ("g6e.48xlarge", 4, 4, 8),
        ("g5.48xlarge", 1, 1, 8),
        ("g5.4xlarge", 0, 1, 1),
        ("hpc7a.96xlarge", 2, 2, 0),
        ("c5n.18xlarge", 1, 1, 0),
    ],
)
def test_the_table_knows_efa_interfaces_network_cards_and_gpus(
    name: str, interfaces: int, cards: int, gpus: int
) -> None:
    found = tabled_types()[name]
    assert (found.efa_interfaces, found.network_cards, found.gpus) == (interfaces, cards, gpus)


def test_the_table_is_dated_and_lists_types_with_most_interfaces_first() -> None:
    assert table_date() >= "2026-10"
    found = efa_types()
    assert len(found) > 300
    assert [t.efa_interfaces for t in found] == sorted(
        (t.efa_interfaces for t in found), reverse=True
    )
    assert most(EFA) == 32
    assert most(GPU) == 8
    assert most(NEURON) == 16
    assert most("hugepages-2Mi") == 0


@pytest.mark.parametrize(
    ("name", "read", "write"),
    [
        ("p5.48xlarge", True, True),
        ("p6-b200.48xlarge", True, True),
        ("p4d.24xlarge", True, False),
        ("p4de.24xlarge", True, False),
        ("g5.48xlarge", False, False),
        ("g4dn.8xlarge", False, False),
        ("g6.48xlarge", True, True),
        ("c5n.18xlarge", False, False),
        ("hpc7g.16xlarge", True, False),
        ("c7gn.16xlarge", True, False),
        ("m9g.48xlarge", True, True),
    ],
)
def test_rdma_follows_the_generation_of_the_family(name: str, *, read: bool, write: bool) -> None:
    assert (rdma(name).read, rdma(name).write) == (read, write)


def test_a_type_without_efa_has_no_rdma() -> None:
    assert tabled_types()["g5.xlarge"].rdma is None


NEW = {
    "InstanceType": "p9.48xlarge",
    "VCpuInfo": {"DefaultVCpus": 400},
    "NetworkInfo": {"EfaSupported": True, "EfaInfo": {"MaximumEfaInterfaces": 64}},
}


def test_what_ec2_says_of_a_type_wins_over_the_table() -> None:
    said = {"InstanceType": "p5.48xlarge", "NetworkInfo": {"EfaInfo": {"MaximumEfaInterfaces": 3}}}
    known = known_types(snapshot(describe_instance_types=[said, NEW]))
    assert known["p5.48xlarge"].efa_interfaces == 3
    assert known["p5.48xlarge"].from_ec2
    assert known["p5.48xlarge"].usd_per_hour == tabled_types()["p5.48xlarge"].usd_per_hour
    assert known["p4d.24xlarge"].efa_interfaces == 4
    assert not known["p4d.24xlarge"].from_ec2


def test_a_type_that_only_ec2_knows_counts() -> None:
    asked = snapshot(describe_instance_types=[NEW])
    assert most(EFA, asked) == 64
    assert efa_types(asked)[0].name == "p9.48xlarge"
    assert most(EFA) == 32


def test_zones_are_unknown_until_ec2_was_asked() -> None:
    assert offered_zones(Snapshot.from_objects([]), "p5.48xlarge") is None
    said = [
        {
            "InstanceType": "p5.48xlarge",
            "Location": "us-east-1a",
            "LocationType": "availability-zone",
        },
        {"InstanceType": "p5.48xlarge", "Location": "us-east-1", "LocationType": "region"},
    ]
    asked = snapshot(describe_instance_type_offerings=said)
    assert offered_zones(asked, "p5.48xlarge") == frozenset({"us-east-1a"})
    assert offered_zones(asked, "p4d.24xlarge") == frozenset()


def test_architectures_are_those_of_kubernetes() -> None:
    types = tabled_types().values()
    assert {t.arch for t in types} == {"amd64", "arm64"}
    assert isinstance(next(iter(types)).info, aws.InstanceTypeInfo)
