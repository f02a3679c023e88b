import io
import os

import msgspec
import pytest
import yaml
from bundle_files import scenario_files
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.collect.manifests import Manifests, ProblemKind, read_manifests
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.snapshot import Snapshot


def read(text, name="-", tmp_path=None):
    raw = text if isinstance(text, bytes) else text.encode()
    if tmp_path is None:
        return read_manifests([name], io.BytesIO(raw))
    (tmp_path / name).write_bytes(raw)
    return read_manifests([str(tmp_path / name)], io.BytesIO())


def only(manifests: Manifests):
    assert [str(p) for p in manifests.problems] == []
    (manifest,) = manifests.objects
    return manifest


def at(manifest, path):
    location = manifest.where(FieldPath.parse(path))
    return (location.line, location.column)


def text_of(manifest, path):
    span = manifest.span(FieldPath.parse(path))
    return manifest.source.text[span.start.offset : span.end.offset]


POD = """\
# what trains
apiVersion: v1
kind: Pod
metadata:
  name: train  # its name
  labels: {app: llama, "gang.size": '8'}
spec:
  containers:
  - name: main
    resources:
      limits:
        vpc.amazonaws.com/efa: 32
        memory: 100Gi
    command:
    - sh
    - -c
    - |
      set -e
      exec sleep inf
  tolerations:
  - key: "nvidia.com/gpus"
    operator: Exists
"""


@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ("metadata.name", (5, 3), "train"),
        ("metadata.labels.app", (6, 12), "llama"),
        ('metadata.labels["gang.size"]', (6, 24), "'8'"),
        ("metadata.labels", (6, 3), "{app: llama, \"gang.size\": '8'}"),
        ('spec.containers[0].resources.limits["vpc.amazonaws.com/efa"]', (12, 9), "32"),
        ("spec.tolerations[0].key", (21, 5), '"nvidia.com/gpus"'),
        (
            "spec.tolerations[0]",
            (21, 5),
            '"nvidia.com/gpus"\n    operator: Exists',
        ),
        ("spec.tolerations", (20, 3), None),
        ("spec.containers[0].command[2]", (17, 7), "|\n      set -e\n      exec sleep inf\n"),
        ("spec.containers[0].command", (14, 5), None),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_field_has_its_place_whatever_the_line_ends(path, place, text, newline, mark):
    manifest = only(read(mark + POD.replace("\n", newline).encode()))
    assert at(manifest, path) == place
    if text is not None:
        text = text.replace("\n", newline)
        if path == "spec.tolerations[0]":
            text = "key: " + text
        assert text_of(manifest, path) == text
    assert manifest.source.has_byte_order_mark == bool(mark)


def test_a_field_that_is_not_written_is_where_its_nearest_parent_is():
    manifest = only(read(POD))
    assert at(manifest, "spec.affinity.nodeAffinity") == (7, 1)
    assert at(manifest, "spec.tolerations[5].key") == (20, 3)
    assert at(manifest, "spec.tolerations[0].effect") == (21, 5)
    assert at(manifest, "status") == (2, 1)
    assert manifest.span(FieldPath.parse("spec.affinity")) is None


def test_what_comes_through_anchors_and_merges_is_where_it_is_written():
    text = """\
apiVersion: v1
kind: Pod
metadata:
  annotations: &shared
    a: one
    b: two
  labels:
    <<: *shared
    b: own
spec:
  tolerations: &all
  - key: x
  other: *all
  merged:
    <<: [{c: first}, *shared]
    c: mine
"""
    manifest = only(read(text))
    assert manifest.json["metadata"]["labels"] == {"a": "one", "b": "own"}
    assert manifest.json["spec"]["merged"] == {"c": "mine", "a": "one", "b": "two"}
    assert at(manifest, "metadata.labels.a") == (5, 5)
    assert at(manifest, "metadata.labels.b") == (9, 5)
    assert at(manifest, "spec.other") == (13, 3)
    assert text_of(manifest, "spec.other") == "*all"
    assert at(manifest, "spec.other[0].key") == (12, 5)
    assert at(manifest, "spec.merged.a") == (5, 5)
    assert text_of(manifest, "spec.merged.b") == "two"


