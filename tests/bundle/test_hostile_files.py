"""What is wrong with one file costs that file at most, and is told with its place."""

import contextlib
import gzip
import io
import os
import tarfile
import time

import pytest
from bundle_files import (
    archive,
    folder,
    list_of,
    node,
    pod,
    scenario_bundle,
    scenario_files,
    tar_bytes,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efadoctor.bundle import limits, load
from efadoctor.model import aws
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.facts import CoverageStatus
from efadoctor.model.kubernetes import Node, Pod, Workload

GOOD = {"cluster/pods.json": list_of(pod("p"))}
DEEP = "[" * 100_000 + "]" * 100_000


def told(snapshot, source="cluster/nodes"):
    assert [p.metadata.name for p in snapshot.all(Pod)] == ["p"]
    return [(g.place, g.reason) for g in snapshot.gaps if g.source == source]


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
def test_a_file_that_cannot_be_used_is_told_with_its_place(tmp_path, content, place, reason):
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content}))
    ((where, why),) = told(snapshot)
    assert where == f"cluster/nodes.json{place}"
    assert reason in why
    assert not snapshot.was_read(Node)


def test_a_byte_order_mark_is_no_damage(tmp_path):
    content = b'\xef\xbb\xbf{"items": []}'
    assert load(folder(tmp_path, {"cluster/nodes.json": content})).was_read(Node)


def test_a_saved_refusal_of_the_api_server_means_denied(tmp_path):
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
def test_one_bad_object_costs_itself_only(tmp_path, item, place):
    content = list_of(node("a"), item, node("b"))
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content}))
    assert [n.metadata.name for n in snapshot.all(Node)] == ["a", "b"]
    ((where, _),) = told(snapshot)
    assert where == place


def test_half_a_character_is_made_visible(tmp_path):
    content = '{"items": [{"metadata": {"name": "a", "labels": {"x": "\\ud83d\\\\ud83d\\ud83d\\ude00"}}}]}'
    snapshot = load(folder(tmp_path, {"cluster/nodes.json": content}))
    assert snapshot.all(Node)[0].metadata.labels == {"x": "\\ud83d\\ud83d\U0001f600"}


def test_many_bad_objects_are_counted_not_listed(tmp_path):
    content = list_of(node("a"), *({"metadata": {}} for _ in range(500)))
    gaps = told(load(folder(tmp_path, {**GOOD, "cluster/nodes.json": content})))
    assert len(gaps) == limits.MAX_GAPS + 1
    assert gaps[-1][1] == "450 more objects like these"


def test_free_form_parts_nested_beyond_reason_are_left_out(tmp_path):
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
def test_an_aws_file_that_is_not_of_its_kind_is_told(tmp_path, content, reason):
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
def test_a_wrong_field_of_bundle_json_costs_itself_only(tmp_path, content, place, reason):
    snapshot = load(folder(tmp_path, {**GOOD, "bundle.json": content}))
    ((where, why),) = told(snapshot, "bundle.json")
    assert place in where
    assert reason in why
    assert (snapshot.origin.cluster == "c") == ('"c"' in content)


def test_a_huge_file_is_refused_without_being_read(tmp_path):
    root = folder(tmp_path, GOOD)
    with (root / "cluster/nodes.json").open("wb") as file:
        file.truncate(2_000_000_000)
    started = time.monotonic()
    ((where, why),) = told(load(root))
    assert time.monotonic() - started < 1
    assert where == "cluster/nodes.json"
    assert why == "2,000 MB is more than is read (1,611 MB)"


def test_links_and_pipes_in_a_folder_are_never_followed(tmp_path):
    root = folder(tmp_path / "b", GOOD)
    os.mkfifo(root / "cluster/nodes.json")
    (root / "cluster/events.json").symlink_to("/etc/passwd")
    (root / "aws").symlink_to(tmp_path)
    snapshot = load(root)
    assert told(snapshot) == [("cluster/nodes.json", "not a regular file")]
    assert "symbolic link" in told(snapshot, "cluster/events")[0][1]
    assert "symbolic link" in told(snapshot, "aws")[0][1]


# ---- tars -------------------------------------------------------------------


