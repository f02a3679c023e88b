"""Lines of a stream, however long they are, without holding more than one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from efadoctor.verify.reading import LONGEST_LINE


def lines_of(stream: BinaryIO) -> Iterator[str]:
    """Every line of a stream of bytes, cut where it is too long; what is no UTF-8 is escaped."""
    cut = False
    while chunk := stream.readline(LONGEST_LINE):
        if not cut:
            yield chunk.decode("utf-8", "backslashreplace")
        cut = not chunk.endswith(b"\n") and len(chunk) == LONGEST_LINE