def test_documents_lists_and_empty_documents_are_told_apart(tmp_path):
    text = """\
---
# Source: chart/templates/empty.yaml
---
# Source: chart/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: a}
...
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: b}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Pod, metadata: {name: c}}
- apiVersion: v1
  kind: Pod
  metadata: {name: d}
--- # a header may be followed by a comment
apiVersion: v1
kind: PodList
items:
- metadata:
    name: e
---
"""
    manifests = read(text, "all.yaml", tmp_path)
    assert manifests.problems == ()
    found = [(m.json["metadata"]["name"], m.json["kind"], m.document) for m in manifests.objects]
    assert found == [
        ("a", "Pod", 2),
        ("b", "Pod", 3),
        ("c", "Pod", 3),
        ("d", "Pod", 3),
        ("e", "Pod", 4),
    ]
    places = [at(m, "metadata.name") for m in manifests.objects]
    assert places == [(7, 12), (15, 14), (19, 44), (22, 14), (28, 5)]
    assert manifests.objects[0].file == str(tmp_path / "all.yaml")


def test_json_has_places_too():
    text = '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"metadata": {"name": "a\\/b \\u00e9"}\n}'
    manifest = only(read(text))
    assert manifest.json["metadata"]["name"] == "a/b é"
    assert at(manifest, "metadata.name") == (4, 15)
    assert manifest.source.exact


