"""What is wrong with one file of a bundle, and where in it."""

import msgspec

from efadoctor.model.coverage import CoverageStatus

_MEGABYTE = 1_000_000


class TextPlace(msgspec.Struct, frozen=True):
    """A place in a text, as an editor counts: both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class DamageError(Exception):
    """A file, or what is left of an archive, that cannot be used; the rest of the bundle can.

    ``place`` is where in the file: ``line 12, column 5`` or ``byte 1024``, "" for all of it.
    """

    def __init__(
        self,
        reason: str,
        place: TextPlace | str = "",
        status: CoverageStatus = CoverageStatus.ERROR,
    ) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = str(place)
        self.in_text = place if isinstance(place, TextPlace) else None
        self.status = status


def line_and_column(raw: bytes | bytearray, offset: int) -> TextPlace:
    """The place of a byte of UTF-8 text."""
    start = raw.rfind(b"\n", 0, offset) + 1
    before = raw[start:offset].decode("utf-8", "replace")
    return TextPlace(raw.count(b"\n", 0, offset) + 1, len(before) + 1)


def megabytes(size: int) -> str:
    """A size as a person reads it."""
    return f"{size / _MEGABYTE:,.0f} MB" if size >= _MEGABYTE else f"{size:,} bytes"
