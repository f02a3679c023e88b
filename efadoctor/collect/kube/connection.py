"""GETs of one API server: within the deadline, retried where that can help.

The one place that sends anything to Kubernetes, and ``GET`` is all it sends.
How the API server answers under load and when a list has expired:
https://kubernetes.io/docs/reference/using-api/api-concepts/.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec

from efadoctor.collect.deadline import Deadline
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.access import Access
from efadoctor.model.coverage import CoverageStatus

MIB = 1024 * 1024
MAX_BODY_BYTES = 1024 * MIB
"""One answer, unpacked: 500 nodes are 10 MB; a server that ignores ``limit`` sends everything."""

ATTEMPTS = 4
"""Tries of one request: enough for a restart behind a load balancer, too few to be a nuisance."""

_CHUNK = MIB
_GZIP = 16 + zlib.MAX_WBITS
_CONNECT_TIMEOUT = 10.0
_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_HTTP_OK = 200
_UNAUTHORIZED = 401
_LONGEST_BACKOFF = 5.0

Query = tuple[tuple[str, str], ...]


class Answer(msgspec.Struct, frozen=True):
    """The body of a 200, unpacked, and the server's own time of day where it said it."""

    body: bytes
    date: str = ""


class Connection:
    """Sends GETs; every failure is a ReadFailureError with a reason for a person."""

    def __init__(self, access: Access, deadline: Deadline, request_timeout: float) -> None:
        self.access = access
        self._deadline = deadline
        self._timeout = request_timeout or deadline.seconds
        self._shut = False

    def get(self, path: str, query: Query = (), accept: str = "application/json") -> Answer:
        """The answer to one GET. Raises ReadFailureError once retrying has not helped."""
        seen = self.access.renewals
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(path, query, accept)
            except _Retry as retry:
                last = attempt == ATTEMPTS or (retry.unauthorized and attempt > 1)
                if last or self._is_hopeless(retry) or not self._waited(retry, attempt):
                    self._shut = self._shut or retry.unconnected
                    raise retry.failure from None
                if retry.unauthorized:
                    seen = self.access.renew(seen)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _is_hopeless(self, retry: _Retry) -> bool:
        """Where one request could not connect, however often, the next need not try as often."""
        return retry.unconnected and self._shut

    def _waited(self, retry: _Retry, attempt: int) -> bool:
        if retry.unauthorized:
            return not self._deadline.passed
        backoff = min(_LONGEST_BACKOFF, 0.2 * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311
        return self._deadline.sleep(backoff if retry.after is None else retry.after)

    def lines(self, path: str, query: Query) -> Iterator[bytes]:
        """The lines of an answer that goes on and on, as they come.

        Raises ReadFailureError where the server refuses, and InterruptedReadError where it
        falls silent for as long as the request timeout, or the connection breaks.
        """
        try:
            with self.opened(path, query) as response:
                if response.status != _HTTP_OK:
                    raise _refusal(response.status, response.headers, self._body(response))
                rest = b""
                while piece := response.read1(_CHUNK, decode_content=True):
                    *lines, rest = (rest + piece).split(b"\n")
                    yield from lines
        except _Retry as retry:
            if retry.failure.http_status is not None:
                raise retry.failure from None
            raise InterruptedReadError(retry.failure.reason) from None

    def _once(self, path: str, query: Query, accept: str) -> Answer:
        with self.opened(path, query, accept) as response:
            body = self._body(response)
            if response.status != _HTTP_OK:
                raise _refusal(response.status, response.headers, body)
            kind = response.headers.get("Content-Type", "")
            if not kind.startswith("application/json"):
                shown = kind or "an answer without a content type"
                raise ReadFailureError(f"answered {shown}, not JSON: is this an API server?")
            return Answer(body, response.headers.get("Date", ""))

    @contextmanager
    def opened(
        self, path: str, query: Query = (), accept: str = "application/json"
    ) -> Iterator[Any]:
        """An answer whose body is not yet read. Raises _Retry where the connection fails."""
        import urllib3  # comes with kubernetes, which is loaded by now

        if self._deadline.passed:
            raise ReadFailureError(self._too_late())
        quiet = min(self._timeout, self._deadline.remaining)
        headers = urllib3.HTTPHeaderDict(self.access.headers())
        headers["Accept"] = accept
        headers["Accept-Encoding"] = "gzip"
        url = self.access.target.server + path + (f"?{urlencode(query)}" if query else "")
        try:
            response = self.access.pool.request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=min(quiet, _CONNECT_TIMEOUT), read=quiet),
            )
        except urllib3.exceptions.SSLError as error:
            # a certificate will not be another one next time
            raise self._broken(error) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            refused = isinstance(error, _unconnected())
            raise _Retry(self._broken(error), unconnected=refused) from None
        try:
            yield response
            response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise _Retry(self._broken(error)) from None
        except BaseException:
            # what is left of the body would be taken for the next answer
            response.close()
            raise

    def _body(self, response: Any) -> bytes:
        """All of the body. Piece by piece: bytes that trickle in must not outlive the deadline.

        Unpacked here, for urllib3 reads on until a piece unpacks to something.
        """
        packed = response.headers.get("Content-Encoding") == "gzip"
        unpack = zlib.decompressobj(_GZIP) if packed else None
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_CHUNK, decode_content=False):
            if unpack is not None:
                try:
                    piece = unpack.decompress(piece, MAX_BODY_BYTES)
                except zlib.error as error:
                    raise ReadFailureError(f"the answer is damaged: {error}") from None
            pieces.append(piece)
            size += len(piece)
            if size >= MAX_BODY_BYTES:
                raise ReadFailureError(f"an answer of more than {MAX_BODY_BYTES // MIB} MiB")
            if self._deadline.passed:
                raise ReadFailureError(f"{self._too_late()}; {size} bytes had arrived")
        if unpack is not None and not unpack.eof:
            raise _Retry(ReadFailureError("the answer was cut short"))
        return b"".join(pieces)

    def _too_late(self) -> str:
        return f"the deadline of {self._deadline.seconds:g} s had passed"

    def _broken(self, error: Exception) -> ReadFailureError:
        if self._deadline.passed:
            return ReadFailureError(self._too_late())
        return ReadFailureError(_words(error))