def test_json_may_write_one_character_as_two_escapes():
    text = '{"apiVersion": "v1", "kind": "Pod",\n"metadata": {"name": "\\ud83d\\ude00"}}'
    manifest = only(read(text))
    assert manifest.json["metadata"]["name"] == "\U0001f600"
    assert manifest.where(FieldPath.parse("metadata.name")).line == 2
    assert not manifest.source.exact


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("y", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("8", 8),
        ("010", 8),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.5", 1.5),
        ("08", 8),
        (".5", 0.5),
        ("18446744073709551616", 18446744073709551616.0),
        ("22:22", "22:22"),
        ("2026-11-20", "2026-11-20"),
        ("1.2.3", "1.2.3"),
        ("100Gi", "100Gi"),
        ("0x", "0x"),
        ("-", None),
        ("'8'", "8"),
        ('"true"', "true"),
        ("!!str 8", "8"),
        ("!!int '8'", 8),
        ("!!binary aGk=", "hi"),
        ("!custom 8", "8"),
        (">-\n  a\n  b", "a b"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubectl(written, value):
    manifest = read(f"apiVersion: v1\nkind: Pod\nspec: {written}\n")
    if written == "-":
        assert manifest.problems
        return
    read_value = only(manifest).json["spec"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_keys_become_texts_as_for_kubectl():
    manifest = only(read("apiVersion: v1\nkind: Pod\nspec: {8: a, on: b, 1.5: c, 'y': d}\n"))
    assert manifest.json["spec"] == {"8": "a", "true": "b", "1.5": "c", "y": "d"}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("kind: A\nkind: B\n", "2:1", "the key 'kind' occurs twice; see line 1"),
        ("a: {b: 1, b: 2}", "1:11", "the key 'b' occurs twice"),
        ("a:\n\t- b", "2:1", "a tab cannot indent YAML"),
        ("a: b\n  c: d", "2:4", "mapping values are not allowed"),
        ("a: [1,\nb: 2\n", "3:1", "did not find expected"),
        ("a: 'x\n\n", "3:1", "unexpected end of stream (while scanning a quoted scalar)"),
        ("a: \0", "1:4", "control character U+0000"),
        ("a: é\x1b[31m", "1:5", "control character U+001B"),
        (b"a: \xff", "1:4", "not UTF-8"),
        (b"\xff\xfea\0", None, "UTF-16"),
        ("a: " + "{b: " * 10_000, "1:800", "nested more than 200 levels"),
        ("[" * 10_000, "1:201", "nested more than 200 levels"),
        ("- " * 10_000, "1:401", "nested more than 200 levels"),
        ("a: *b", "1:4", "the alias *b has no anchor"),
        ("a: &b {c: *b}", "1:11", "the alias *b stands for a part that it is in"),
        ("<<: [a]", "1:5", "only mappings can be merged"),
        ("a: &x 1\n<<: *x", "2:5", "only mappings can be merged"),
        ("? [a]\n: b", "1:3", "a key must be a text"),
        ("&a a: &b {}\n*b : c", "2:1", "a key must be a text, not an alias"),
        ("~: x", "1:1", "a key must not be null"),
        ("a: .inf", "1:4", ".inf is no JSON value"),
        ("a: !!int x", "1:4", "not a !!int"),
        ("a: {{ .Values.x }}", "1:5", "a key must be a text, not a mapping"),
        ("{{- if .Values.x }}\na: b\n", "1:2", "must be rendered first"),
    ],
)
def test_what_is_broken_is_told_with_file_line_and_column(tmp_path, text, place, reason):
    manifests = read(text, "m.yaml", tmp_path)
    (problem,) = manifests.problems
    assert problem.kind is ProblemKind.BROKEN
    file = str(tmp_path / "m.yaml")
    assert str(problem).startswith(f"{file}:{place}: " if place else f"{file}: ")
    assert reason in problem.reason
    assert manifests.objects == ()


def test_a_broken_document_costs_itself_only():
    good = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"
    broken = ["a: b: c\n", "a: [1\n", "a: 'x\n", "a: \x07\n", "a: *b\n", "- " * 300 + "\n"]
    text = "---\n".join(good % n + "---\n" + bad for n, bad in enumerate(broken))
    manifests = read(text + "---\n" + good % "last")
    assert [m.json["metadata"]["name"] for m in manifests.objects] == [*range(6), "last"]
    assert [m.document for m in manifests.objects] == [1, 3, 5, 7, 9, 11, 13]
    assert len(manifests.problems) == 6
    last = manifests.objects[-1]
    assert text_of(last, "metadata.name") == "last"
    assert at(last, "metadata.name") == (last.source.text.count("\n") + 3 - 3, 12)


def test_a_file_of_nothing_but_broken_documents_is_given_up():
    manifests = read("---\na: b: c\n" * 1000)
    assert len(manifests.problems) == 21
    assert "the rest is not read" in manifests.problems[-1].reason


def test_yaml_that_is_no_object_is_told_apart_from_broken_yaml(tmp_path):
    text = "replicas: 3\n---\n- a\n---\napiVersion: v1\nkind: [x]\n---\njust text\n"
    manifests = read(text, "values.yaml", tmp_path)
    assert manifests.objects == ()
    assert {p.kind for p in manifests.problems} == {ProblemKind.NOT_AN_OBJECT}
    assert [p.location.line for p in manifests.problems] == [1, 3, 5, 8]
    assert manifests.problems[0].reason == "not a Kubernetes object: no apiVersion and no kind"


def test_text_that_a_terminal_would_obey_is_made_visible():
    text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "\\e]52;c;x\\a", labels: {"\\u202e": 1}}\n'
    manifest = only(read(text))
    assert manifest.json["metadata"] == {"name": "\\x1b]52;c;x\\x07", "labels": {"\\u202e": 1}}
    broken = read('"\\e[31m": 1\n"\\e[31m": 2\n', "-").problems[0]
    assert "\x1b" not in str(broken)


