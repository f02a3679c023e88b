"""GETs of one API server: within the deadline, retried where that can help.

The one place that sends anything to Kubernetes, and ``GET`` is all it sends.
How the API server answers under load and when a list has expired:
https://kubernetes.io/docs/reference/using-api/api-concepts/.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec

from efadoctor.collect.deadline import Deadline
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.access import Access
from efadoctor.collect.kube.holding import MIB, Holding
from efadoctor.collect.kube.refusal import CUT_SHORT, RetryError, refusal, words
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.errors import EfadoctorError, UsageError

MAX_REFUSAL_BYTES = MIB
"""What is read of an answer that refuses: a Status is some hundred bytes."""

ATTEMPTS = 4
"""Tries of one request: enough for a restart behind a load balancer, too few to be a nuisance."""

LONGEST_BACKOFF = 5.0
"""Seconds between two tries, where the server names no time of its own."""

MAX_LINE_BYTES = 32 * MIB
"""One event of a watch; etcd keeps objects of up to 1.5 MiB."""

_CHUNK = MIB
_UNPACKED = 8 * MIB
_GZIP = 16 + zlib.MAX_WBITS
_CONNECT_TIMEOUT = 10.0
_HTTP_OK = 200

Query = tuple[tuple[str, str], ...]


class Answer(msgspec.Struct, frozen=True, weakref=True):
    """The body of a 200, unpacked, and the server's own time of day where it said it."""

    body: bytearray
    date: str = ""


class Connection:
    """Sends GETs; every failure is a ReadFailureError with a reason for a person."""

    def __init__(self, access: Access, deadline: Deadline, request_timeout: float) -> None:
        self.access = access
        self._deadline = deadline
        self._timeout = request_timeout or deadline.seconds
        self._shut = False
        self._holding = Holding()

    def get(self, path: str, query: Query = (), accept: str = "application/json") -> Answer:
        """The answer to one GET. Raises ReadFailureError once retrying has not helped."""
        seen = self.access.renewals
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(path, query, accept)
            except RetryError as retry:
                last = attempt == ATTEMPTS or (retry.unauthorized and attempt > 1)
                if last or self._is_hopeless(retry) or not self._waited(retry, attempt):
                    self._shut = self._shut or retry.unconnected
                    raise retry.failure from None
                if retry.unauthorized:
                    seen = self._renewed(seen, retry.failure)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _renewed(self, seen: int, refusal: ReadFailureError) -> int:
        """The number of renewals. Raises ReadFailureError where there are no new credentials."""
        try:
            return self.access.renew(seen)
        except EfadoctorError as error:
            reason = f"{refusal.reason}; then {error}"
            raise ReadFailureError(reason, refusal.status, refusal.http_status) from None

    def _is_hopeless(self, retry: RetryError) -> bool:
        """Where one request could not connect, however often, the next need not try as often."""
        return retry.unconnected and self._shut

    def _waited(self, retry: RetryError, attempt: int) -> bool:
        if retry.unauthorized:
            return not self._deadline.passed
        backoff = min(LONGEST_BACKOFF, 0.2 * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311
        return self._deadline.sleep(backoff if retry.after is None else retry.after)

    def lines(self, path: str, query: Query) -> Iterator[bytes]:
        """The lines of an answer that goes on and on, as they come.

        Raises ReadFailureError where the server refuses, and InterruptedReadError where it
        falls silent for as long as the request timeout, or the connection breaks.
        """
        try:
            with self.opened(path, query) as response:
                if response.status != _HTTP_OK:
                    raise self._refusal(response)
                rest = bytearray()
                while piece := response.read1(_CHUNK, decode_content=True):
                    rest += piece
                    if b"\n" in piece:
                        *lines, rest = rest.split(b"\n")
                        yield from map(bytes, lines)
                    if len(rest) > MAX_LINE_BYTES:
                        raise InterruptedReadError("a line without an end")
        except RetryError as retry:
            if retry.failure.http_status is not None:
                raise retry.failure from None
            raise InterruptedReadError(retry.failure.reason) from None

    def _once(self, path: str, query: Query, accept: str) -> Answer:
        with self.opened(path, query, accept) as response:
            if response.status != _HTTP_OK:
                raise self._refusal(response)
            kind = response.headers.get("Content-Type", "")
            if not kind.startswith("application/json"):
                shown = kind or "an answer without a content type"
                raise ReadFailureError(f"answered {shown}, not JSON: is this an API server?")
            body = bytearray()
            try:
                for piece in self._pieces(response):
                    body += piece
                    self._holding.take(len(piece))
            except BaseException:
                self._holding.drop(len(body))
                raise
            answer = Answer(body, response.headers.get("Date", ""))
            self._holding.drop_with(answer, len(body))
            return answer

    def _refusal(self, response: Any) -> Exception:
        """What a status other than 200 means: to retry, or that reading has failed."""
        said = bytearray()
        for piece in self._pieces(response):
            said += piece
            if len(said) > MAX_REFUSAL_BYTES:
                # what is left of the body would be taken for the next answer
                response.close()
                break
        return refusal(response.status, response.headers, said)

    @contextmanager
    def opened(
        self, path: str, query: Query = (), accept: str = "application/json"
    ) -> Iterator[Any]:
        """An answer whose body is not yet read. Raises RetryError where the connection fails."""
        import urllib3  # comes with kubernetes, which is loaded by now

        if self._deadline.passed:
            raise ReadFailureError(self._too_late())
        quiet = min(self._timeout, self._deadline.remaining)
        try:
            headers = urllib3.HTTPHeaderDict(self.access.headers())
        except UsageError as error:
            raise ReadFailureError(str(error), CoverageStatus.DENIED) from None
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
            raise RetryError(self._broken(error), unconnected=refused) from None
        try:
            yield response
            response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise RetryError(self._broken(error)) from None
        except BaseException:
            # what is left of the body would be taken for the next answer
            response.close()
            raise

    def _pieces(self, response: Any) -> Iterator[bytes]:
        """The body, piece by piece: bytes that trickle in must not outlive the deadline.

        Unpacked here, for urllib3 reads on until a piece unpacks to something, however large.
        """
        packed = response.headers.get("Content-Encoding", "").lower() == "gzip"
        unpack = zlib.decompressobj(_GZIP) if packed else None
        size = 0
        while piece := response.read1(_CHUNK, decode_content=False):
            yield from (piece,) if unpack is None else _unpacked(unpack, piece)
            size += len(piece)
            if self._deadline.passed:
                raise ReadFailureError(f"{self._too_late()}; {size} bytes had arrived")
        if unpack is not None and not unpack.eof:
            raise RetryError(ReadFailureError(CUT_SHORT))

    def _too_late(self) -> str:
        return f"the deadline of {self._deadline.seconds:g} s had passed"

    def _broken(self, error: Exception) -> ReadFailureError:
        if self._deadline.passed:
            return ReadFailureError(self._too_late())
        return ReadFailureError(words(error))


class InterruptedReadError(Exception):
    """An answer that goes on and on ended without the server having ended it."""


def _unconnected() -> tuple[type[Exception], ...]:
    from urllib3 import exceptions

    return (
        exceptions.NewConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.ProxyError,
        exceptions.NameResolutionError,
    )


def _unpacked(unpack: Any, piece: bytes) -> Iterator[bytes]:
    """What a piece unpacks to, so much at a time: a mebibyte may unpack to a gibibyte."""
    while piece:
        try:
            yield unpack.decompress(piece, _UNPACKED)
        except zlib.error as error:
            raise ReadFailureError(f"the answer is damaged: {error}") from None
        piece = unpack.unconsumed_tail
