"""Every edit of a fix as shell lines, in order; and the same as dry runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any

import msgspec

from efadoctor.fix.rebase import does_nothing
from efadoctor.fix.render.aws_cli import aws_dry_run, aws_line
from efadoctor.fix.render.done import done_tests
from efadoctor.fix.render.helm import helm_line
from efadoctor.fix.render.kubectl import creation_line, deletion_line, patch_line, recreation_line
from efadoctor.fix.render.manifest import manifest
from efadoctor.fix.render.shell import Shell, line
from efadoctor.model.edits import plain
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Command,
    Creation,
    Deletion,
    Edit,
    Fix,
    Operation,
    Patch,
    Recreation,
    SourceChange,
)
from efadoctor.model.kubernetes import Pod, ResourceQuota
from efadoctor.model.snapshot import Snapshot


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A shell line, and the one that shows what it would do ("" where nothing can)."""

    run: str
    dry_run: str = ""


def rendered(snapshot: Snapshot, fix: Fix) -> Fix:
    """The fix with its commands and its manifest, as they fit this snapshot."""
    lines = lines_of(snapshot, fix.edits)
    return msgspec.structs.replace(
        fix,
        commands=tuple(found.run for found in lines),
        dry_runs=tuple(found.dry_run for found in lines),
        manifest=manifest(snapshot, fix.edits),
    )


def lines_of(snapshot: Snapshot, edits: Sequence[Edit]) -> tuple[Line, ...]:
    """The lines of some edits. Equal patches of objects of one kind share a line."""
    shell = Shell.of(snapshot.origin)
    found: list[Line] = []
    for _, group in groupby(edits, partial(_alike, snapshot)):
        same = tuple(group)
        patches = tuple(e for e in same if isinstance(e, Patch))
        if patches:
            if not does_nothing(patches[0]):
                run = patch_line(patches, shell, done=_done(snapshot, patches[0]))
                found.append(Line(run=run, dry_run=patch_line(patches, shell, dry_run=True)))
        else:
            found.extend(made for e in same if (made := _line(snapshot, e, shell)))
    return tuple(found)


def _alike(snapshot: Snapshot, edit: Edit) -> Any:
    if isinstance(edit, Patch):
        ref = edit.target
        said = msgspec.json.encode((edit.operations, _done(snapshot, edit)))
        return (ref.api_version, ref.kind, ref.namespace, said)
    return id(edit)


def _done(snapshot: Snapshot, edit: Patch | Recreation) -> tuple[Operation, ...]:
    view = snapshot.find(edit.target)
    return done_tests(view, edit.operations) if view is not None else ()


def _line(snapshot: Snapshot, edit: Edit, shell: Shell) -> Line | None:
    match edit:
        case Deletion():
            pod = snapshot.find(edit.target)
            pending = isinstance(pod, Pod) and pod.status.phase == "Pending"
            run = deletion_line(edit, shell, pending=pending)
            dry = deletion_line(edit, shell, pending=pending, dry_run=True)
        case Recreation():
            present = plain(snapshot.find(edit.target)) or {}
            run = recreation_line(edit, shell, present, done=_done(snapshot, edit))
            counted = any(
                q.metadata.namespace == edit.target.namespace for q in snapshot.all(ResourceQuota)
            )
            dry = recreation_line(edit, shell, present, dry_run=True, counted=counted)
        case Creation():
            run, dry = creation_line(edit, shell), creation_line(edit, shell, dry_run=True)
        case AwsCall():
            run, dry = aws_line(edit, shell), aws_dry_run(edit, shell)
        case ChartValues():
            run, dry = helm_line(edit, shell), helm_line(edit, shell, dry_run=True)
        case Command():
            run, dry = _or_instead(edit, shell), ""
        case SourceChange() | Patch():
            return None
    return Line(run=run, dry_run=dry)


def _or_instead(command: Command, shell: Shell) -> str:
    ways = (command.argv, *((command.instead,) if command.instead else ()))
    return " || ".join(line(_in_context(argv, shell)) for argv in ways)


def _in_context(argv: tuple[str, ...], shell: Shell) -> tuple[str, ...]:
    """A command aimed where the snapshot came from."""
    program, *rest = argv
    options = {
        "kubectl": ("--context", shell.context),
        "helm": ("--kube-context", shell.context),
        "aws": ("--region", shell.region),
    }.get(program, ("", ""))
    return (program, *(options if options[1] else ()), *rest)
