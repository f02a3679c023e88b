r"""Untrusted text is made inert once, where a snapshot is built.

Names, annotations and messages come from whoever may write to the cluster. A terminal
obeys escape sequences in them, bidirectional controls show one name as another, and of two
names one may have a character that has no width. So each such character becomes its visible
escape (``\x1b``, ``\u202e``); newlines and tabs stay.
Markup is the business of each face: no face parses text as markup.
"""

import re
from typing import Any

import msgspec

# C0 (but tab and newline), DEL, C1, soft hyphen, Arabic letter mark, zero-width space (but not
# the joiners that some scripts write with), bidi marks, embeddings and isolates, line and
# paragraph separators, what is invisible, interlinear annotations, lone surrogates, the byte
# order mark.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_ACTIVE_JSON = re.compile(
    rb"\\u00[01]|\\[bfr]|\x7f|\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe2\x80[\x8b\x8e\x8f\xa8-\xae]"
    rb"|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf|\xef\xbf[\xb9-\xbb]"
)


_ACTIVE_ESCAPE = re.compile(
    rb"\\(?:[bfr]|u(?:00[0189]|007[fF]|00[aA][dD]|061[cC]|20(?:0[bBeEfF]|2[89a-eA-E]|6[0-9])"
    rb"|[fF][eE][fF][fF]|[fF]{3}|[dD][89a-fA-F]))"
)
"""JSON's escapes of active characters; one literal start makes the search ten times faster."""


LATIN_1_END = 0xFF


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= LATIN_1_END else f"\\u{code:04x}"


def inert(text: str) -> str:
    """``text`` with every character that a terminal might obey made visible instead."""
    return _ACTIVE.sub(_escape, text)


def inert_json(value: Any) -> Any:
    """Plain JSON with every string, keys included, made inert."""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, dict):
        return {inert_json(k): inert_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [inert_json(v) for v in value]
    return value


def is_inert(views: Any) -> bool:
    """Whether typed views surely hold no active character; a backslash may be a false alarm.

    Looks at their encoding, which costs a tenth of looking at each string.
    """
    try:
        raw = msgspec.json.encode(views)
    except UnicodeEncodeError:
        return False
    return is_surely_inert(raw) or _ACTIVE_JSON.search(raw) is None


def is_surely_inert(raw: bytes | bytearray) -> bool:
    """Whether this JSON is ASCII without an escape that could stand for an active character.

    A cheap test (0.3 ms a megabyte) that most files pass; False says nothing.
    """
    return raw.isascii() and b"\x7f" not in raw and _ACTIVE_ESCAPE.search(raw) is None