def entry(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (entry("cluster/nodes.json", tarfile.SYMTYPE, "/etc/passwd"), "a symbolic link"),
        (entry("cluster/nodes.json", tarfile.LNKTYPE, "cluster/pods.json"), "a hard link"),
        (entry("cluster/nodes.json", tarfile.CHRTYPE), "a device"),
        (entry("cluster/nodes.json", tarfile.FIFOTYPE), "a named pipe"),
    ],
)
def test_links_devices_and_pipes_in_a_tar_are_never_followed(tmp_path, info, reason):
    snapshot = load(archive(tmp_path / "b.tgz", GOOD, info))
    ((where, why),) = told(snapshot)
    assert where == "cluster/nodes.json"
    assert why == f"{reason} is never followed"


@pytest.mark.parametrize("name", ["/cluster/nodes.json", "../cluster/nodes.json", "x/../../y"])
def test_names_that_lead_out_of_a_tar_are_never_followed(tmp_path, name):
    snapshot = load(archive(tmp_path / "b.tgz", {name: list_of(node("a")), **GOOD}))
    assert not snapshot.was_read(Node)
    assert any("leads out" in g.reason for g in snapshot.gaps)


def test_long_names_of_gnu_and_pax_are_read(tmp_path):
    long = "bundle-" + "x" * 200
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            name = long if form != tarfile.USTAR_FORMAT else "/".join(["x" * 90])
            info = tarfile.TarInfo(f"{name}/cluster/nodes.json")
            raw = b'{"items": []}'
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
        (tmp_path / "b.tar").write_bytes(buffer.getvalue())
        assert load(tmp_path / "b.tar").was_read(Node)


def test_names_with_escapes_are_inert_wherever_they_are_told(tmp_path):
    snapshot = load(archive(tmp_path / "b.tgz", {**GOOD, "cluster/\x1b]0;x\x07.json": {}}))
    assert "\x1b" not in "".join(g.source + g.place + g.reason for g in snapshot.gaps)


def test_a_damaged_header_ends_the_archive_and_what_came_before_is_used(tmp_path):
    raw = bytearray(tar_bytes({**GOOD, "cluster/nodes.json": list_of()}))
    at = raw.index(b"cluster/nodes.json")
    raw[at] ^= 1
    (tmp_path / "b.tar").write_bytes(raw)
    ((where, why),) = told(load(tmp_path / "b.tar"), "b.tar")
    assert where == f"b.tar: byte {at} of the archive"
    assert "damaged" in why


def test_a_header_that_claims_gigabytes_is_not_believed(tmp_path):
    header = bytearray(tar_bytes({}, entry("x", tarfile.XHDTYPE))[:512])
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    raw = tar_bytes(GOOD)[: 512 * 2] + bytes(header) + b"\0" * 4096
    (tmp_path / "b.tar").write_bytes(raw)
    ((_, why),) = told(load(tmp_path / "b.tar"), "b.tar")
    assert "a header of 8,590 MB is not read" in why


@pytest.mark.slow
def test_an_archive_of_zeros_is_left_before_it_fills_anything(tmp_path):
    path = tmp_path / "b.tgz"
    header = tarfile.TarInfo("cluster/nodes.json")
    header.size = 8_000_000_000
    with gzip.open(path, "wb", 1) as file:
        file.write(tar_bytes(GOOD)[: 512 * 2])
        file.write(header.tobuf())
        for _ in range(40):
            file.write(bytes(8_000_000))
    started = time.monotonic()
    snapshot = load(path)
    assert time.monotonic() - started < 10
    assert told(snapshot) == [
        ("cluster/nodes.json", "8,000 MB is more than is read (1,611 MB)"),
    ]
    assert any(g.source == "b.tgz" for g in snapshot.gaps)


def test_an_archive_of_countless_folders_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("efadoctor.bundle.archive.MAX_ENTRIES", 100)
    folders = (entry(f"x{n}/", tarfile.DIRTYPE) for n in range(99))
    snapshot = load(archive(tmp_path / "b.tgz", {**GOOD, "cluster/nodes.json": {}}, *folders))
    ((_, why),) = told(snapshot, "b.tgz")
    assert "more than 100 entries" in why


def test_a_tar_that_lacks_its_last_blocks_is_whole_where_gzip_says_so(tmp_path):
    raw = tar_bytes(GOOD)[:1024]
    (tmp_path / "b.tgz").write_bytes(gzip.compress(raw))
    assert load(tmp_path / "b.tgz").gaps == ()
    (tmp_path / "b.tar").write_bytes(raw)
    assert told(load(tmp_path / "b.tar"), "b.tar")


