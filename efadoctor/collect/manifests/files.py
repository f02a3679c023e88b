"""Finds and opens the files that manifests are in.

In folders links are not followed: a pull request may add one to anywhere.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from efadoctor.bundle.damage import megabytes
from efadoctor.bundle.limits import MAX_FILES, MAX_TOTAL_YAML_BYTES, MAX_YAML_BYTES
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.inert import inert

STDIN = "-"
_SHOWN_STDIN = "<stdin>"
_SUFFIXES = (".yaml", ".yml", ".json")


class ManifestFile(msgspec.Struct, frozen=True):
    """One file's content, or why it was not opened (``asked_for`` by its own name or not)."""

    name: str
    content: bytes = b""
    refusal: str = ""
    asked_for: bool = True


def find(paths: Sequence[str], stdin: BinaryIO) -> Iterator[ManifestFile]:
    """The files named, and those in the folders named, each once, in the order of names.

    Raises UnreadableInputError for a path that cannot be opened.
    """
    left = MAX_TOTAL_YAML_BYTES
    seen: set[str] = set()
    for number, file in enumerate(_all(paths, stdin, seen)):
        left -= len(file.content)
        if left < 0:
            raise UnreadableInputError(
                f"more than {megabytes(MAX_TOTAL_YAML_BYTES)} of manifests; name fewer at a time"
            )
        if number >= MAX_FILES:
            raise UnreadableInputError(f"more than {MAX_FILES:,} manifest files")
        yield file


def _all(paths: Sequence[str], stdin: BinaryIO, seen: set[str]) -> Iterator[ManifestFile]:
    for path in paths:
        if path == STDIN:
            yield _limited(_SHOWN_STDIN, stdin)
            continue
        try:
            if Path(path).is_dir():
                yield from _in_folder(Path(path), seen)
            else:
                yield from _opened(Path(path), seen)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UnreadableInputError(f"{inert(path)}: {reason or 'cannot be read'}") from None


def _in_folder(folder: Path, seen: set[str]) -> Iterator[ManifestFile]:
    for inside, folders, names in os.walk(folder, onerror=_fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.endswith(_SUFFIXES) or name.startswith("."):
                continue
            file = Path(inside) / name
            mode = file.lstat().st_mode
            if stat.S_ISLNK(mode):
                yield ManifestFile(str(file), refusal="a link is not followed", asked_for=False)
            elif stat.S_ISREG(mode):
                yield from _opened(file, seen)
            else:
                yield ManifestFile(str(file), refusal="not a regular file", asked_for=False)


def _fail(error: OSError) -> None:
    raise error


def _opened(file: Path, seen: set[str]) -> Iterator[ManifestFile]:
    """The file's content, once: a folder and a file in it may both be named."""
    resolved = os.path.realpath(file)
    if resolved in seen:
        return
    seen.add(resolved)
    with file.open("rb") as opened:
        yield _limited(str(file), opened)


def _limited(name: str, file: BinaryIO) -> ManifestFile:
    """No more than is read at all, even from a pipe or a device that never ends."""
    content = file.read(MAX_YAML_BYTES + 1)
    if len(content) > MAX_YAML_BYTES:
        return ManifestFile(name, refusal=f"more than {megabytes(MAX_YAML_BYTES)}")
    return ManifestFile(name, content)
