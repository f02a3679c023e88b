"""How a file writes YAML, and values written the same way."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from efadoctor.bundle.yaml_scalars import ScalarError, resolve

_PLAIN = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_/.@$%^*+=~ -]*(?<! )")
_AMOUNT = re.compile(r"[0-9]+[A-Za-z][A-Za-z0-9.]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_INDENTED_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1 +- ", re.MULTILINE)
_FLUSH_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- ", re.MULTILINE)


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """The habits of one file. ``json`` files are written as JSON throughout."""

    newline: str = "\n"
    quote: str = "'"
    indents_lists: bool = False
    json: bool = False

    @classmethod
    def of(cls, text: str) -> Style:
        """The habits that a text shows."""
        return cls(
            newline="\r\n" if "\r\n" in text else "\n",
            quote='"' if text.count('"') > text.count("'") else "'",
            indents_lists=bool(_INDENTED_LIST.search(text)) and not _FLUSH_LIST.search(text),
            json=text.lstrip()[:1] in {"{", "["},
        )

    # ---- scalars ------------------------------------------------------------

    def scalar(self, value: Any, like: str = "") -> str:
        """A scalar on one line, quoted as the text that it replaces (``like``) was."""
        if self.json or not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        if like[:1] == '"' or "\n" in value:
            return json.dumps(value, ensure_ascii=False)
        if like[:1] == "'" and value.isprintable():
            return _single(value)
        if is_plain(value):
            return value
        if self.quote == "'" and value.isprintable():
            return _single(value)
        return json.dumps(value, ensure_ascii=False)

    def key(self, key: str) -> str:
        return self.scalar(key)

    # ---- collections --------------------------------------------------------

    def flow(self, value: Any) -> str:
        """A value on one line."""
        if self.json:
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict):
            inside = ", ".join(f"{self.key(k)}: {self.flow(v)}" for k, v in value.items())
            return f"{{{inside}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self.flow, value))}]"
        return self.scalar(value)

    def block(self, value: Any, indent: int) -> list[str]:
        """A collection as lines, the first one indented like the others."""
        lines: list[str] = []
        if isinstance(value, dict) and value:
            for key, below in value.items():
                lines += self.entry(key, below, indent)
            return lines
        if isinstance(value, list) and value:
            for item in value:
                lines += self.item(item, indent)
            return lines
        return [" " * indent + self.flow(value)]

    def entry(self, key: str, value: Any, indent: int) -> list[str]:
        """A key with its value, as lines."""
        head = f"{' ' * indent}{self.key(key)}:"
        if not isinstance(value, dict | list) or not value:
            return [f"{head} {self.flow(value)}"]
        deeper = indent + 2 if isinstance(value, dict) or self.indents_lists else indent
        return [head, *self.block(value, deeper)]

    def item(self, value: Any, indent: int) -> list[str]:
        """An item of a list with its dash, as lines."""
        dash = f"{' ' * indent}- "
        if not isinstance(value, dict | list) or not value:
            return [dash + self.flow(value)]
        first, *rest = self.block(value, indent + 2)
        return [dash + first.lstrip(" "), *rest]


def is_plain(text: str) -> bool:
    """Whether a text may stand without quotes and still mean itself, to any reader of YAML."""
    if not _PLAIN.fullmatch(text) or text.lower() in _WORDS:
        return False
    if text[0].isdigit() and not _AMOUNT.fullmatch(text):
        return False
    try:
        return resolve(text) == text
    except ScalarError:
        return False


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
