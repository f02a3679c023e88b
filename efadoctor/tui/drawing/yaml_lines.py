"""An object as YAML, and the line on which a field stands."""

from __future__ import annotations

from typing import Any

import msgspec

from efadoctor.bundle.yaml_writing import as_yaml
from efadoctor.model.edits import plain
from efadoctor.model.fieldpath import FieldPath, Step
from efadoctor.model.inert import inert

_WIDTH = 110


class Document(msgspec.Struct, frozen=True):
    """The lines, and the line number (from 0) of each field by its steps."""

    lines: tuple[str, ...]
    places: dict[tuple[Step, ...], int]

    def line_of(self, field: str) -> int | None:
        """The line of a field path, or of its nearest parent; None where it is no path."""
        try:
            steps = FieldPath.parse(field).steps
        except ValueError:
            return None
        while steps:
            if steps in self.places:
                return self.places[steps]
            steps = steps[:-1]
        return None


def document_of(view: Any) -> Document:
    """What efadoctor holds of an object, as YAML."""
    import yaml

    text = as_yaml(_trimmed(plain(view)), width=_WIDTH)
    places: dict[tuple[Step, ...], int] = {}
    _walk(yaml.compose(text, Loader=yaml.SafeLoader), (), places)
    return Document(tuple(inert(line) for line in text.splitlines()), places)


def _walk(node: Any, steps: tuple[Step, ...], places: dict[tuple[Step, ...], int]) -> None:
    if node is None or not isinstance(node.value, list):
        return
    for number, entry in enumerate(node.value):
        if isinstance(entry, tuple):
            key, value = entry
            places[*steps, key.value] = key.start_mark.line
            _walk(value, (*steps, key.value), places)
        else:
            places[*steps, number] = entry.start_mark.line
            _walk(entry, (*steps, number), places)


def _trimmed(value: Any) -> Any:
    """Without what is empty: views hold defaults for fields that the object does not have."""
    if isinstance(value, dict):
        kept = {k: _trimmed(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_trimmed(v) for v in value]
    return value
