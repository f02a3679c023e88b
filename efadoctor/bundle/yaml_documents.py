"""YAML text to plain JSON with positions, document by document, bounded in every way.

Built from the parser's events, not by a loader: ``yaml.load`` takes half a minute over a
merge bomb, composing recurses without bound, and neither tells a key that occurs twice.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from efadoctor.bundle.limits import MAX_BROKEN_DOCUMENTS
from efadoctor.bundle.yaml_builder import Builder, Document, YamlError

_DOCUMENT_START = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
"""What YAML 1.1 does not allow: https://yaml.org/spec/1.1/#id868524."""

_REST_OF_LINE = 80


class Broken(msgspec.Struct, frozen=True):
    """A document that cannot be read: why, where that shows, and where it began, if known."""

    number: int
    reason: str
    offset: int
    since: int | None = None


def documents(text: str) -> Iterator[Document | Broken]:
    """Every document of ``text`` that has content, and the broken ones with their reason.

    After a broken document reading goes on at the next line that starts with ``---``.
    """
    at = number = 0
    for _ in range(MAX_BROKEN_DOCUMENTS):
        forbidden = _FORBIDDEN.search(text, at)
        until = len(text) if forbidden is None else _document_around(text, forbidden.start(), at)
        builder = Builder(at, number)
        try:
            yield from _read(text[at:until], builder)
        except YamlError as error:
            reason = _hinted(error.reason, text, error.offset)
            broken = Broken(builder.number, reason, error.offset, error.since)
        else:
            if forbidden is None:
                return
            reason = f"control character U+{ord(forbidden[0]):04X}"
            broken = Broken(builder.number + 1, reason, forbidden.start())
        yield broken
        number = broken.number
        following = _DOCUMENT_START.search(text, max(broken.offset, at + 1))
        if following is None:
            return
        at = following.start()
    yield Broken(number, "too many broken documents; the rest is not read", at)


def _document_around(text: str, offset: int, at: int) -> int:
    """Where the document that holds ``offset`` starts, looking back no further than ``at``."""
    starts = [match.start() for match in _DOCUMENT_START.finditer(text, at, offset)]
    return starts[-1] if starts else at


def _read(text: str, builder: Builder) -> Iterator[Document]:
    parser = yaml.CSafeLoader(text)
    try:
        while (event := parser.get_event()) is not None:
            document = builder.take(event)
            if document is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text, builder.base) from None
    except yaml.YAMLError as error:
        raise YamlError(f"not YAML: {error}", builder.base) from None
    finally:
        parser.dispose()


def _explained(error: yaml.MarkedYAMLError, text: str, base: int) -> YamlError:
    """The parser's complaint, and where the part that it could not finish began."""
    mark: Any = error.problem_mark or error.context_mark
    offset = min(int(mark.index), len(text)) if mark is not None else 0
    since = int(error.context_mark.index) if error.context_mark is not None else None
    reason = error.problem or "not YAML"
    if error.context and since is not None and since != offset:
        reason = f"{reason} ({error.context})"
    else:
        since = None
    return YamlError(reason, base + offset, base + since if since is not None else None)


def _hinted(reason: str, text: str, offset: int) -> str:
    """The reason, with what to do where the line shows it."""
    if text[offset : offset + 1] == "\t":
        return "a tab cannot indent YAML; use spaces"
    line = text[text.rfind("\n", 0, offset) + 1 : offset + _REST_OF_LINE].partition("\n")[0]
    if "{{" in line:
        return f"{reason}; a template must be rendered first, as by `helm template`"
    return reason
