"""A small HTTP/1.1 server on loopback that records what it is asked and can be made to fail."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    verb: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    number: int = 0
    header_lines: tuple[tuple[str, str], ...] = ()

    def all_headers(self, name: str) -> list[str]:
        """Every value of a header that may come more than once."""
        return [value for key, value in self.header_lines if key.lower() == name.lower()]


@dataclass(frozen=True)
class Reply:
    """What to answer, and how badly."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut_at: int | None = None
    reset: bool = False
    delay: float = 0.0
    trickle: float = 0.0
    stream: Iterator[bytes] | None = None


Answerer = Callable[[Asked], Reply]
Fault = Callable[[Asked, Reply], Reply | None]


class LoopbackServer:
    """Serves an answerer on 127.0.0.1. ``faults`` may replace any reply; first one wins."""

    record: ClassVar[list[Asked]] = []
    """Everything that any server was asked since somebody last looked."""

    def __init__(self, answer: Answerer) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self._answer = answer
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.reply = self._reply
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def stop_listening(self) -> None:
        """Nobody is there from now on, for a server that was never entered."""
        self._server.server_close()

    def wrap_tls(self, context: Any) -> None:
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def _reply(self, asked: Asked) -> Reply:
        with self._lock:
            asked = replace(asked, number=len(self.asked))
            self.asked.append(asked)
            LoopbackServer.record.append(asked)
        reply = self._answer(asked)
        for fault in self.faults:
            changed = fault(asked, reply)
            if changed is not None:
                return changed
        return reply


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # small writes must not wait for the client's acknowledgement
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def handle_any(self) -> None:
        split = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            self.command,
            split.path,
            dict(parse_qsl(split.query, keep_blank_values=True)),
            {k.title(): v for k, v in self.headers.items()},
            self.rfile.read(length) if length else b"",
            header_lines=tuple(self.headers.items()),
        )
        self.send(self.server.reply(asked), asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def send(self, reply: Reply, asked: Asked) -> None:
        time.sleep(reply.delay)
        if reply.reset:
            self.abort()
            return
        body = reply.body
        headers = {"Content-Type": reply.content_type, **reply.headers}
        if len(body) > 1024 and "gzip" in asked.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        self.send_response_only(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.stream is not None:
            self.stream(reply.stream)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_body(body, reply)

    def send_body(self, body: bytes, reply: Reply) -> None:
        if reply.trickle:
            with contextlib.suppress(OSError):
                for at in range(len(body)):
                    self.wfile.write(body[at : at + 1])
                    time.sleep(reply.trickle)
            return
        if reply.cut_at is not None and reply.cut_at < len(body):
            self.wfile.write(body[: reply.cut_at])
            self.wfile.flush()
            self.abort()
            return
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def stream(self, pieces: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with contextlib.suppress(OSError):
            for piece in pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

    def abort(self) -> None:
        """Ends the connection with a reset, not in good order."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    reply: Callable[[Asked], Reply]
    # as many connections as a client of eight threads and a watch may open at once
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""
