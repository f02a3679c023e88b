"""Fixes of what was given as a manifest: as diffs of its file, and written to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from efadoctor.collect.manifests import SourceFile
from efadoctor.model.errors import UsageError
from efadoctor.model.finding import Finding
from efadoctor.model.fix import (
    Deletion,
    Edit,
    Fix,
    Operation,
    Patch,
    Recreation,
    Risk,
    SourceChange,
)
from efadoctor.model.inert import inert
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report
from efadoctor.preflight.rewriting import CannotRewriteError, Parts, Place, rewritten
from efadoctor.preflight.written import Given

_CONTEXT = 3
_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")
_WRITES = frozenset({Risk.SAFE, Risk.RESTARTS})


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
        key = msgspec.json.encode([(e.target, e.operations) for e in _patches(fix.edits)])
        if key in self._known:
            return self._known[key]
        before: dict[tuple[str, int], str] = {}
        done = False
        try:
            for edit in _patches(fix.edits):
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
                above="".join(now[max(0, start - _CONTEXT) : start]),
                below="".join(now[end : end + _CONTEXT]),
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
                _write(file.source, text)
                names.append(name)
        return tuple(names)


def _write(source: SourceFile, text: str) -> None:
    mark = "\ufeff" if source.has_byte_order_mark else ""
    path = Path(source.name)
    try:
        if path.read_bytes() != (mark + source.text).encode():
            raise UsageError(f"{inert(source.name)}: has changed since it was read; run it again")
        path.write_bytes((mark + text).encode())
    except OSError as error:
        raise UsageError(f"{inert(source.name)}: cannot be written: {error.strerror}") from None


def _patches(edits: Iterable[Edit]) -> list[Patch | Recreation | SourceChange]:
    return [e for e in edits if isinstance(e, Patch | Recreation | SourceChange)]


# ---- the fixes of a report --------------------------------------------------


def with_diffs(report: Report, drafts: Drafts, fresh: frozenset[ObjectRef]) -> Report:
    """The report whose fixes of given objects are diffs, each on top of the plan's before it.

    ``fresh`` are the given objects that are in no cluster: nothing of theirs can restart.
    """
    steps = report.plan.steps if report.plan is not None else ()
    chosen = {step.finding: step.fix for step in steps}
    causes = tuple(
        _with_diffs(finding, chosen.get(number), drafts, fresh)
        for number, finding in enumerate(report.root_causes)
    )
    warnings = tuple(_with_diffs(f, None, drafts, fresh) for f in report.warnings)
    return msgspec.structs.replace(report, root_causes=causes, warnings=warnings)


def _with_diffs(
    finding: Finding, chosen: int | None, drafts: Drafts, fresh: frozenset[ObjectRef]
) -> Finding:
    fixes: list[Fix] = []
    for number, fix in enumerate(finding.fixes):
        if not _is_of_files(fix, drafts):
            fixes.append(fix)
        elif number == chosen or not _repeats(fix):
            fixes.append(_as_diff(fix, drafts, fresh, keep=number == chosen))
    return msgspec.structs.replace(finding, fixes=tuple(fixes))


def _is_of_files(fix: Fix, drafts: Drafts) -> bool:
    """Whether a fix changes given objects and nothing else; pods that go come back by it."""
    patches = _patches(fix.edits)
    return bool(patches) and all(
        (isinstance(e, Patch | Recreation | SourceChange) and drafts.has(e.target))
        or (isinstance(e, Deletion) and e.target.kind == "Pod")
        for e in fix.edits
    )


def _repeats(fix: Fix) -> bool:
    """A change for the source of an object: the manifest is that source."""
    return all(isinstance(e, SourceChange) for e in fix.edits)


def _as_diff(fix: Fix, drafts: Drafts, fresh: frozenset[ObjectRef], *, keep: bool) -> Fix:
    if all(e.target in fresh for e in _patches(fix.edits)):
        risk = fix.risk if fix.risk is Risk.COSTS_MONEY else Risk.SAFE
        warning = fix.warning if fix.risk is Risk.COSTS_MONEY else ""
        fix = msgspec.structs.replace(fix, risk=risk, warning=warning)
    try:
        text = drafts.diff(fix, keep=keep)
    except CannotRewriteError as cannot:
        said = f"{fix.title} (no diff: {cannot})"
        return msgspec.structs.replace(fix, title=inert(said), commands=(), dry_runs=())
    return msgspec.structs.replace(fix, commands=(), dry_runs=(), diff=inert_diff(text))


def inert_diff(text: str) -> str:
    """A diff in which no control character is obeyed; its lines stay lines."""
    return "".join(_inert_line(line) + "\n" for line in text.split("\n")[:-1])


def _inert_line(line: str) -> str:
    """A line that ends in a carriage return keeps it: the file has it too."""
    return inert(line.removesuffix("\r")) + ("\r" if line.endswith("\r") else "")


def write_safe(reports: Iterable[Report], given: Given) -> tuple[tuple[str, ...], int]:
    """Write the fixes that were tried, restart at most, and belong to a plan.

    The names of the files written, and how many fixes. Raises UsageError.
    """
    drafts, done = Drafts(given), 0
    for fix in _safe(reports):
        try:
            done += bool(drafts.diff(fix, keep=True))
        except CannotRewriteError:
            continue
    return drafts.write(), done


def _safe(reports: Iterable[Report]) -> Iterator[Fix]:
    seen: set[bytes] = set()
    for report in reports:
        for step in report.plan.steps if report.plan is not None else ():
            fix = report.root_causes[step.finding].fixes[step.fix]
            key = msgspec.json.encode(fix.edits)
            if fix.diff and fix.verified and fix.risk in _WRITES and key not in seen:
                seen.add(key)
                yield fix


# ---- unified diffs ----------------------------------------------------------


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above and below a part of a file, and how many lines there are above it."""

    above: str = ""
    below: str = ""
    lines: int = 0


NOTHING = Around()


def unified(name: str, before: str, after: str, around: Around = NOTHING) -> str:
    """The change of a part of a file, as ``diff -u`` and ``git diff`` write it."""
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - head)
    start = max(0, head - _CONTEXT)
    above = _lines(around.above)[-_CONTEXT:] if head < _CONTEXT else []
    below = _lines(around.below)[:_CONTEXT] if tail < _CONTEXT else []
    shown = name.removeprefix("./").lstrip("/")
    lines = difflib.unified_diff(
        [*above, *old[start : len(old) - max(0, tail - _CONTEXT)], *below],
        [*above, *new[start : len(new) - max(0, tail - _CONTEXT)], *below],
        f"a/{shown}",
        f"b/{shown}",
        n=_CONTEXT,
    )
    return "".join(_shifted(line, around.lines + start - len(above)) for line in lines)


def _lines(text: str) -> list[str]:
    """Lines as diff and patch count them, with their ends."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    shortest = min(len(one), len(other))
    return next((n for n in range(shortest) if one[n] != other[n]), shortest)


def _shifted(line: str, by: int) -> str:
    """A line of a diff of a part, numbered as in the whole; one without its end says so."""
    match = _HUNK.match(line)
    if match is not None:
        old, new = int(match[1]) + by, int(match[3]) + by
        return f"@@ -{old}{match[2] or ''} +{new}{match[4] or ''} @@\n"
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
