"""What is broken costs itself only, and is told with its place."""

from pathlib import Path

import pytest
from manifest_texts import at, only, read, text_of

from efadoctor.collect.manifests import ProblemKind


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
def test_what_is_broken_is_told_with_file_line_and_column(
    tmp_path: Path, text: str | bytes, place: str | None, reason: str
) -> None:
    manifests = read(text, "m.yaml", tmp_path)
    (problem,) = manifests.problems
    assert problem.kind is ProblemKind.BROKEN
    file = str(tmp_path / "m.yaml")
    assert str(problem).startswith(f"{file}:{place}: " if place else f"{file}: ")
    assert reason in problem.reason
    assert manifests.objects == ()


def test_a_broken_document_costs_itself_only() -> None:
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


def test_a_file_of_nothing_but_broken_documents_is_given_up() -> None:
    manifests = read("---\na: b: c\n" * 1000)
    assert len(manifests.problems) == 21
    assert "the rest is not read" in manifests.problems[-1].reason


def test_yaml_that_is_no_object_is_told_apart_from_broken_yaml(tmp_path: Path) -> None:
    text = "replicas: 3\n---\n- a\n---\napiVersion: v1\nkind: [x]\n---\njust text\n"
    manifests = read(text, "values.yaml", tmp_path)
    assert manifests.objects == ()
    assert {p.kind for p in manifests.problems} == {ProblemKind.NOT_AN_OBJECT}
    assert [p.location and p.location.line for p in manifests.problems] == [1, 3, 5, 8]
    assert manifests.problems[0].reason == "not a Kubernetes object: no apiVersion and no kind"


def test_text_that_a_terminal_would_obey_is_made_visible() -> None:
    text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "\\e]52;c;x\\a", labels: {"\\u202e": 1}}\n'
    manifest = only(read(text))
    assert manifest.json["metadata"] == {"name": "\\x1b]52;c;x\\x07", "labels": {"\\u202e": 1}}
    broken = read('"\\e[31m": 1\n"\\e[31m": 2\n', "-").problems[0]
    assert "\x1b" not in str(broken)
