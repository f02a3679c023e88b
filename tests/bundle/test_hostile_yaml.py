"""YAML in a bundle: what is broken is told with its place, what unfolds without end is refused."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bundle_files import (
    GOOD,
    folder,
    told,
)

from efadoctor.bundle import load


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
def test_yaml_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, content: str | bytes, place: str, reason: str
) -> None:
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.yaml": content}))
    ((where, why),) = told(snapshot)
    assert where == f"cluster/nodes.yaml{place}"
    assert reason in why


def bomb(form: Callable[[str, int], str]) -> str:
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
def test_alias_and_merge_bombs_are_refused_at_once(
    tmp_path: Path, form: Callable[[str, int], str]
) -> None:
    root = folder(tmp_path, {**GOOD, "cluster/nodes.yaml": bomb(form)})
    started = time.monotonic()
    ((where, why),) = told(load(root))
    assert time.monotonic() - started < 1
    assert "aliases unfold into more than 500,000 parts" in why
    assert "line" in where


def test_a_long_text_cannot_be_piled_up_by_aliases(tmp_path: Path) -> None:
    content = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 5000)}]"
    snapshot = load(folder(tmp_path, {**GOOD, "cluster/nodes.yaml": content}))
    assert "unfold" in told(snapshot)[0][1]
