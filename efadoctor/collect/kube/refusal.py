"""Requests that fail: what the API server means by it, what broke, and whether to try again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.client import HTTPException, IncompleteRead
from typing import Any

import msgspec

from efadoctor.collect.failure import ReadFailureError
from efadoctor.model.coverage import CoverageStatus

CUT_SHORT = "the answer was cut short"

UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
_TRANSIENT = frozenset({429, 500, 502, 503, 504})


class NoSuchObjectError(ReadFailureError):
    """The API server itself says that it has no object of this name."""


class RetryError(Exception):
    """A failure that another try may mend; ``after`` is how long the server wants to be left."""

    def __init__(
        self,
        failure: ReadFailureError,
        after: float | None = None,
        *,
        unauthorized: bool = False,
        unconnected: bool = False,
    ) -> None:
        super().__init__(failure.reason)
        self.unconnected = unconnected
        self.failure = failure
        self.after = after
        self.unauthorized = unauthorized


def refusal(status: int, headers: Mapping[str, str], body: bytearray) -> Exception:
    """The failure that a status other than 200 is, with what the server says of it."""
    said = _said(body)
    denied = status in (UNAUTHORIZED, FORBIDDEN)
    coverage = CoverageStatus.DENIED if denied else CoverageStatus.ERROR
    reason = f"HTTP {status}: {said.message}" if said.message else f"HTTP {status}"
    if status == NOT_FOUND and said.reason == "NotFound":
        return NoSuchObjectError(reason, coverage, status)
    failure = ReadFailureError(reason, coverage, status)
    if status == UNAUTHORIZED:
        return RetryError(failure, unauthorized=True)
    if status in _TRANSIENT:
        return RetryError(failure, _retry_after(headers.get("Retry-After")))
    return failure


class _Status(msgspec.Struct, frozen=True):
    """How the API server refuses."""

    message: str = ""
    reason: str = ""


_STATUS = msgspec.json.Decoder(_Status)


def _said(body: bytearray) -> _Status:
    """What a Status says; nothing of a page that some proxy has put in its place."""
    try:
        return _STATUS.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _Status()


def _retry_after(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004


def words(error: Exception) -> str:
    """The innermost reason: urllib3 wraps what happened in up to three layers."""
    causes: list[BaseException] = [error]
    for layer in causes:
        inner: Iterable[Any] = (getattr(layer, "reason", None), *layer.args, layer.__cause__)
        causes.extend(e for e in inner if isinstance(e, BaseException) and e not in causes)
    if any(isinstance(c, IncompleteRead) for c in causes):
        return CUT_SHORT
    last = next((c for c in reversed(causes) if isinstance(c, OSError)), error)
    if last is error and any(isinstance(c, HTTPException) for c in causes):
        return "the answer is not HTTP"
    text = getattr(last, "strerror", None) or str(last).rpartition(": ")[2]
    return text if len(text) > 3 else f"{type(last).__name__} {text}"  # noqa: PLR2004
