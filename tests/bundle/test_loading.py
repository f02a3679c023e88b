import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from bundle_files import (
    archive,
    folder,
    gap,
    list_of,
    names,
    node,
    pod,
    scenario_bundle,
    scenario_files,
    scenario_names,
    tar_bytes,
)

from efadoctor.bundle import load
from efadoctor.model import aws
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.kubernetes import ConfigMap, Node, Pod


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_read_whole(name: str) -> None:
    snapshot = load(scenario_bundle(name))
    files = scenario_files(name)
    assert snapshot.gaps == ()
    for file, content in files.items():
        if file.startswith("cluster/"):
            source = file.removesuffix(".json")
            views = snapshot.of_source(source) or ()
            items = json.loads(content)["items"]
            assert [v.metadata.name for v in views] == [i["metadata"]["name"] for i in items]
    assert snapshot.now == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert str(snapshot.server_version) == "v1.36.2"
    assert snapshot.origin.kind == "bundle"
    assert snapshot.origin.captured_at == "2026-11-20T09:30:00Z"
    assert snapshot.origin.cluster


def test_a_missing_file_is_not_read_and_an_empty_list_is_read_and_empty(tmp_path: Path) -> None:
    snapshot = load(folder(tmp_path, {"cluster/nodes.json": '{"items": []}'}))
    assert snapshot.was_read(Node)
    assert snapshot.all(Node) == ()
    assert not snapshot.was_read(Pod)
    assert load(folder(tmp_path, {"cluster/pods.json": '{"items": null}'})).was_read_whole(Pod)


@pytest.mark.parametrize(
    ("top", "form"),
    [("", "tar.gz"), ("bundle/", "tar.gz"), ("./x/", "tgz"), ("cluster/", "tar"), ("aws/", "tar")],
)
def test_a_tar_may_have_one_top_folder_of_any_name_or_none(
    tmp_path: Path, top: str, form: str
) -> None:
    files = {
        f"{top}bundle.json": {"cluster": "c"},
        f"{top}cluster/nodes.json": list_of(node("a")),
        f"{top}aws/ec2/describe-subnets.json": {"Subnets": [{"SubnetId": "subnet-1"}]},
    }
    path = tmp_path / f"bundle.{form}"
    if form == "tar":
        path.write_bytes(tar_bytes(files))
    else:
        archive(path, files)
    snapshot = load(path)
    assert snapshot.gaps == ()
    assert snapshot.origin.cluster == "c"
    assert names(snapshot, Node) == ["a"]
    assert len(snapshot.all(aws.Subnet)) == 1


def test_yaml_is_read_wherever_json_is(tmp_path: Path) -> None:
    files = {
        "bundle.yaml": "created: 2026-11-20T09:30:00Z\ncluster: c\n",
        "cluster/nodes.yaml": "apiVersion: v1\nkind: List\nitems:\n- kind: Node\n  apiVersion: v1\n"
        "  metadata: {name: a}\n  spec: {taints: [{key: x, effect: NoSchedule}]}\n",
        "cluster/pods.yml": "kind: Pod\nmetadata: {name: p}\n---\nkind: Pod\nmetadata: {name: q}\n",
        "aws/eks/list-nodegroups.yaml": "nodegroups: [a]\n---\nnodegroups: [b]\n",
    }
    snapshot = load(folder(tmp_path, files))
    assert snapshot.gaps == ()
    assert snapshot.now == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert [t.key for n in snapshot.all(Node) for t in n.spec.taints] == ["x"]
    assert names(snapshot, Pod) == ["p", "q"]
    assert [g.name for g in snapshot.all(aws.NodeGroupName)] == ["a", "b"]


def test_denied_sources_are_gaps_and_their_empty_lists_mean_nothing(tmp_path: Path) -> None:
    denied = [
        {"source": "aws/ec2/describe-placement-groups", "reason": "UnauthorizedOperation"},
        {"source": "cluster/nodes.json", "reason": "forbidden"},
        {"source": "aws/eks/describe-nodegroup", "reason": "AccessDeniedException"},
        {"source": "aws/ssm/get-parameter"},
    ]
    files = {
        "bundle.json": {"schema": "efadoctor.bundle/v1", "denied": denied},
        "cluster/nodes.json": list_of(),
        "aws/eks/describe-nodegroup.json": [{"nodegroup": {"nodegroupName": "a"}}],
    }
    snapshot = load(folder(tmp_path, files))
    status = CoverageStatus.DENIED
    assert gap(snapshot, "aws/ec2/describe-placement-groups") == (
        status,
        "",
        "UnauthorizedOperation",
    )
    assert not snapshot.was_read(Node)
    assert snapshot.was_read(aws.NodeGroup)
    assert not snapshot.was_read_whole(aws.NodeGroup)
    assert gap(snapshot, "aws/ssm/get-parameter") == (status, "", "denied")


