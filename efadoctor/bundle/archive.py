"""The regular files of a tar, read front to back, with a bound on everything.

Not ``tarfile``: on the headers of a hostile archive the versions that ship with supported
Pythons loop for ever (CVE-2025-8194), backtrace without end (CVE-2024-6232) or read an
extended header of any size into memory. A bundle needs names, sizes and bytes, no more.

The format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar and pax)
and https://www.gnu.org/software/tar/manual/html_node/Standard.html (long names).
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from efadoctor.bundle.damage import DamageError, megabytes
from efadoctor.bundle.limits import (
    MAX_ENTRIES,
    MAX_HEADER_BYTES,
    MAX_RATIO,
    MAX_TOTAL_BYTES,
    MIB,
    RATIO_COUNTS_FROM,
)

_BLOCK = 512
_CHUNK = MIB
_GZIP_MAGIC = b"\x1f\x8b"
_BASE_256 = 0x80
_MOST_DIGITS = 19

_REGULAR = (b"0", b"\0", b"7")
_FOLDER = b"5"
_PAX, _PAX_GLOBAL = b"x", b"g"
_LONG_NAME, _LONG_LINK = b"L", b"K"
_NEVER_FOLLOWED = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a named pipe",
    b"S": "a sparse file",
}


class Member(msgspec.Struct):
    """One entry of a tar; ``read`` gives its bytes, until the next member is asked for."""

    name: str
    size: int
    read: Callable[[], bytes | bytearray]
    refusal: str = ""


def is_archive(path: Path) -> bool:
    """Whether the file starts as a gzip stream or a tar does. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    return start.startswith(_GZIP_MAGIC) or _Header.is_one(start)


def members(path: Path) -> Iterator[Member]:
    """Every file of the tar or ``.tar.gz`` at ``path``, folders and headers left out.

    Raises DamageError where the archive ends early, is no tar, or unpacks to too much:
    what came before is good.
    """
    with path.open("rb") as file:
        stream = _Stream(file)
        while (header := stream.next_header()) is not None:
            end = stream.at + header.padded_size
            if header.type != _FOLDER:
                yield Member(header.name, header.size, _reader(stream, header), header.refusal)
            stream.skip(end - stream.at)


def _reader(stream: "_Stream", header: "_Header") -> Callable[[], bytes | bytearray]:
    return lambda: stream.take(header.size)


