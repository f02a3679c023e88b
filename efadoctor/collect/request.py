"""What is to be collected, and how much of it has arrived."""

from collections.abc import Callable

import msgspec

DEFAULT_DEADLINE = 120.0
"""Seconds for a whole run: EC2's slowest pages and 150,000 pods take a quarter of it."""

DEFAULT_REQUEST_TIMEOUT = 30.0
"""Seconds of silence after which one request is given up; the API server ends its own at 60."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a live cluster. The options mean what they mean in kubectl and the AWS CLI.

    ``subject`` is what is asked about: ``pod``, ``kind/name``, ``namespace/pod`` or
    ``namespace/kind/name``; None asks about everything pending in the namespace, or with
    ``all_namespaces`` in the cluster. ``whole`` reads every list whole, whatever its size.
    Times are in seconds; a ``request_timeout`` of 0 means no timeout of its own.
    """

    subject: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    namespace: str | None = None
    all_namespaces: bool = False
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    deadline: float = DEFAULT_DEADLINE
    region: str | None = None
    profile: str | None = None
    no_aws: bool = False
    whole: bool = False


class Progress(msgspec.Struct, frozen=True):
    """How far one source has been read: objects so far, bytes on the wire, from where."""

    source: str
    objects: int = 0
    bytes: int = 0
    done: bool = False
    origin: str = ""


Observer = Callable[[Progress], None]
"""Called from several threads, never two at a time."""


def silent(_progress: Progress) -> None:
    """The observer that shows nothing."""
