"""Edits of YAML text: what was wanted comes out, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from clusters.names import Json
from hypothesis import event, given, settings
from hypothesis import strategies as st

from efadoctor.collect.manifests import read_content
from efadoctor.model.fix import Operation
from efadoctor.preflight.rewriting import CannotRewriteError, Parts, parts_of, rewritten
from efadoctor.preflight.yaml_style import Style, is_plain

HEAD = "apiVersion: v1\nkind: Pod\n"


def edit(text: str, *operations: dict[str, Any], number: int = 0) -> str:
    wanted = tuple(
        Operation(op=o["op"], path=o["path"], **({"value": o["value"]} if "value" in o else {}))
        for o in operations
    )
    return rewritten(text, number, wanted, Style.of(text))


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def remove(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


TOLERATION = {"key": "vpc.amazonaws.com/efa", "operator": "Exists"}


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        pytest.param(
            "spec:\n  a: 'one'  # why\n",
            replace("/spec/a", "two"),
            "spec:\n  a: 'two'  # why\n",
            id="a scalar keeps its quotes and its comment",
        ),
        pytest.param(
            'spec:\n  a: "1"\n',
            add("/spec/b", "true"),
            'spec:\n  a: "1"\n  b: "true"\n',
            id="a new text that looks like something else is quoted as the file does",
        ),
        pytest.param(
            "spec:\n  tolerations:\n    - key: x  # first\n    # last words\n  z: 1\n",
            add("/spec/tolerations/-", TOLERATION),
            "spec:\n  tolerations:\n    - key: x  # first\n"
            "    - key: vpc.amazonaws.com/efa\n      operator: Exists\n    # last words\n  z: 1\n",
            id="an item stands under its neighbour, in its indentation",
        ),
        pytest.param(
            "spec:\n  tolerations:\n  - key: x\n  z: 1\n",
            add("/spec/tolerations/-", TOLERATION),
            "spec:\n  tolerations:\n  - key: x\n"
            "  - key: vpc.amazonaws.com/efa\n    operator: Exists\n  z: 1\n",
            id="a list that is not indented stays so",
        ),
        pytest.param(
            "spec:\n  z: 1\n",
            add("/spec/tolerations", [TOLERATION]),
            "spec:\n  z: 1\n  tolerations:\n  - key: vpc.amazonaws.com/efa\n    operator: Exists\n",
            id="a list that was not there",
        ),
        pytest.param(
            "spec:\n  tolerations: []  # none yet\n  z: 1\n",
            add("/spec/tolerations", [TOLERATION]),
            "spec:\n  tolerations:  # none yet\n"
            "  - key: vpc.amazonaws.com/efa\n    operator: Exists\n  z: 1\n",
            id="an empty list",
        ),
        pytest.param(
            "spec:\n  tolerations:\n  z: 1\n",
            add("/spec/tolerations", [TOLERATION]),
            "spec:\n  tolerations:\n  - key: vpc.amazonaws.com/efa\n    operator: Exists\n  z: 1\n",
            id="a list that is null",
        ),
        pytest.param(
            "spec: {tolerations: [{key: x}], z: 1}\n",
            add("/spec/tolerations/-", TOLERATION),
            "spec: {tolerations: [{key: x}, {key: vpc.amazonaws.com/efa, operator: Exists}], "
            "z: 1}\n",
            id="in braces",
        ),
        pytest.param(
            "spec:\n  a: |\n    text\n  b: 1\n",
            add("/spec/c", 2),
            "spec:\n  a: |\n    text\n  b: 1\n  c: 2\n",
            id="behind a block scalar",
        ),
        pytest.param(
            "spec:\n  b: 1\n  a: text",
            add("/spec/c", 2),
            "spec:\n  b: 1\n  a: text\n  c: 2",
            id="at an end without a line break",
        ),
        pytest.param(
            "spec:\n  list:\n  - a: 1\n    b: 2\n  - c: 3\n",
            remove("/spec/list/0"),
            "spec:\n  list:\n  - c: 3\n",
            id="an item that goes takes its lines",
        ),
        pytest.param(
            "spec:\n  list:\n  - a: 1\n",
            remove("/spec/list/0"),
            "spec:\n  list: []\n",
            id="the last item leaves an empty list",
        ),
        pytest.param(
            "spec:\n  list:\n  - a: 1\n    b: 2\n",
            remove("/spec/list/0/a"),
            "spec:\n  list:\n  - b: 2\n",
            id="the key beside the dash",
        ),
        pytest.param(
            "spec:\n  pool: x\n  z: 1\n",
            remove("/spec/pool"),
            "spec:\n  z: 1\n",
            id="a key",
        ),
        pytest.param(
            "spec: {a: 1, b: 2}\n", remove("/spec/b"), "spec: {a: 1}\n", id="a key in braces"
        ),
        pytest.param(
            "spec: {a: 1, b: 2}\n", remove("/spec/a"), "spec: {b: 2}\n", id="the first in braces"
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_changes_its_place_and_no_other(
    before: str, operation: Json, after: str, newline: str
) -> None:
    def ended(text: str) -> str:
        return (HEAD + text).replace("\n", newline)

    assert edit(ended(before), operation) == ended(after)


def test_json_stays_json() -> None:
    text = '{\n  "apiVersion": "v1",\n  "kind": "Pod",\n  "spec": {\n    "list": [\n      {"a": 1}\n    ]\n  }\n}\n'
    after = edit(text, add("/spec/list/-", {"b": "yes"}), add("/spec/name", "on"))
    assert json.loads(after)["spec"] == {"list": [{"a": 1}, {"b": "yes"}], "name": "on"}
    assert after.count("\n") == text.count("\n") + 2


def test_what_an_anchor_shares_is_not_changed_behind_its_back() -> None:
    text = HEAD + "spec:\n  a: &t\n  - key: x\n  b: *t\n"
    with pytest.raises(CannotRewriteError, match="alias"):
        edit(text, add("/spec/b/-", {"key": "y"}))


def test_a_field_of_its_own_beside_a_merge_is_changed() -> None:
    text = HEAD + "base: &base {a: 1}\nspec:\n  <<: *base\n  b: 2\n"
    assert edit(text, replace("/spec/b", 3)) == text.replace("b: 2", "b: 3")


def test_what_came_in_through_a_merge_is_refused() -> None:
    text = HEAD + "base: &base {a: 1}\nspec:\n  <<: *base\n  b: 2\n"
    with pytest.raises(CannotRewriteError):
        edit(text, replace("/spec/a", 3))


def test_an_addition_that_is_there_already_changes_nothing() -> None:
    text = HEAD + "spec:\n  tolerations:\n  - key: vpc.amazonaws.com/efa\n    operator: Exists\n"
    assert edit(text, add("/spec/tolerations/-", TOLERATION)) == text


def test_the_place_of_an_object_is_found_among_documents_and_lists() -> None:
    text = (
        "# head\n---\n# nothing\n---\n" + HEAD + "metadata: {name: a}\n---\napiVersion: v1\n"
        "kind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n"
        "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: c\n"
    )
    found = read_content("x.yaml", text.encode()).objects
    assert [m.json["metadata"]["name"] for m in found] == ["a", "b", "c"]
    assert "".join(parts_of(text)) == text
    parts = parts_of(text)
    place = Parts(found[2].source).place_of(found[2])
    style = Style.of(text)
    wanted = (Operation(op="replace", path="/metadata/name", value="d"),)
    parts[place.part] = rewritten(parts[place.part], place.number, wanted, style)
    assert "".join(parts) == text.replace("name: c", "name: d")


def test_a_file_that_had_to_be_changed_to_be_read_is_not_written() -> None:
    raw = b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\\ud83d\\ude00"}}'
    (manifest,) = read_content("x.json", raw).objects
    with pytest.raises(CannotRewriteError, match="had to be changed"):
        Parts(manifest.source).place_of(manifest)


@pytest.mark.parametrize(
    "text",
    ["yes", "1", "1e3", "0x10", "", "2026-01-01", "a: b", "x #y", "- a", "*a", "null", "1_0"],
)
def test_a_text_that_reads_as_something_else_is_never_plain(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize(
    "text", ["Exists", "vpc.amazonaws.com/efa", "100Gi", "p5.48xlarge", "ap-northeast-2a"]
)
def test_names_stay_plain(text: str) -> None:
    assert is_plain(text)


# ---- any object, any change -------------------------------------------------

KEYS = st.text("abcXYZ./-_ é1", min_size=1, max_size=6).filter(lambda k: k.strip() == k)
SCALARS = st.one_of(
    st.text("ab 1:#-'\"{}[],&*!?|>%@`~yén\n", max_size=8),
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from(["true", "null", "1e3", "100Gi", "- x", "a: b"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def block(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)


def flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)


class Indented(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, False)  # noqa: FBT003


def indented(value: Any) -> str:
    return yaml.dump(value, Dumper=Indented, sort_keys=False, allow_unicode=True, width=10_000)


@given(OBJECTS, OBJECTS, st.sampled_from([block, flow, indented, json.dumps]))
@settings(max_examples=300, deadline=None)
def test_any_object_becomes_any_other_or_is_refused(
    old: Json, new: Json, write: Callable[[object], str]
) -> None:
    head = {"apiVersion": "v1", "kind": "Pod"}
    text = write({**head, "spec": old})
    (before,) = read_content("", text.encode()).objects
    operations = [Operation(op="replace", path="/spec", value=new)]
    try:
        after = rewritten(text, 0, operations, Style.of(text))
    except CannotRewriteError:
        event("refused")
        return
    (found,) = read_content("", after.encode()).objects
    assert found.json == {**before.json, "spec": new}
