"""The files of a bundle, whether it is a folder or an archive.

Names use ``/`` and start at the bundle: an archive's one top folder is left off. Only
regular files are opened, links and pipes inside a bundle never.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from efadoctor.bundle import archive
from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.layout import belongs_to_a_bundle, may_hold_files
from efadoctor.bundle.limits import MAX_FILES
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.inert import inert


class BundleFile(msgspec.Struct):
    """One file: its name in the bundle, its size in bytes, and a way to its bytes.

    ``read`` raises DamageError; in an archive it works only until the next file is asked for.
    ``refusal`` says why the file must not be read, "" where it may.
    """

    name: str
    size: int
    read: Callable[[], bytes | bytearray]
    refusal: str = ""


def files(path: Path) -> Iterator[BundleFile]:
    """The files of the bundle at ``path``, in the order of their names (of the archive).

    Raises UnreadableInputError where there is no bundle at all, and DamageError where an
    archive ends early: what came before it is good.
    """
    shown = inert(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
            return _in_folder(path)
        if not stat.S_ISREG(mode):
            raise UnreadableInputError(f"{shown}: neither a folder nor a file")
        if not archive.is_archive(path):
            raise UnreadableInputError(
                f"{shown}: not a bundle: neither a folder nor a .tar.gz or .tar archive"
            )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableInputError(f"{shown}: {inert(reason or 'cannot be read')}") from None
    return _in_archive(path)


def _in_folder(root: Path) -> Iterator[BundleFile]:
    for number, file in enumerate(_below(root, ())):
        if number >= MAX_FILES:
            raise DamageError(f"more than {MAX_FILES:,} files; the rest is not read")
        yield file


def _below(folder: Path, inside: tuple[str, ...]) -> Iterator[BundleFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield BundleFile("/".join(inside), 0, _nothing, error.strerror or "cannot be read")
        return
    for entry in entries:
        parts = (*inside, entry.name)
        if not entry.is_dir(follow_symlinks=False):
            yield _on_disk(Path(entry.path), "/".join(parts))
        elif may_hold_files(parts):
            yield from _below(Path(entry.path), parts)


def _on_disk(file: Path, name: str) -> BundleFile:
    try:
        status = file.lstat()
    except OSError as error:
        return BundleFile(name, 0, _nothing, error.strerror or "cannot be read")
    if stat.S_ISLNK(status.st_mode):
        return BundleFile(name, 0, _nothing, "a symbolic link is never followed")
    if not stat.S_ISREG(status.st_mode):
        return BundleFile(name, 0, _nothing, "not a regular file")
    return BundleFile(name, status.st_size, lambda: _content(file, status.st_size))


def _content(file: Path, size: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError as error:
        raise DamageError(error.strerror or "cannot be read") from None


def _nothing() -> bytes:
    return b""


def _in_archive(path: Path) -> Iterator[BundleFile]:
    top: str | None = None
    for number, member in enumerate(archive.members(path)):
        if number >= MAX_FILES:
            raise DamageError(f"more than {MAX_FILES:,} files; the rest is not read")
        parts = [part for part in member.name.split("/") if part not in ("", ".")]
        refusal = member.refusal
        if member.name.startswith("/") or ".." in parts:
            refusal = "a name that leads out of the bundle is never followed"
        elif not belongs_to_a_bundle(parts) and belongs_to_a_bundle(parts[1:]):
            top = parts[0] if top is None else top
            if parts[0] == top:
                parts = parts[1:]
        yield BundleFile("/".join(parts), member.size, member.read, refusal)
