"""What is wrong with one file costs that file at most, and is told with its place."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from bundle_files import (
    GOOD,
    folder,
    list_of,
    node,
    pod,
    told,
)

from efadoctor.bundle import limits, load
from efadoctor.model import aws
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.kubernetes import Node, Workload

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ('{"items": [\n{"metadata": {"name": "a"}', ": line 2, column 27", "truncated"),
        ("", "", "empty"),
        (" \n\t", "", "empty"),
        (b'{"items": [],\n"x": "\xff"}', ": line 2, column 7", "not UTF-8"),
        (b'{"items": [],\n"\xc3\xa9": "\xff"}', ": line 2, column 7", "not UTF-8"),
        ('{"items": []}'.encode("utf-16"), ": byte 0", "UTF-16"),
        ("error: You must be logged in", ": line 1, column 1", "not JSON"),
        ('{"items": [], "x": NaN}', ": line 1, column 20", "not JSON"),
        ('{"items": [], "x": -Infinity}', ": line 1, column 21", "not JSON"),
        ('{"items": []} {"items": []}', ": line 1, column 15", "not JSON"),
        (list_of(pod("p"), pod("q")), ": p", "none of its 2 objects can be used"),
        ({"kind": "PodList", "items": []}, "", "PodList, where a list of Node belongs"),
        (pod("p"), "", "Pod, where a list of Node belongs"),
        ({"kind": "Table", "rows": []}, "", "Table"),
        ({}, "", "something without kind and items"),
        ([], "", "not of its kind"),
        ("3", "", "not of its kind"),
        ({"items": {"a": 1}}, "", "not of its kind"),
        ({"kind": 5, "items": []}, "", "not of its kind"),
        ('{"items": [{"x": ' + DEEP + "}]}", ": line 1, column 915", "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, content: Any, place: str, reason: str
) -> None:
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content}))
    ((where, why),) = told(snapshot)
    assert where == f"cluster/nodes.json{place}"
    assert reason in why
    assert not snapshot.was_read(Node)


def test_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"items": []}'
    assert load(folder(tmp_path, {"cluster/nodes.json": content})).was_read(Node)


def test_a_saved_refusal_of_the_api_server_means_denied(tmp_path: Path) -> None:
    status = {"kind": "Status", "status": "Failure", "reason": "Forbidden", "message": "no"}
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.json": status}))
    (gap,) = snapshot.gaps
    assert (gap.status, gap.reason) == (CoverageStatus.DENIED, "no")


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ("text", "items[1]"),
        (None, "items[1]"),
        ({}, "items[1]"),
        ({"metadata": {}}, "items[1]"),
        ({"metadata": {"name": 5}}, "5"),
        (node("bad", spec={"taints": [{"key": 3}]}), "bad"),
        (pod("stray"), "stray"),
        ({**node("bad"), "apiVersion": "example.com/v1"}, "bad"),
    ],
)
def test_one_bad_object_costs_itself_only(tmp_path: Path, item: Any, place: str) -> None:
    content = list_of(node("a"), item, node("b"))
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content}))
    assert [n.metadata.name for n in snapshot.all(Node)] == ["a", "b"]
    ((where, _),) = told(snapshot)
    assert where == place


def test_half_a_character_is_made_visible(tmp_path: Path) -> None:
    content = '{"items": [{"metadata": {"name": "a", "labels": {"x": "\\ud83d\\\\ud83d\\ud83d\\ude00"}}}]}'
    snapshot = load(folder(tmp_path, {"cluster/nodes.json": content}))
    assert snapshot.all(Node)[0].metadata.labels == {"x": "\\ud83d\\ud83d\U0001f600"}


def test_many_bad_objects_are_counted_not_listed(tmp_path: Path) -> None:
    content = list_of(node("a"), *({"metadata": {}} for _ in range(500)))
    gaps = told(load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content})))
    assert len(gaps) == limits.MAX_GAPS + 1
    assert gaps[-1][1] == "450 more objects like these"


def test_free_form_parts_nested_beyond_reason_are_left_out(tmp_path: Path) -> None:
    deep = '{"a":' * 300 + "1" + "}" * 300
    items = [
        f'{{"metadata": {{"name": "{n}"}}, "spec": {s}}}' for n, s in (("a", deep), ("b", "{}"))
    ]
    content = f'{{"items": [{",".join(items)}]}}'
    snapshot = load(folder(tmp_path, {"cluster/jobs.batch.json": content}))
    assert [w.metadata.name for w in snapshot.all(Workload)] == ["b"]
    assert snapshot.gaps[0].place == "a"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"Vpcs": []}, "no Subnets"),
        ([{"Subnets": [{"SubnetId": "subnet-1"}]}, {"Vpcs": []}], "no Subnets"),
        ([{"SubnetId": "subnet-1"}], "no Subnets"),
        ({"Subnets": 3}, "Expected `object`, got `int`"),
        ({"Subnets": ["subnet-1"]}, "Expected `object`, got `str`"),
        ({"Subnets": [{"AvailabilityZone": "a"}]}, "has no name"),
        ("An error occurred (UnauthorizedOperation)", "not JSON"),
    ],
)
def test_an_aws_file_that_is_not_of_its_kind_is_told(
    tmp_path: Path, content: Any, reason: str
) -> None:
    snapshot = load(folder(tmp_path, {**GOOD, "aws/ec2/describe-subnets.json": content}))
    ((_, why),) = told(snapshot, "aws/ec2/describe-subnets")
    assert reason in why
    assert snapshot.was_read(aws.Subnet) == (len(snapshot.all(aws.Subnet)) > 0)


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("[1]", "", "not of its kind"),
        ('{"cluster": "c", "created": "yesterday"}', "created", "not a time"),
        ('{"cluster": "c", "schema": "efadoctor.bundle/v9"}', "schema", "not known"),
        ('{"cluster": "c", "denied": [{"reason": "x"}]}', "denied[0]", "names no source"),
        ('{"cluster": "c", "partial": "cluster/pods"}', "partial", "not a list"),
        ('{"cluster": "c", "region": 7}', "region", "not a text"),
        ('{"clus', "", "truncated"),
    ],
)
def test_a_wrong_field_of_bundle_json_costs_itself_only(
    tmp_path: Path, content: str, place: str, reason: str
) -> None:
    snapshot = load(folder(tmp_path, {**GOOD, "bundle.json": content}))
    ((where, why),) = told(snapshot, "bundle.json")
    assert place in where
    assert reason in why
    assert (snapshot.origin.cluster == "c") == ('"c"' in content)


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    root = folder(tmp_path, GOOD)
    with (root / "cluster/nodes.json").open("wb") as file:
        file.truncate(2_000_000_000)
    started = time.monotonic()
    ((where, why),) = told(load(root))
    assert time.monotonic() - started < 1
    assert where == "cluster/nodes.json"
    assert why == "2,000 MB is more than is read (1,611 MB)"


def test_links_and_pipes_in_a_folder_are_never_followed(tmp_path: Path) -> None:
    root = folder(tmp_path / "b", GOOD)
    os.mkfifo(root / "cluster/nodes.json")
    (root / "cluster/events.json").symlink_to("/etc/passwd")
    (root / "aws").symlink_to(tmp_path)
    snapshot = load(root)
    assert told(snapshot) == [("cluster/nodes.json", "not a regular file")]
    assert "symbolic link" in told(snapshot, "cluster/events")[0][1]
    assert "symbolic link" in told(snapshot, "aws")[0][1]
