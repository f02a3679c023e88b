"""Manifests that mean harm or are merely wrong: a clear error with its place, or they work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preflight.conftest import Command

from efadoctor.collect.manifests import SourceFile

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
  - name: main
    image: x
    resources:
      limits:
        vpc.amazonaws.com/efa: 1
"""

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        pytest.param(BOMB, "m.yaml:", "alias", id="an alias bomb"),
        pytest.param(POD + "kind: Job\n", "m.yaml:12:1", "twice", id="a key that occurs twice"),
        pytest.param("apiVersion: v1\n\tkind: Pod\n", "m.yaml:2:1", "tab", id="a tab"),
        pytest.param(b"kind: \xff\n", "m.yaml:1:7", "not UTF-8", id="not UTF-8"),
        pytest.param('{"a":' * 10_000, "m.yaml:1:", "nest", id="ten thousand levels"),
        pytest.param("a: " + "[" * 10_000, "m.yaml:1:", "nest", id="of lists"),
        pytest.param("kind: {{ .Values.kind }}\n", "m.yaml:1:", "helm template", id="a template"),
        pytest.param(
            POD.replace("  containers:\n  - name: main", "  containers:\n    name: main"),
            "m.yaml:6:3",
            "spec.containers",
            id="a mapping for a list",
        ),
        pytest.param(POD.replace("train", "[1]"), "m.yaml:4:3", "metadata.name", id="a bad name"),
        pytest.param(POD.replace("  name: train\n", "  labels: {}\n"), "m.yaml:3:1", "no metadata.name", id="no name"),
        pytest.param(
            POD.replace("efa: 1", "efa: 1GGi"), "m.yaml:11:9", "1GGi", id="a request that is none"
        ),
        pytest.param(POD.replace("name: train", "name: a\x1b[31mb"), "m.yaml:4:", "U+001B", id="an escape"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_place(
    text: str | bytes, place: str, said: str, run: Command, tmp_path: Path
) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "m.yaml").write_bytes(raw)
    ended = run("m.yaml")
    assert ended.status == 2
    (problem,) = ended.json["problems"]
    assert problem["location"].startswith(place)
    assert said in problem["reason"]
    assert problem["location"] in ended.err
    assert "\x1b" not in ended.out + ended.err


def test_the_rest_of_the_input_is_judged_all_the_same(run: Command, walkthrough: Path) -> None:
    (walkthrough / "broken.yaml").write_text("a: [\n")
    ended = run(".")
    assert ended.status == 2
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]


def test_every_face_tells_what_could_not_be_read(run: Command, walkthrough: Path) -> None:
    (walkthrough / "broken.yaml").write_text("a: [\n")
    forms = ("text", "markdown", "github", "junit", "sarif")
    status = run(".", "-o", "json", *[w for f in forms for w in ("-o", f"{f}=out.{f}")]).status
    assert status == 2
    said = {form: (walkthrough / f"out.{form}").read_text() for form in forms}
    assert "not read broken.yaml:2:1" in said["text"]
    assert "`broken.yaml:2:1`" in said["markdown"]
    assert "::error file=broken.yaml,line=2,col=1,title=efadoctor%3A not read" in said["github"]
    assert 'name="broken.yaml:2:1"' in said["junit"]
    assert 'errors="1"' in said["junit"].splitlines()[1]
    (invocation,) = json.loads(said["sarif"])["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_other_line_ends_and_a_byte_order_mark_work_and_stay(
    mark: bytes, run: Command, walkthrough: Path
) -> None:
    for path in walkthrough.iterdir():
        path.write_bytes(mark + path.read_bytes().replace(b"\n", b"\r\n"))
    ended = run(".")
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]
    assert ended.report["root_causes"][0]["evidence"][0]["location"] == "pod.yaml:14"
    run(".", "--write")
    raw = (walkthrough / "pod.yaml").read_bytes()
    assert raw.startswith(mark + b"apiVersion")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    assert b'key: "vpc.amazonaws.com"   # for the EFA taint\r\n' in raw


def test_an_explicit_null_is_nothing(run: Command) -> None:
    ended = run("-", stdin=POD.replace("spec:\n", "spec:\n  tolerations: null\n  affinity:\n"))
    assert ended.status != 2


def test_nothing_at_all_is_wrong_use(run: Command, tmp_path: Path) -> None:
    assert run("-", stdin="").status == 2
    (tmp_path / "empty").mkdir()
    ended = run("empty")
    assert (ended.status, ended.out) == (2, "")
    assert "empty: no manifests" in ended.err
    assert run("missing.yaml").status == 2
    assert run().status == 2


def test_chart_values_beside_manifests_are_passed_over(run: Command, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("tolerations: []\n")
    ended = run(".")
    assert (ended.status, ended.json["reports"]) == (0, [])
    assert "passed over: values.yaml:1:1" in ended.err


def test_objects_of_the_same_name_count_once_and_the_last_does(
    run: Command, walkthrough: Path
) -> None:
    text = (walkthrough / "pod.yaml").read_text()
    (walkthrough / "pod.yaml").write_text(
        text + "---\n" + text.replace('vpc.amazon.com/efa"', 'vpc.amazonaws.com"')
    )
    ended = run(".")
    assert "EFA105" not in ended.codes
    assert "pod.yaml:29:1: Pod/default/efa-test-pod was given before" in ended.err


def test_a_kustomization_is_pointed_out(run: Command, walkthrough: Path) -> None:
    text = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [pod.yaml]\n"
    )
    (walkthrough / "kustomization.yaml").write_text(text)
    assert "kubectl kustomize . | efadoctor preflight -" in run(".").err


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    run: Command, walkthrough: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from efadoctor.preflight import drafts

    write = drafts.overwrite

    def meddle(source: SourceFile, text: str) -> None:
        (walkthrough / "pod.yaml").write_text("# somebody else was here\n")
        write(source, text)

    monkeypatch.setattr(drafts, "overwrite", meddle)
    ended = run(".", "--write")
    assert ended.status == 2
    assert "has changed since it was read" in ended.err
    assert (walkthrough / "pod.yaml").read_text() == "# somebody else was here\n"


def test_names_from_manifests_are_not_obeyed_anywhere(run: Command, walkthrough: Path) -> None:
    text = (walkthrough / "pod.yaml").read_text()
    evil = text.replace("efa-test-pod", '"x::error title=a,b%0A<!-- @all `$(id)`"')
    (walkthrough / "pod.yaml").write_text(evil)
    ended = run(".", form="github")
    assert all(
        line.startswith(("::error file=", "::warning file=")) for line in ended.out.splitlines()
    )


def test_what_could_not_be_read_is_not_said_to_hold_nothing(run: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    assert run("broken.yaml", "-o", "json", "-o", "text=out.txt").status == 2
    assert (tmp_path / "out.txt").read_text().startswith("Nothing was judged: what could be read")
