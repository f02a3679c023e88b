"""``instance-types``: from the shipped table, or as EC2 said in a bundle."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Command


def row(text: str, name: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.startswith(name + " "))


def test_a_type_has_its_interfaces_cards_gpus_and_rdma(run: Command) -> None:
    assert row(run("instance-types").out, "p5.48xlarge")[:6] == [
        "p5.48xlarge",
        "32",
        "32",
        "8",
        "yes",
        "yes",
    ]


def test_gpu_leaves_out_types_without(run: Command) -> None:
    everything, gpus = run("instance-types").out, run("instance-types", "--gpu").out
    assert "c5n.18xlarge" in everything
    assert "c5n.18xlarge" not in gpus


def test_zones_are_those_that_ec2_named(run: Command, bundle: Path) -> None:
    ended = run("instance-types", "--bundle", bundle)
    assert any(word.startswith("ap-northeast-2") for word in ended.out.split())
    assert "not asked" in run("instance-types").out


def test_the_table_s_age_is_said_on_standard_error(run: Command) -> None:
    assert "that ships with efadoctor" in run("instance-types").err