class _Header(msgspec.Struct):
    """What one header block says; extended headers may have replaced name and size."""

    name: str
    size: int
    type: bytes
    sparse: bool = False

    @property
    def padded_size(self) -> int:
        return -(-self.size // _BLOCK) * _BLOCK

    @property
    def refusal(self) -> str:
        if self.sparse:
            return "a sparse file is not read"
        if self.type in _REGULAR:
            return ""
        what = _NEVER_FOLLOWED.get(self.type, f"an entry of type {self.type!r}")
        return f"{what} is never followed"

    @staticmethod
    def is_one(block: bytes) -> bool:
        """Whether the block's checksum is right, which only a tar header's is."""
        if len(block) != _BLOCK:
            return False
        try:
            claimed = _number(block[148:156])
        except ValueError:
            return False
        return claimed == sum(block[:148]) + sum(block[156:]) + 8 * 0x20

    @classmethod
    def parse(cls, block: bytes) -> "_Header":
        name = _text(block[:100])
        if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
            name = f"{prefix}/{name}"
        kind = block[156:157]
        if kind in _REGULAR and name.endswith("/"):
            kind = _FOLDER
        size = _number(block[124:136])
        # links and devices have no bytes of their own, whatever they claim
        bodiless = kind in _NEVER_FOLLOWED and kind != b"S"
        return cls(name, 0 if bodiless else size, kind)


def _number(field: bytes) -> int:
    """An octal number, or the GNU form of a large one. Raises ValueError; never negative."""
    if field[0] == _BASE_256:
        return int.from_bytes(field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "backslashreplace")


class _Stream:
    """The unpacked bytes, counted."""

    def __init__(self, file: BinaryIO) -> None:
        start = file.read(_BLOCK)
        file.seek(0)
        self._packed = file
        self._unpacked: BufferedIOBase = cast("BufferedIOBase", file)
        if start.startswith(_GZIP_MAGIC):
            self._unpacked = gzip.GzipFile(fileobj=file, mode="rb")
        self._entries = 0
        self._is_whole = False
        self.at = 0

    def next_header(self) -> _Header | None:
        """The next entry, its extended headers applied; None at the end of the archive."""
        name, size, sparse = "", -1, False
        while True:
            block = self._read(_BLOCK)
            self._entries += 1
            if self._entries > MAX_ENTRIES:
                raise DamageError(f"the archive has more than {MAX_ENTRIES:,} entries")
            if not block.strip(b"\0"):
                # tar ends in blocks of zeros; where gzip's own end is there, they may be missing
                if len(block) < _BLOCK and (block or not self._is_whole):
                    raise self._cut()
                return None
            if not _Header.is_one(bytes(block)):
                raise DamageError(
                    "the archive is damaged" if self.at > _BLOCK else "is not a tar archive",
                    f"byte {self.at - len(block)} of the archive",
                )
            header = self._parse(bytes(block))
            if header.type not in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
                break
            body = self._body_of(header)
            if header.type == _LONG_NAME:
                name = _text(body)
            elif header.type == _PAX:
                said = _pax_records(body)
                name = said.get("path", name)
                size = _decimal(said.get("size", ""), size)
                sparse = any(key.startswith("GNU.sparse.") for key in said)
        header.name = name or header.name
        header.size = size if size >= 0 else header.size
        header.sparse = sparse
        return header

    def take(self, size: int) -> bytes | bytearray:
        """Exactly this many bytes. Raises DamageError."""
        found = self._read(size)
        if len(found) < size:
            raise self._cut()
        return found

    def skip(self, size: int) -> None:
        while size > 0:
            step = min(size, _CHUNK)
            self.take(step)
            size -= step

    def _parse(self, block: bytes) -> _Header:
        try:
            return _Header.parse(block)
        except ValueError:
            place = f"byte {self.at - _BLOCK} of the archive"
            raise DamageError("the archive is damaged", place) from None

    def _body_of(self, header: _Header) -> bytes:
        if header.size > MAX_HEADER_BYTES:
            place = f"byte {self.at} of the archive"
            raise DamageError(f"a header of {megabytes(header.size)} is not read", place)
        return bytes(self.take(header.padded_size)[: header.size])

    def _cut(self) -> DamageError:
        return DamageError("the archive is truncated", f"byte {self.at} of the archive")

    def _read(self, size: int) -> bytes | bytearray:
        """Up to ``size`` bytes; fewer only at the end of the archive."""
        found = bytearray()
        while len(found) < size:
            try:
                chunk = self._unpacked.read(min(size - len(found), _CHUNK))
            except EOFError:
                break
            except (OSError, zlib.error) as error:
                place = f"byte {self.at} of the archive"
                raise DamageError(f"the archive is damaged: {error}", place) from None
            if not chunk:
                self._is_whole = isinstance(self._unpacked, gzip.GzipFile)
                break
            found += chunk
            self.at += len(chunk)
            self._check_limits()
        return found

    def _check_limits(self) -> None:
        if self.at > MAX_TOTAL_BYTES:
            raise DamageError(f"the archive unpacks to more than {megabytes(MAX_TOTAL_BYTES)}")
        if self.at > RATIO_COUNTS_FROM and self.at > MAX_RATIO * self._packed.tell():
            raise DamageError(f"the archive unpacks to more than {MAX_RATIO} times its size")


def _pax_records(body: bytes) -> dict[str, str]:
    """The records of a pax header: each is its length, a space, ``key=value`` and a newline."""
    records: dict[str, str] = {}
    while body:
        digits, space, _ = body[:20].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        if not space or not len(digits) + 1 < length <= len(body):
            break
        key, _, value = body[len(digits) + 1 : length - 1].partition(b"=")
        records[_text(key)] = _text(value)
        body = body[length:]
    return records


def _decimal(text: str, otherwise: int) -> int:
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else otherwise
    )
