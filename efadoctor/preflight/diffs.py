"""Fixes of what was given as a manifest: as diffs of its file, and written to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from efadoctor.collect.manifests import Manifest, SourceFile
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
from efadoctor.preflight.rewriting import (
    CannotRewriteError,
    Place,
    parts_of,
    place_of,
    rewritten,
)
from efadoctor.preflight.written import Given
from efadoctor.preflight.yaml_style import Style

_CONTEXT = 3
_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")
_WRITES = frozenset({Risk.SAFE, Risk.RESTARTS})


class Drafts:
    """The given files as fixes change them, one after another."""

    def __init__(self, given: Given) -> None:
        self._manifests = {w.ref: w.manifest for w in given.objects}
        self._sources: dict[str, SourceFile] = {}
        self._parts: dict[str, list[str]] = {}
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
        before = {name: list(parts) for name, parts in self._parts.items()}
        try:
            for edit in _patches(fix.edits):
                self._apply(edit.target, edit.operations)
            text = "".join(
                unified(name, before.get(name) or parts_of(self._sources[name].text), parts)
                for name, parts in self._parts.items()
            )
        except CannotRewriteError:
            self._parts = before
            raise
        if keep:
            self._known[key] = text
        else:
            self._parts = before
        return text

    def _apply(self, target: ObjectRef, operations: Sequence[Operation]) -> None:
        manifest = self._manifests[target]
        place = self._place(target, manifest)
        source = self._sources.setdefault(manifest.file, manifest.source)
        parts = self._parts.setdefault(manifest.file, parts_of(source.text))
        style = Style.of(source.text)
        parts[place.part] = rewritten(parts[place.part], place.number, operations, style)

    def _place(self, target: ObjectRef, manifest: Manifest) -> Place:
        if target not in self._places:
            self._places[target] = place_of(manifest)
        return self._places[target]

    def write(self) -> tuple[str, ...]:
        """Write every file that has changed; their names.

        Raises UsageError for one that cannot be written, or has changed since it was read.
        """
        names: list[str] = []
        for name, parts in self._parts.items():
            source, text = self._sources[name], "".join(parts)
            if text != source.text:
                _write(source, text)
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


def unified(name: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The change of a file from parts to parts, as ``diff -u`` and ``git diff`` write it."""
    old, new = _lines("".join(before)), _lines("".join(after))
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    start = max(0, head - _CONTEXT)
    shown = name.removeprefix("./").lstrip("/")
    lines = difflib.unified_diff(
        old[start : len(old) - max(0, tail - _CONTEXT)],
        new[start : len(new) - max(0, tail - _CONTEXT)],
        f"a/{shown}",
        f"b/{shown}",
        n=_CONTEXT,
    )
    return "".join(_shifted(line, start) for line in lines)


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
