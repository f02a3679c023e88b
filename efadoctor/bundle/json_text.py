"""Bytes that should be JSON: what is wrong with them, and where.

Where a key occurs twice the last one counts, as for the API server
(https://pkg.go.dev/encoding/json#Unmarshal).
"""

import codecs
import re
from typing import TypeVar

import msgspec

from efadoctor.bundle.damage import DamageError, TextPlace, line_and_column
from efadoctor.bundle.limits import MIB
from efadoctor.model.inert import inert

T = TypeVar("T")
Bytes = bytes | bytearray

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AT_BYTE = re.compile(r"^(?:JSON is malformed: )?(?P<reason>.*) \(byte (?P<at>\d+)\)$")
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: one character
    rb"|\\(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def checked(raw: Bytes) -> Bytes:
    """The bytes without a byte order mark, if they are UTF-8 text. Raises DamageError."""
    if raw.startswith(_UTF16):
        raise DamageError("UTF-16 text; save it as UTF-8", "byte 0")
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw.removeprefix(codecs.BOM_UTF8)  # which copies a bytearray
    if not raw or raw.isspace():
        raise DamageError("empty")
    if not raw.isascii():
        _check_utf8(raw)
    return raw


def _check_utf8(raw: Bytes) -> None:
    """Raises DamageError. Piece by piece, so that no second copy of the text is held."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), MIB):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(raw[start : start + MIB], final=start + MIB >= len(raw))
        except UnicodeDecodeError as error:
            place = line_and_column(raw, start - held + error.start)
            raise DamageError("not UTF-8", place) from None


def decode(raw: Bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """What the decoder makes of the bytes.

    Raises DamageError where they are no JSON, msgspec.ValidationError where they are JSON
    of another shape.
    """
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except RecursionError:
        raise DamageError("nested too deeply", _deepest(raw)) from None
    except msgspec.DecodeError as error:
        mended = _without_lone_surrogates(raw)
        if mended != raw:
            return decode(mended, decoder)
        raise _damage(raw, str(error)) from None


def _damage(raw: Bytes, message: str) -> DamageError:
    match = _AT_BYTE.match(message)
    if match is None:
        return DamageError("truncated", line_and_column(raw, len(raw)))
    # of what follows the end msgspec tells the second byte
    at = int(match["at"]) - (match["reason"] == "trailing characters")
    return DamageError(f"not JSON: {inert(match['reason'])}", line_and_column(raw, at))


def _without_lone_surrogates(raw: Bytes) -> Bytes:
    """Half a character, which no text can hold, becomes its visible escape."""
    if b"\\u" not in raw:
        return raw
    return _ESCAPES.sub(lambda m: b"\\\\" + m["lone"] if m["lone"] else m[0], raw)


DEEPEST = 900
"""The decoder gives up a little later, at a depth that its build decides."""


def _deepest(raw: Bytes) -> TextPlace | str:
    """Where nesting passes the thousand levels that the decoder follows."""
    depth = 0
    for match in _BRACKETS.finditer(raw, 0, 64 * MIB):
        bracket = match[0]
        if bracket in (b"[", b"{"):
            depth += 1
            if depth > DEEPEST:
                return line_and_column(raw, match.start())
        elif bracket in (b"]", b"}"):
            depth -= 1
    return ""