class InterruptedReadError(Exception):
    """An answer that goes on and on ended without the server having ended it."""


class _Retry(Exception):  # noqa: N818  (a turn of the loop, not an error of its own)
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


def _unconnected() -> tuple[type[Exception], ...]:
    from urllib3 import exceptions

    return (
        exceptions.NewConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.ProxyError,
        exceptions.NameResolutionError,
    )


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """What a status other than 200 means: to retry, or that reading has failed."""
    said = _message(body)
    denied = status in (_UNAUTHORIZED, 403)
    coverage = CoverageStatus.DENIED if denied else CoverageStatus.ERROR
    reason = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    failure = ReadFailureError(reason, coverage, status)
    if status == _UNAUTHORIZED:
        return _Retry(failure, unauthorized=True)
    if status in _TRANSIENT:
        return _Retry(failure, _retry_after(headers.get("Retry-After")))
    return failure


def _message(body: bytes) -> str:
    """What a Status says; nothing of a page that some proxy has put in its place."""
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = status.get("message") if isinstance(status, dict) else None
    return message if isinstance(message, str) else ""


def _retry_after(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004


def _words(error: Exception) -> str:
    """The innermost reason: urllib3 wraps what happened in up to three layers."""
    causes: list[BaseException] = [error]
    for layer in causes:
        inner: Iterable[Any] = (getattr(layer, "reason", None), *layer.args, layer.__cause__)
        causes.extend(e for e in inner if isinstance(e, BaseException) and e not in causes)
    last = next((c for c in reversed(causes) if isinstance(c, OSError)), error)
    text = getattr(last, "strerror", None) or str(last).rpartition(": ")[2]
    return text if len(text) > 3 else f"{type(last).__name__} {text}"  # noqa: PLR2004