def test_too_many_files_are_not_all_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr("efadoctor.bundle.files.MAX_FILES", 3)
    files = {**GOOD, **{f"x{n}": "" for n in range(5)}}
    for path in (folder(tmp_path / "b", files), archive(tmp_path / "b.tgz", files)):
        snapshot = load(path)
        assert any("more than 3 files" in g.reason for g in snapshot.gaps)


# ---- YAML -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("items:\n- a: [1,\n", ": line 3, column 1", "did not find"),
        ("items: []\nitems: []\n", ": line 2, column 1", "occurs twice; see line 1"),
        ("items:\n\t- a", ": line 2, column 1", "a tab cannot indent"),
        ("items: []\nx: \0", ": line 2, column 4", "control character U+0000"),
        (b"items: []\nx: \xff", ": line 2, column 4", "not UTF-8"),
        ("x: " + "[" * 10_000, ": line 1, column 203", "nested more than 200 levels"),
        ("x: " + "- " * 10_000, ": line 1, column 4", "block sequence entries"),
        ("- " * 300_000, ": line 1, column 401", "nested more than 200 levels"),
        ("x: *y", ": line 1, column 4", "has no anchor"),
        ("x: &x [*x]", ": line 1, column 8", "a part that it is in"),
        ("items: []\nx: .nan", ": line 2, column 4", "no JSON value"),
        ("", "", "empty"),
        ("# only a comment\n", "", "empty"),
    ],
)
def test_yaml_that_cannot_be_used_is_told_with_its_place(tmp_path, content, place, reason):
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.yaml": content}))
    ((where, why),) = told(snapshot)
    assert where == f"cluster/nodes.yaml{place}"
    assert reason in why


def bomb(form):
    """Nine levels of nine aliases each: 387 million values, or as many merges."""
    lines = ["a0: &a0 {k0: lol}"]
    for level in range(1, 10):
        refs = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} {form(refs, level)}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "form",
    [
        lambda refs, _: f"[{refs}]",
        lambda refs, n: f"{{<<: [{refs}], k{n}: x}}",
        lambda refs, _: f"{{{', '.join(f'b{i}: {r}' for i, r in enumerate(refs.split(', ')))}}}",
    ],
)
def test_alias_and_merge_bombs_are_refused_at_once(tmp_path, form):
    root = folder(tmp_path, {**GOOD, "cluster/nodes.yaml": bomb(form)})
    started = time.monotonic()
    ((where, why),) = told(load(root))
    assert time.monotonic() - started < 1
    assert "aliases unfold into more than 500,000 parts" in why
    assert "line" in where


def test_a_long_text_cannot_be_piled_up_by_aliases(tmp_path):
    content = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 5000)}]"
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.yaml": content}))
    assert "unfold" in told(snapshot)[0][1]


# ---- truncation anywhere ----------------------------------------------------

WHOLE = scenario_bundle("volume-in-other-zone").read_bytes()
PLAIN = tar_bytes(scenario_files("volume-in-other-zone"))
NODES = scenario_files("seed-walkthrough")["cluster/nodes.json"].rstrip()


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
@pytest.mark.parametrize("raw", [WHOLE, PLAIN], ids=["tar.gz", "tar"])
def test_a_bundle_cut_anywhere_is_read_in_part_or_refused(tmp_path, raw, data):
    path = tmp_path / "b"
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    try:
        snapshot = load(path)
    except UnreadableInputError:
        return
    # tar ends in a kilobyte of zeros, which may be missing without harm
    assert snapshot.gaps or len(path.read_bytes()) > len(raw) - 10240


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_a_bundle_with_any_byte_changed_never_fails_otherwise(tmp_path, at, byte):
    raw = bytearray(PLAIN)
    raw[at] = byte
    path = tmp_path / "b.tar"
    path.write_bytes(raw)
    with contextlib.suppress(UnreadableInputError):
        load(path).coverage()


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(NODES) - 1), st.sampled_from([".json", ".yaml"]))
def test_a_list_cut_anywhere_is_told(tmp_path, at, suffix):
    root = folder(tmp_path, {**GOOD, f"cluster/nodes{suffix}": NODES[:at]})
    snapshot = load(root)
    (root / f"cluster/nodes{suffix}").unlink()
    assert not snapshot.was_read(Node)
    assert told(snapshot)
