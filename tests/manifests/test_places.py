"""Where each field of a manifest stands."""

import pytest
from manifest_texts import POD, at, only, read, text_of

from efadoctor.model.fieldpath import FieldPath


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
def test_every_field_has_its_place_whatever_the_line_ends(
    path: str, place: tuple[int, int], text: str | None, newline: str, mark: bytes
) -> None:
    manifest = only(read(mark + POD.replace("\n", newline).encode()))
    assert at(manifest, path) == place
    if text is not None:
        text = text.replace("\n", newline)
        if path == "spec.tolerations[0]":
            text = "key: " + text
        assert text_of(manifest, path) == text
    assert manifest.source.has_byte_order_mark == bool(mark)


def test_a_field_that_is_not_written_is_where_its_nearest_parent_is() -> None:
    manifest = only(read(POD))
    assert at(manifest, "spec.affinity.nodeAffinity") == (7, 1)
    assert at(manifest, "spec.tolerations[5].key") == (20, 3)
    assert at(manifest, "spec.tolerations[0].effect") == (21, 5)
    assert at(manifest, "status") == (2, 1)
    assert manifest.span(FieldPath.parse("spec.affinity")) is None


def test_what_comes_through_anchors_and_merges_is_where_it_is_written() -> None:
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


def test_json_has_places_too() -> None:
    text = '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"metadata": {"name": "a\\/b \\u00e9"}\n}'
    manifest = only(read(text))
    assert manifest.json["metadata"]["name"] == "a/b é"
    assert at(manifest, "metadata.name") == (4, 15)
    assert manifest.source.exact


def test_json_may_write_one_character_as_two_escapes() -> None:
    text = '{"apiVersion": "v1", "kind": "Pod",\n"metadata": {"name": "\\ud83d\\ude00"}}'
    manifest = only(read(text))
    assert manifest.json["metadata"]["name"] == "\U0001f600"
    assert manifest.where(FieldPath.parse("metadata.name")).line == 2
    assert not manifest.source.exact


def test_standard_input_is_a_file_like_any_other() -> None:
    manifest = only(read(POD))
    assert str(manifest.where(FieldPath.parse("metadata.name"))) == "<stdin>:5:3"
