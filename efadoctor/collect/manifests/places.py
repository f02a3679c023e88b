"""Where an object and each of its fields stand in the text that they were read from."""

from typing import Any

import msgspec

from efadoctor.bundle.yaml_nodes import Node, child, extent_of
from efadoctor.bundle.yaml_text import Text
from efadoctor.model.fieldpath import FieldPath


class Location(msgspec.Struct, frozen=True, order=True):
    """A place in a file: line and column count from 1, the offset (of the character) from 0."""

    file: str
    line: int
    column: int
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Span(msgspec.Struct, frozen=True):
    """The text of one field: its key (None in a list), and its value from start to end."""

    key: Location | None
    start: Location
    end: Location


class SourceFile:
    """The text that manifests were read from, for showing and for editing.

    ``text`` has the file's own line ends and lacks its byte order mark. Offsets are those of
    ``text`` where ``exact``; else it had to be changed to be read, and only lines hold.
    """

    def __init__(
        self, name: str, text: str, *, has_byte_order_mark: bool = False, exact: bool = True
    ) -> None:
        self.name = name
        self.text = text
        self.has_byte_order_mark = has_byte_order_mark
        self.exact = exact
        self._lines = Text(text)

    def location(self, offset: int) -> Location:
        """The place of a character."""
        place = self._lines.place(offset)
        return Location(self.name, place.line, place.column, offset)


class Manifest:
    """One Kubernetes object, as plain JSON, and where it stands.

    ``document`` is the number of its document in the file, from 1. Parts of ``json`` that
    were written once and referred to by aliases are one Python object: change a copy.
    """

    def __init__(
        self, json: dict[str, Any], source: SourceFile, document: int, node: Node, base: int
    ) -> None:
        self.json = json
        self.source = source
        self.document = document
        self._node = node
        self._base = base

    @property
    def file(self) -> str:
        return self.source.name

    def where(self, path: FieldPath) -> Location:
        """Where a field is written: its key, or the item of a list.

        A field that is not there is where the deepest part of its path that is there is. What
        came in through an anchor or a merge is where it is written, not where it is used.
        """
        key, node = None, self._node
        for step in path.steps:
            below = child(node, step)
            if below is None:
                break
            key, node = below
        return self._location(extent_of(node)[0] if key is None else key)

    def span(self, path: FieldPath) -> Span | None:
        """Key and value of a field, None where it is not written.

        The value of a field that is an alias is the alias; what is below it is at the anchor.
        """
        key, node = None, self._node
        for step in path.steps:
            below = child(node, step)
            if below is None:
                return None
            key, node = below
        start, end = extent_of(node)
        return Span(
            key=None if key is None else self._location(key),
            start=self._location(start),
            end=self._location(end),
        )

    def _location(self, offset: int) -> Location:
        return self.source.location(self._base + offset)
