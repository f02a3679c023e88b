"""``.efadoctor.yaml``: what a repository has decided not to be told, until when, and why.

ignore:
  - code: EFA703
    object: NodePool/gpu-efa     # left out: wherever it is found
    reason: the group is made for next week's cluster
    expires: 2026-12-31          # the last day on which it holds
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.json_text import checked
from efadoctor.bundle.yaml_builder import Document
from efadoctor.bundle.yaml_documents import Broken, documents
from efadoctor.bundle.yaml_nodes import Node, child, extent_of
from efadoctor.bundle.yaml_text import Text
from efadoctor.model.errors import UnreadableInputError, UsageError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert
from efadoctor.report.suppression import Rule, known_code, parse_rule

NAME = ".efadoctor.yaml"
LARGEST = 1024 * 1024
_FIELDS = ("code", "object", "reason", "expires")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class IgnoreFile(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that hold today, and a sentence for each that has expired."""

    rules: tuple[Rule, ...] = ()
    expired: tuple[str, ...] = ()


def read_ignore_file(path: Path, codes: Collection[str], today: date) -> IgnoreFile:
    """The rules of a file. Raises UnreadableInputError, with the place of what is wrong."""
    shown = inert(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableInputError(f"{shown}: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise UnreadableInputError(f"{shown}: too large for a list of what to ignore")
    try:
        text = Text(bytes(checked(raw)).decode())
    except DamageError as damage:
        if not raw.strip():
            return IgnoreFile()
        raise UnreadableInputError(f"{shown}: {damage}") from None
    found = list(documents(text.text))
    if not found:
        return IgnoreFile()
    first = found[0]
    if isinstance(first, Broken):
        place = text.place(first.offset)
        raise UnreadableInputError(f"{shown}:{place.line}:{place.column}: {first.reason}")
    return _Reader(shown, text, first).read(codes, today)


class _Reader:
    """Reads one document, and knows where its parts stand."""

    def __init__(self, name: str, text: Text, document: Document) -> None:
        self._name = name
        self._text = text
        self._document = document

    def read(self, codes: Collection[str], today: date) -> IgnoreFile:
        top = self._document.value
        if not isinstance(top, dict):
            raise self._error(FieldPath(), "want a mapping with the key ignore")
        for key in top:
            if key != "ignore":
                raise self._error(FieldPath.of(key), f"unknown key {key!r}; only ignore is known")
        entries = [] if top.get("ignore") is None else top["ignore"]
        if not isinstance(entries, list):
            raise self._error(FieldPath.of("ignore"), "want a list")
        rules: list[Rule] = []
        expired: list[str] = []
        for number, entry in enumerate(entries):
            at = FieldPath.of("ignore", number)
            rule, until = self._entry(at, entry, codes)
            if until is not None and until < today:
                place = self._place(at)
                expired.append(f"{place}: {rule} expired on {until}; what it ignored counts again")
            else:
                rules.append(rule)
        return IgnoreFile(rules=tuple(rules), expired=tuple(expired))

    def _entry(self, at: FieldPath, entry: Any, codes: Collection[str]) -> tuple[Rule, date | None]:
        if not isinstance(entry, Mapping):
            raise self._error(at, "want a mapping with code and reason")
        for key, value in entry.items():
            if key not in _FIELDS:
                raise self._error(at / key, f"unknown key {key!r} (one of {', '.join(_FIELDS)})")
            if not isinstance(value, str) or not value.strip():
                raise self._error(at / key, f"{key} wants a text")
        for key in ("code", "reason"):
            if key not in entry:
                raise self._error(at, f"it has no {key}")
        return self._rule(at, entry, codes), self._expiry(at, entry)

    def _rule(self, at: FieldPath, entry: Mapping[str, str], codes: Collection[str]) -> Rule:
        reason = f"{entry['reason'].strip()} ({self._place(at)})"
        try:
            code = known_code(entry["code"], codes)
        except UsageError as error:
            raise self._error(at / "code", str(error)) from None
        if "object" not in entry:
            return Rule(code=code, reason=reason)
        try:
            return parse_rule(f"{code}={entry['object']}", codes, reason)
        except UsageError:
            raise self._error(at / "object", "want Kind/name or Kind/namespace/name") from None

    def _expiry(self, at: FieldPath, entry: Mapping[str, str]) -> date | None:
        text = entry.get("expires")
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            raise self._error(at / "expires", f"{text!r} is no day, as 2026-12-31")
        return day

    def _error(self, path: FieldPath, reason: str) -> UnreadableInputError:
        return UnreadableInputError(inert(f"{self._place(path, column=True)}: {reason}"))

    def _place(self, path: FieldPath, *, column: bool = False) -> str:
        key: int | None = None
        node: Node = self._document.node
        for step in path.steps:
            below = child(node, step)
            if below is None:
                break
            key, node = below
        at = extent_of(node)[0] if key is None else key
        place = self._text.place(self._document.base + at)
        return f"{self._name}:{place.line}" + (f":{place.column}" if column else "")
