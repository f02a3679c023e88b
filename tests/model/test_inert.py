"""What is made visible, and that the quick looks at JSON overlook none of it."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.model.inert import inert, is_inert, is_surely_inert

ACTIVE = "\x00\x07\x1b\x7f\x85\x9b\xad\u061c\u200b\u200e\u202e\u2028\u2060\u2064\u2066\ufeff\ufff9"


@pytest.mark.parametrize("character", ACTIVE)
def test_an_active_character_is_seen(character: str) -> None:
    shown = inert(f"a{character}b")
    assert character not in shown
    assert shown.startswith("a\\")


@pytest.mark.parametrize("text", ["a\tb\nc", "파드", "\u0645\u06cc\u200c\u062e", "👩\u200d💻", "é"])
def test_what_a_script_is_written_with_stays(text: str) -> None:
    assert inert(text) == text


@given(st.text(st.sampled_from(f"{ACTIVE}ab\\u\n é中"), max_size=8))
def test_the_quick_looks_overlook_nothing(text: str) -> None:
    active = inert(text) != text
    assert not (is_inert([text]) and active)
    for raw in (msgspec.json.encode(text), json.dumps(text).encode()):
        assert not (is_surely_inert(raw) and active)
