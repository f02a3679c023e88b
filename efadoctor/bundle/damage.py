"""What is wrong with one file of a bundle, and where in it."""

from efadoctor.model.facts import CoverageStatus

_MEGABYTE = 1_000_000


class DamageError(Exception):
    """A file, or what is left of an archive, that cannot be used; the rest of the bundle can.

    ``place`` is where in the file: ``line 12, column 5`` or ``byte 1024``, "" for all of it.
    """

    def __init__(
        self, reason: str, place: str = "", status: CoverageStatus = CoverageStatus.ERROR
    ) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place
        self.status = status


def line_and_column(raw: bytes | bytearray, offset: int) -> str:
    """The place of a byte, as an editor counts: both from 1."""
    line = raw.count(b"\n", 0, offset) + 1
    column = offset - raw.rfind(b"\n", 0, offset)
    return f"line {line}, column {column}"


def megabytes(size: int) -> str:
    """A size as a person reads it."""
    return f"{size / _MEGABYTE:,.0f} MB" if size >= _MEGABYTE else f"{size:,} bytes"
