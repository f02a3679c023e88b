"""YAML files: their text with its lines, and a bundle's YAML as the JSON that it stands for."""

import re
from bisect import bisect_right
from typing import Any

import msgspec

from efadoctor.bundle.damage import DamageError, TextPlace
from efadoctor.bundle.json_text import Bytes, checked
from efadoctor.bundle.yaml_documents import Broken, documents

_NEWLINE = re.compile("\n")


class Text:
    """A text and its lines, as an editor counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: list[int] | None = None

    def place(self, offset: int) -> TextPlace:
        """The line and column of a character."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in _NEWLINE.finditer(self.text))]
        line = bisect_right(self._lines, offset)
        return TextPlace(line, offset - self._lines[line - 1] + 1)

    def explain(self, broken: Broken) -> str:
        """Why a document is broken, with the line where the broken part began."""
        if broken.since is None:
            return broken.reason
        return f"{broken.reason}; see line {self.place(broken.since).line}"


def as_json(raw: Bytes, *, of_responses: bool) -> bytes:
    """What a YAML file of a bundle says, as JSON: its documents as one list.

    Raises DamageError.
    """
    text = Text(checked(raw).decode("utf-8"))
    values: list[Any] = []
    for document in documents(text.text):
        if isinstance(document, Broken):
            raise DamageError(text.explain(document), text.place(document.offset))
        values.append(document.value)
    if not values:
        raise DamageError("empty")
    if len(values) == 1:
        return msgspec.json.encode(values[0])
    if of_responses:
        return msgspec.json.encode(_flat(values))
    return msgspec.json.encode({"kind": "List", "items": _items(values)})


def _flat(values: list[Any]) -> list[Any]:
    return [v for value in values for v in (value if isinstance(value, list) else [value])]


def _items(values: list[Any]) -> list[Any]:
    """The objects of several documents, each an object or a List."""
    found: list[Any] = []
    for value in values:
        items = value.get("items") if isinstance(value, dict) else None
        found.extend(items if isinstance(items, list) else [value])
    return found