def test_ages_are_measured_from_the_newest_time_where_bundle_json_says_none(tmp_path: Path) -> None:
    young = node("b")
    young["metadata"]["creationTimestamp"] = "2026-03-02T01:00:00Z"
    old = node("a")
    old["metadata"]["creationTimestamp"] = "2026-03-01T01:00:00Z"
    snapshot = load(folder(tmp_path, {"cluster/nodes.json": list_of(young, old)}))
    assert snapshot.now == datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_secrets_are_never_opened(tmp_path: Path) -> None:
    files = {"cluster/nodes.json": list_of(), "cluster/secrets.json": "not even JSON"}
    root = folder(tmp_path, files)
    (root / "cluster/secrets.json").chmod(0)
    for path in (root, archive(tmp_path / "b.tgz", files)):
        status, _, reason = gap(load(path), "cluster/secrets.json")
        assert status is CoverageStatus.ABSENT
        assert "never opened" in reason


def test_a_file_that_no_source_is_named_after_is_ignored_and_told(tmp_path: Path) -> None:
    files = {
        "cluster/nodes.json": list_of(),
        "cluster/services.json": list_of({"apiVersion": "v1", "kind": "Service"}),
        "aws/s3/list-buckets.json": {},
        "notes.txt": "x",
        "cluster/._nodes.json": b"\0\5",
    }
    snapshot = load(folder(tmp_path, files))
    told = {g.source: g.status for g in snapshot.gaps}
    assert told == dict.fromkeys(set(files) - {"cluster/nodes.json"}, CoverageStatus.ABSENT)
    assert all(g.reason.startswith("ignored") for g in snapshot.gaps)


def test_text_that_a_terminal_would_obey_is_made_visible_in_one_object_only(tmp_path: Path) -> None:
    bad = pod("p", metadata={"name": "p", "annotations": {"a": "\x1b]52;c;x\x07\u202e"}})
    plain = pod("q", metadata={"name": "q", "annotations": {"a": "naïve 한글 C:\\bin"}})
    files = {"cluster/pods.json": json.dumps(list_of(bad, plain), ensure_ascii=False)}
    files["aws/eks/list-nodegroups.json"] = json.dumps({"nodegroups": ["\x9b2J"]})
    snapshot = load(folder(tmp_path, files))
    read = {p.metadata.name: p.metadata.annotations["a"] for p in snapshot.all(Pod)}
    assert read == {"p": "\\x1b]52;c;x\\x07\\u202e", "q": "naïve 한글 C:\\bin"}
    assert [n.name for n in snapshot.all(aws.NodeGroupName)] == ["\\x9b2J"]


def test_json_and_yaml_of_one_source_are_not_mixed(tmp_path: Path) -> None:
    files = {"cluster/nodes.json": list_of(node("a")), "cluster/nodes.yaml": "items: []"}
    snapshot = load(folder(tmp_path, files))
    assert names(snapshot, Node) == ["a"]
    assert gap(snapshot, "cluster/nodes")[1] == "cluster/nodes.yaml"


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_left_as_it_was(tmp_path: Path, *, enabled: bool) -> None:
    root = folder(tmp_path, {"cluster/nodes.json": "{", "bundle.json": {}})
    try:
        if not enabled:
            gc.disable()
        load(root)
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_a_folder_and_its_tar_give_the_same_snapshot(tmp_path: Path) -> None:
    files = scenario_files("seed-walkthrough")
    unpacked = load(folder(tmp_path / "folder", files))
    packed = load(archive(tmp_path / "b.tar.gz", files))
    assert unpacked.coverage() == packed.coverage()
    assert unpacked.all(Pod) == packed.all(Pod)
    assert msgspec.json.encode(unpacked.all(ConfigMap)) == msgspec.json.encode(
        packed.all(ConfigMap)
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p / "none", "No such file"),
        (lambda p: folder(p / "empty", {}), "not a bundle"),
        (lambda p: folder(p / "photos", {"a.jpg": "x", "sub/b.jpg": "y"}), "not a bundle"),
        (lambda p: folder(p, {"x.tar.gz": "plain text"}) / "x.tar.gz", "not a bundle"),
        (lambda p: folder(p, {"x.tar.gz": b""}) / "x.tar.gz", "not a bundle"),
        (lambda p: archive(p / "e.tgz", {"readme": "x"}), "not a bundle"),
        (lambda _: Path("/dev/null"), "neither a folder nor a file"),
        (lambda _: Path("a\0b"), "null"),
    ],
)
def test_what_is_no_bundle_is_refused_with_one_line(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        load(make(tmp_path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_with_an_escape_sequence_is_shown_inert(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        load(tmp_path / "\x1b[31mred")
    assert "\x1b" not in str(caught.value)
