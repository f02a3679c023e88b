"""Which files are read, and which objects are in them."""

import io
import os
from pathlib import Path

import pytest
from manifest_texts import POD, at, read

from efadoctor.collect.manifests import ProblemKind, read_manifests
from efadoctor.model.errors import UnreadableInputError


def test_documents_lists_and_empty_documents_are_told_apart(tmp_path: Path) -> None:
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


def test_a_file_of_many_documents_is_read_whole() -> None:
    documents = 300
    text = "---\n".join(POD.replace("train", f"train-{n}") for n in range(documents))
    assert len(read(text.encode()).objects) == documents


def test_folders_are_searched_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(("name", "says"), [("none.yaml", "No such file"), ("a\0b", "null")])
def test_a_path_that_cannot_be_opened_is_unreadable(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(UnreadableInputError, match=says):
        read_manifests([str(tmp_path / name)], io.BytesIO())


def test_a_source_without_end_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("efadoctor.collect.manifests.files.MAX_YAML_BYTES", 1_000_000)
    (problem,) = read_manifests(["/dev/zero"], io.BytesIO()).problems
    assert str(problem) == "/dev/zero: more than 1 MB"


def test_manifests_of_any_size_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("efadoctor.collect.manifests.files.MAX_TOTAL_YAML_BYTES", 1000)
    for n in range(3):
        (tmp_path / f"{n}.yaml").write_text("#" * 500)
    with pytest.raises(UnreadableInputError, match="name fewer"):
        read_manifests([str(tmp_path)], io.BytesIO())