def test_folders_are_searched_in_order_and_links_are_not_followed(tmp_path):
    one = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"
    for name in ("b.yaml", "a.yml", "sub/c.json", ".git/d.yaml", "e.txt", ".f.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(one % name[0])
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.yaml")
    paths = [str(tmp_path), str(tmp_path / "b.yaml"), str(tmp_path / "e.txt")]
    manifests = read_manifests(paths, io.BytesIO())
    assert [m.json["metadata"]["name"] for m in manifests.objects] == ["a", "b", "s", "e"]
    assert [(p.kind, p.reason) for p in manifests.problems] == [
        (ProblemKind.SKIPPED, "a link is not followed"),
        (ProblemKind.SKIPPED, "not a regular file"),
    ]


def test_standard_input_is_a_file_like_any_other():
    manifest = only(read(POD))
    assert str(manifest.where(FieldPath.parse("metadata.name"))) == "<stdin>:5:3"


@pytest.mark.parametrize(("name", "says"), [("none.yaml", "No such file"), ("a\0b", "null")])
def test_a_path_that_cannot_be_opened_is_unreadable(tmp_path, name, says):
    with pytest.raises(UnreadableInputError, match=says):
        read_manifests([str(tmp_path / name)], io.BytesIO())


def test_a_source_without_end_is_read_up_to_the_limit(monkeypatch):
    monkeypatch.setattr("efadoctor.collect.manifests.files.MAX_YAML_BYTES", 1_000_000)
    (problem,) = read_manifests(["/dev/zero"], io.BytesIO()).problems
    assert str(problem) == "/dev/zero: more than 1 MB"


def test_manifests_of_any_size_together_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("efadoctor.collect.manifests.files.MAX_TOTAL_YAML_BYTES", 1000)
    for n in range(3):
        (tmp_path / f"{n}.yaml").write_text("#" * 500)
    with pytest.raises(UnreadableInputError, match="name fewer"):
        read_manifests([str(tmp_path)], io.BytesIO())


@pytest.mark.parametrize("name", ["seed-walkthrough", "node-group-full"])
def test_a_clusters_objects_read_as_yaml_are_those_read_as_json(name):
    files = scenario_files(name)
    lists = [msgspec.json.decode(v) for k, v in files.items() if k.startswith("cluster/")]
    objects = [item for found in lists for item in found["items"]]
    manifests = read(yaml.safe_dump_all(objects, sort_keys=False))
    assert manifests.problems == ()
    assert [m.json for m in manifests.objects] == objects
    snapshot = Snapshot.from_objects(m.json for m in manifests.objects)
    assert snapshot.gaps == ()


# ---- any value, any style ---------------------------------------------------

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20
).filter(lambda text: text not in ("y", "Y", "n", "N"))  # which PyYAML takes for texts
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


@given(VALUES, st.sampled_from([True, False, None]), st.sampled_from([None, '"', "|", ">"]))
def test_any_value_is_read_as_written_and_each_part_found_where_it_stands(value, flow, style):
    written = {"apiVersion": "v1", "kind": "Any", "spec": value}
    text = yaml.safe_dump(
        written, default_flow_style=flow, default_style=style, allow_unicode=True, sort_keys=False
    )
    manifest = only(read(text))
    raw = manifest.source.text
    for path in paths(written):
        part = FieldPath(path).resolve(manifest.json)
        span = manifest.span(FieldPath(path))
        if path and isinstance(path[-1], str) and path[-1].isascii() and path[-1].isalnum():
            assert path[-1] in raw[span.key.offset : span.start.offset]
        if isinstance(part, int | bool) and style is None:
            assert yaml.safe_load(raw[span.start.offset : span.end.offset]) == part


@given(st.text(max_size=200))
def test_no_text_makes_reading_fail(text):
    read(text.encode("utf-8", "surrogatepass"))


@given(st.text(st.sampled_from("ab:-&*<![]{}'\"|>\n #%@\t,?"), max_size=60))
def test_no_arrangement_of_yamls_own_characters_makes_reading_fail(text):
    for problem in read(text).problems:
        assert problem.location.line <= text.count("\n") + 1


def test_a_file_of_many_documents_is_read_whole() -> None:
    documents = 300
    text = "---\n".join(POD.replace("train", f"train-{n}") for n in range(documents))
    assert len(read(text.encode()).objects) == documents
