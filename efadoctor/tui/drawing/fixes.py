"""A fix: what it changes, its risk, its proof, and the line to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from efadoctor.model.fieldpath import FieldPath
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
    Risk,
    SourceChange,
)
from efadoctor.model.inert import inert
from efadoctor.report import wording
from efadoctor.tui.drawing.paragraphs import hanging

RISKS = {
    Risk.SAFE: ("●", "$pass"),
    Risk.RESTARTS: ("↻", "$warn"),
    Risk.REPLACES_NODES: ("⇄", "$warn"),
    Risk.COSTS_MONEY: ("$", "$fail"),
}
"""The shape and the colour of each risk."""

_SIGNS = {"add": ("+", "$pass"), "replace": ("~", "$warn"), "remove": ("-", "$fail")}
_LABEL = 8


def fix_lines(fix: Fix, after: str, width: int) -> Iterator[Content]:
    """One fix. ``after``: what the plan says that the pod does then."""
    mark, colour = RISKS[fix.risk]
    title = wording.prose(fix.title)
    yield from hanging(_label("do"), Content.styled(title, "bold $strong"), width)
    risk = Content.assemble((f"{mark} ", f"bold {colour}"), (wording.risk_text(fix), colour))
    yield from hanging(_label("risk"), risk, width)
    for number, change in enumerate(changes(fix.edits)):
        yield from hanging(_label("" if number else "change"), change, width)
    yield from proof_lines(fix, after, width)
    yield Content()
    yield from _commands(fix, width)


def _label(text: str) -> Content:
    return Content.styled(f"{text:<{_LABEL}}", "$muted")


def proof_lines(fix: Fix, after: str, width: int) -> Iterator[Content]:
    """What a copy of the cluster showed, or why none can show it."""
    label, text = wording.tried_text(fix, after)
    marks = {True: ("✓", "$pass"), False: ("✗", "$fail"), None: ("?", "$unknown")}
    mark, style = marks[fix.verified]
    said = Content.assemble((f"{mark} ", f"bold {style}"), (wording.prose(text), "$foreground"))
    return hanging(_label(label), said, width)


def _commands(fix: Fix, width: int) -> Iterator[Content]:
    if not fix.commands:
        yield Content.styled("No command does this.", "$muted")
        for line in (fix.manifest or "").splitlines():
            yield Content.styled(inert(line), "$foreground").truncate(width, ellipsis=True)
    for command in fix.commands:
        text = Content.styled(inert(command), "$strong on $panel")
        bar = Content.styled("▌ ", "$key")
        room = max(width - 2, 1)
        for part in text.fold(room):
            fill = Content.styled(" " * max(room - part.cell_length, 0), "on $panel")
            yield Content.assemble(bar, part, fill)


# ---- what it changes --------------------------------------------------------


def changes(edits: Sequence[Edit]) -> Iterator[Content]:
    """A line for each object, and one for each of its fields."""
    for edit in edits:
        match edit:
            case Patch(target=target, operations=operations):
                yield _target("", wording.object_name(target))
                yield from map(_operation, _visible(operations))
            case Recreation(target=target, operations=operations):
                yield _target("made anew: ", wording.object_name(target))
                yield from map(_operation, _visible(operations))
            case SourceChange(target=target, keeper=keeper, operations=operations):
                yield _target(f"in {keeper}: ", wording.object_name(target))
                yield from map(_operation, _visible(operations))
            case ChartValues(release=release, namespace=namespace, values=values):
                yield _target("values of Helm release ", f"{namespace}/{release}")
                yield from (_assigned(k, v) for k, v in values.items())
            case Deletion(target=target):
                yield _target("deleted: ", wording.object_name(target))
            case Creation(body=body):
                metadata = body.get("metadata")
                name = metadata.get("name", "") if isinstance(metadata, dict) else ""
                yield _target("created: ", f"{body.get('kind', '')} {name}")
            case AwsCall(service=service, operation=operation, parameters=parameters):
                yield _target("aws ", f"{service} {operation}")
                yield from (_assigned(k, v) for k, v in parameters.items())
            case Command():
                yield _target("", "runs the command below")


def _visible(operations: Sequence[Operation]) -> list[Operation]:
    """A ``test`` changes nothing."""
    return [o for o in operations if o.op in _SIGNS]


def _target(before: str, name: str) -> Content:
    return Content.assemble((before, "$muted"), (wording.one_line(name), "$foreground"))


def _operation(operation: Operation) -> Content:
    sign, style = _SIGNS[operation.op]
    value = "" if operation.op == "remove" else wording.value_text(operation.value)
    return Content.assemble(
        (f"{sign} ", f"bold {style}"), (_path(operation.path), "$key"), f" {value}".rstrip()
    )


def _assigned(name: str, value: object) -> Content:
    text = wording.one_line(str(name))
    return Content.assemble(("~ ", "bold $warn"), (text, "$key"), "  ", wording.value_text(value))


def _path(pointer: str) -> str:
    """A JSON pointer as a field path; ``[]`` is the end of a list."""
    steps: list[str | int] = []
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        steps.append(int(step) if step.isascii() and step.isdigit() else step)
    end = ""
    if steps and steps[-1] == "-":
        steps.pop()
        end = "[]"
    return wording.one_line(f"{FieldPath(tuple(steps))}{end}")
