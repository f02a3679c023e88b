"""The given files as fixes change them, one fix after another, until they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from efadoctor.collect.manifests import SourceFile
from efadoctor.model.errors import UsageError
from efadoctor.model.fix import Edit, Fix, Operation, Patch, Recreation, SourceChange
from efadoctor.model.inert import inert
from efadoctor.model.reference import ObjectRef
from efadoctor.preflight.rewriting import Parts, Place, rewritten
from efadoctor.preflight.unified import CONTEXT, Around, unified
from efadoctor.preflight.written import Given


class _File:
    """A given file as fixes change it, part by part."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.parts = Parts(source)
        self.now = list(self.parts.texts)
        self.lines = [text.count("\n") for text in self.now]

    def put(self, part: int, text: str) -> None:
        """Another text for a part."""
        self.now[part] = text
        self.lines[part] = text.count("\n")


class Drafts:
    """The given files as fixes change them, one after another."""

    def __init__(self, given: Given) -> None:
        self._manifests = {w.ref: w.manifest for w in given.objects}
        self._files: dict[str, _File] = {}
        self._places: dict[ObjectRef, Place] = {}
        self._known: dict[bytes, str] = {}

    def has(self, target: ObjectRef) -> bool:
        """Whether an object was given as a manifest."""
        return target in self._manifests

    def diff(self, fix: Fix, *, keep: bool) -> str:
        """What a fix changes in the files, as a unified diff; ``keep`` makes it the next's start.

        "" where all of it is done already. Raises CannotRewriteError.
        """
        key = msgspec.json.encode([(e.target, e.operations) for e in patches_of(fix.edits)])
        if key in self._known:
            return self._known[key]
        before: dict[tuple[str, int], str] = {}
        done = False
        try:
            for edit in patches_of(fix.edits):
                self._apply(edit.target, edit.operations, before)
            text = self._difference(before)
            done = keep
        finally:
            if not done:
                for (name, part), old in before.items():
                    self._files[name].put(part, old)
        if keep:
            self._known[key] = text
        return text

    def _apply(
        self,
        target: ObjectRef,
        operations: Sequence[Operation],
        before: dict[tuple[str, int], str],
    ) -> None:
        manifest = self._manifests[target]
        if manifest.file not in self._files:
            self._files[manifest.file] = _File(manifest.source)
        file = self._files[manifest.file]
        if target not in self._places:
            self._places[target] = file.parts.place_of(manifest)
        place = self._places[target]
        old = file.now[place.part]
        new = rewritten(old, place.number, operations, file.parts.style)
        before.setdefault((manifest.file, place.part), old)
        file.put(place.part, new)

    def _difference(self, before: dict[tuple[str, int], str]) -> str:
        """The diff from the parts as they were before, each with the lines around it."""
        found: list[str] = []
        for name in dict.fromkeys(name for name, _ in before):
            file = self._files[name]
            now = file.now
            was = {part: old for (other, part), old in before.items() if other == name}
            # parts that are neighbours go together, or the lines around them would be wrong
            start, end = min(was), max(was) + 1
            old = "".join(was.get(n, now[n]) for n in range(start, end))
            new = "".join(now[start:end])
            around = Around(
                above="".join(now[max(0, start - CONTEXT) : start]),
                below="".join(now[end : end + CONTEXT]),
                lines=sum(file.lines[:start]),
            )
            found.append(unified(name, old, new, around))
        return "".join(found)

    def write(self) -> tuple[str, ...]:
        """Write every file that has changed; their names.

        Raises UsageError for one that cannot be written, or has changed since it was read.
        """
        names: list[str] = []
        for name, file in self._files.items():
            text = "".join(file.now)
            if text != file.source.text:
                overwrite(file.source, text)
                names.append(name)
        return tuple(names)


def overwrite(source: SourceFile, text: str) -> None:
    """Write another text into a file that was read.

    Raises UsageError where it cannot be written, or has changed since.
    """
    mark = "\ufeff" if source.has_byte_order_mark else ""
    path = Path(source.name)
    try:
        if path.read_bytes() != (mark + source.text).encode():
            raise UsageError(f"{inert(source.name)}: has changed since it was read; run it again")
        path.write_bytes((mark + text).encode())
    except OSError as error:
        raise UsageError(f"{inert(source.name)}: cannot be written: {error.strerror}") from None


def patches_of(edits: Iterable[Edit]) -> list[Patch | Recreation | SourceChange]:
    """Those of the edits that change fields of an object."""
    return [e for e in edits if isinstance(e, Patch | Recreation | SourceChange)]
