"""Files as lists of objects: which forms they have, and which of several objects counts."""

from pathlib import Path
from typing import Any

import pytest
from bundle_files import (
    folder,
    gap,
    list_of,
    names,
    node,
    pod,
)

from efadoctor.bundle import load
from efadoctor.model import aws
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import DaemonSet, Node, Pod, Workload
from efadoctor.model.snapshot import Partial


@pytest.mark.parametrize(
    "content",
    [
        list_of(node("a")),
        {"kind": "NodeList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]},
        {"items": [{"metadata": {"name": "a"}}]},
        node("a"),
        {"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "a"}, "status": None}]},
    ],
)
def test_a_list_of_any_form_gives_objects_that_know_their_kind(
    tmp_path: Path, content: Any
) -> None:
    snapshot = load(folder(tmp_path, {"cluster/nodes.json": content}))
    found = snapshot.get(Node, "a")
    assert found is not None
    assert (found.api_version, found.kind) == ("v1", "Node")
    assert snapshot.gaps == ()


def test_items_of_a_typed_list_take_its_version(tmp_path: Path) -> None:
    pools = {"kind": "NodePoolList", "apiVersion": "karpenter.sh/v1beta1"}
    content = {**pools, "items": [{"metadata": {"name": "efa"}}]}
    snapshot = load(folder(tmp_path, {"cluster/nodepools.karpenter.sh.json": content}))
    assert [p.api_version for p in snapshot.all(NodePool)] == ["karpenter.sh/v1beta1"]


def test_a_plural_without_its_group_is_known_too(tmp_path: Path) -> None:
    content = {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "d"}}
    snapshot = load(folder(tmp_path, {"cluster/daemonsets.json": content}))
    assert names(snapshot, DaemonSet) == ["d"]


def test_an_aws_file_that_is_a_list_of_responses_gives_the_items_of_all_of_them(
    tmp_path: Path,
) -> None:
    one = {"nodegroup": {"nodegroupName": "a"}}
    files = {
        "aws/eks/describe-nodegroup.json": [one, {"nodegroup": {"nodegroupName": "b"}}],
        "aws/ec2/describe-subnets.json": [
            {"Subnets": [{"SubnetId": "subnet-1"}], "NextToken": "more"},
            {"Subnets": [{"SubnetId": "subnet-2"}, {"SubnetId": "subnet-3"}]},
        ],
        "aws/eks/list-nodegroups.json": [{"nodegroups": ["a"]}, {"nodegroups": ["b", "c"]}],
        "aws/eks/list-access-entries.json": {"accessEntries": ["arn:aws:iam::1:role/x"]},
        "aws/eks/describe-cluster.json": {"cluster": {"name": "c"}},
    }
    snapshot = load(folder(tmp_path, files))
    assert [g.nodegroup_name for g in snapshot.all(aws.NodeGroup)] == ["a", "b"]
    assert [s.subnet_id for s in snapshot.all(aws.Subnet)] == ["subnet-1", "subnet-2", "subnet-3"]
    assert [n.name for n in snapshot.all(aws.NodeGroupName)] == ["a", "b", "c"]
    assert [a.arn for a in snapshot.all(aws.AccessEntryArn)] == ["arn:aws:iam::1:role/x"]
    assert [c.name for c in snapshot.all(aws.Cluster)] == ["c"]
    assert snapshot.gaps == ()
    assert snapshot.partial == ()


def test_a_list_that_was_read_in_part_is_so_declared(tmp_path: Path) -> None:
    partial = [{"source": "cluster/pods", "field_selector": "spec.nodeName=a"}]
    files = {"bundle.json": {"partial": partial}, "cluster/pods.json": list_of(pod("p"))}
    snapshot = load(folder(tmp_path, files))
    assert snapshot.partial == (Partial(source="cluster/pods", field_selector="spec.nodeName=a"),)
    assert snapshot.was_read(Pod)
    assert not snapshot.was_read_whole(Pod)


@pytest.mark.parametrize(
    ("file", "content", "type_"),
    [
        ("cluster/pods.json", {**list_of(pod("p")), "metadata": {"continue": "abc"}}, Pod),
        ("aws/ec2/describe-subnets.json", {"Subnets": [], "NextToken": "abc"}, aws.Subnet),
        (
            "aws/eks/list-nodegroups.json",
            {"nodegroups": ["a"], "nextToken": "x"},
            aws.NodeGroupName,
        ),
    ],
)
def test_a_list_whose_server_held_more_pages_was_read_in_part(
    tmp_path: Path, file: str, content: Any, type_: type[object]
) -> None:
    snapshot = load(folder(tmp_path, {file: content}))
    assert snapshot.was_read(type_)
    assert not snapshot.was_read_whole(type_)


def test_workloads_are_found_in_files_of_any_name(tmp_path: Path) -> None:
    job = {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "train"}}
    files = {"cluster/everything.json": list_of(job, pod("p")), "cluster/nodes.json": list_of()}
    snapshot = load(folder(tmp_path, files))
    assert names(snapshot, Workload) == ["train"]
    assert not snapshot.was_read_whole(Workload)
    assert not snapshot.was_read(Pod)


def test_explicit_nulls_are_as_good_as_nothing(tmp_path: Path) -> None:
    spec = {"containers": [{"name": "c", "resources": None, "ports": None}], "nodeName": None}
    snapshot = load(folder(tmp_path, {"cluster/pods.json": list_of(pod("p", spec=spec))}))
    assert snapshot.gaps == ()
    assert [c.name for p in snapshot.all(Pod) for c in p.spec.containers] == ["c"]


def test_the_second_object_of_a_name_is_left_out_and_told(tmp_path: Path) -> None:
    twice = list_of(pod("p", status={"phase": "Pending"}), pod("p"), pod("p", "other"))
    snapshot = load(folder(tmp_path, {"cluster/pods.json": twice}))
    assert [(p.metadata.namespace, p.status.phase) for p in snapshot.all(Pod)] == [
        ("default", "Pending"),
        ("other", ""),
    ]
    assert gap(snapshot, "cluster/pods")[1] == "default/p"


def test_versions_of_one_launch_template_are_no_duplicates(tmp_path: Path) -> None:
    versions = [{"LaunchTemplateId": "lt-1", "VersionNumber": n} for n in (1, 2, 2)]
    content = {"LaunchTemplateVersions": versions}
    snapshot = load(folder(tmp_path, {"aws/ec2/describe-launch-template-versions.json": content}))
    assert [v.version_number for v in snapshot.all(aws.LaunchTemplateVersion)] == [1, 2]


def test_a_key_that_occurs_twice_counts_where_it_stands_last(tmp_path: Path) -> None:
    content = '{"items": [{"metadata": {"name": "a", "name": "b"}}]}'
    assert names(load(folder(tmp_path, {"cluster/nodes.json": content})), Node) == ["b"]
