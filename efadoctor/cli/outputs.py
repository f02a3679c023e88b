"""``-o FORMAT`` and ``-o FORMAT=FILE``: which faces are wanted, and where each goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from efadoctor.cli import terminal
from efadoctor.cli.parsing import nearest
from efadoctor.model.errors import UsageError
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports, Style


class Output(msgspec.Struct, frozen=True):
    """One face, to a file or (None) to standard output."""

    format: Format
    file: Path | None = None


def wanted_outputs(texts: Sequence[str]) -> tuple[Output, ...]:
    """What ``-o`` asks for; text where it was not given. Raises UsageError."""
    outputs = tuple(map(_output, texts)) or (Output(Format.TEXT),)
    spoken = [o.format.value for o in outputs if o.file is None]
    if len(spoken) > 1:
        raise UsageError(
            f"-o {' and -o '.join(spoken)} both go to standard output; "
            f"give all but one a file: -o {spoken[1]}=FILE"
        )
    files = [o.file for o in outputs if o.file is not None]
    if len(set(files)) < len(files):
        raise UsageError("two outputs would write the same file")
    return outputs


def _output(text: str) -> Output:
    word, equals, file = text.partition("=")
    names = [f.value for f in Format]
    if word not in names:
        raise UsageError(
            f"-o {word!r} is no format{nearest(word, names)} (one of {', '.join(names)})"
        )
    if equals and not file:
        raise UsageError(f"-o {text}: name a file after the =")
    return Output(Format(word), Path(file) if file else None)


def write(reports: Reports, outputs: Sequence[Output], *, no_color: bool) -> None:
    """Write every face. Raises UsageError where a file cannot be written."""
    for output in outputs:
        if output.file is None:
            _speak(output.format, reports, no_color=no_color)
            continue
        text = render(output.format, reports, Style(width=terminal.PIPE_WIDTH))
        try:
            output.file.write_text(text, encoding="utf-8", errors="backslashreplace")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"cannot write {output.file}: {why}") from error


def _speak(format_: Format, reports: Reports, *, no_color: bool) -> None:
    if format_ is Format.TEXT:
        style = Style(width=terminal.width(), colour=terminal.shows_colour(no_color=no_color))
        terminal.put(render(format_, reports, style))
    else:
        terminal.put_bytes(render(format_, reports).encode(errors="backslashreplace"))
