"""A way in to one account and region: boto3 with the user's profile, one call at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.responses import read_responses
from efadoctor.collect.aws.reads import AWS_READS
from efadoctor.collect.deadline import Deadline
from efadoctor.collect.failure import ReadFailureError
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.decoding import Decoded
from efadoctor.model.errors import UsageError
from efadoctor.model.facts import AwsSource
from efadoctor.model.inert import inert
from efadoctor.version import __version__

if TYPE_CHECKING:
    from boto3.session import Session

ATTEMPTS = 4
"""Tries of one call in boto3's adaptive mode, which slows down when EC2 throttles
(https://docs.aws.amazon.com/boto3/latest/guide/retries.html)."""

_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 20
_CONNECTIONS = 16

_DENIED = frozenset(
    """
    UnauthorizedOperation AccessDenied AccessDeniedException AuthFailure UnauthorizedException
    ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId SignatureDoesNotMatch
    UnrecognizedClientException InvalidSignatureException OptInRequired Blocked
    IncompleteSignature MissingAuthenticationToken InvalidAccessKeyId
    """.split()  # noqa: SIM905
)
_SKEWED = frozenset({"RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException"})
_NOT_FOUND = (
    "NotFound",
    "NotFoundException",
    "NoSuchEntity",
    "NotFoundFault",
    "NoSuchEntityException",
)


class NotThereError(ReadFailureError):
    """The thing that was asked for by name does not exist."""


class Account:
    """Calls AWS. Raises UsageError where the profile that was named does not exist."""

    def __init__(self, profile: str | None, region: str | None, deadline: Deadline) -> None:
        self._deadline = deadline
        self._session = _session(profile)
        self.region = region or self._session.region_name
        self._clients: dict[str, Any] = {}
        self._unreachable: dict[str, ReadFailureError] = {}
        self._lock = threading.Lock()

    def check_credentials(self) -> None:
        """Raises ReadFailureError where there are no credentials, or no region."""
        try:
            found = self._session.get_credentials()
        except Exception as error:  # noqa: BLE001  (whatever a credential process prints)
            raise _failure(error, "credentials that are not of their form") from None
        if found is None:
            raise ReadFailureError("no AWS credentials", CoverageStatus.DENIED)
        if not self.region:
            raise ReadFailureError("no AWS region: none given, none in any node's provider id")

    def call(self, source: AwsSource, **parameters: Any) -> Decoded:
        """All pages of one operation. Raises ReadFailureError."""
        if source.name not in AWS_READS:
            raise AssertionError(f"{source.name} is not declared in reads.py")
        from botocore.exceptions import ClientError

        if self._deadline.passed:
            raise ReadFailureError(f"the deadline of {self._deadline.seconds:g} s had passed")
        if source.service in self._unreachable:
            raise self._unreachable[source.service]
        try:
            pages = self._pages(source, parameters)
        except ClientError as error:
            raise _refusal(error) from None
        except ReadFailureError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever a broken answer provokes in botocore)
            failure = _failure(error, "an answer that is not AWS's")
            if type(error).__name__ in ("EndpointConnectionError", "ConnectTimeoutError"):
                self._unreachable[source.service] = failure
            raise failure from None
        return _decoded(pages, source)

    def _pages(self, source: AwsSource, parameters: dict[str, Any]) -> list[Any]:
        client = self._client(source.service)
        method = source.operation.replace("-", "_")
        if not client.can_paginate(method):
            return [getattr(client, method)(**parameters)]
        pages: list[Any] = []
        for page in client.get_paginator(method).paginate(**parameters):
            pages.append(page)
            if self._deadline.passed:
                raise ReadFailureError(
                    f"the deadline of {self._deadline.seconds:g} s had passed;"
                    f" {len(pages)} pages had arrived"
                )
        return pages

    def _client(self, service: str) -> Any:
        from botocore.config import Config

        # making a client is not thread-safe, using one is
        with self._lock:
            if service not in self._clients:
                left = max(1, int(self._deadline.remaining))
                config = Config(
                    retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
                    connect_timeout=min(_CONNECT_TIMEOUT, left),
                    read_timeout=min(_READ_TIMEOUT, left),
                    max_pool_connections=_CONNECTIONS,
                    user_agent_extra=f"efadoctor/{__version__}",
                )
                made: Any = self._session.client  # its overloads name every service
                self._clients[service] = made(service, region_name=self.region, config=config)
            return self._clients[service]


def _session(profile: str | None) -> Session:
    import boto3  # half a second that only the AWS half should pay
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(profile_name=profile)
    except BotoCoreError as error:
        raise UsageError(f"AWS configuration: {inert(str(error))}") from None


def _decoded(pages: list[Any], source: AwsSource) -> Decoded:
    for page in pages:
        page.pop("ResponseMetadata", None)
        page.pop("NextToken", None)
        page.pop("nextToken", None)
    try:
        return read_responses(msgspec.json.encode(pages), source).decoded
    except (DamageError, TypeError) as error:
        raise ReadFailureError(f"the answer is not as expected: {error}") from None


def _refusal(error: Any) -> ReadFailureError:
    """What an error code means (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html)."""
    said = error.response.get("Error", {})
    code = str(said.get("Code", "")).removeprefix("Client.")
    if code.endswith(_NOT_FOUND):
        return NotThereError(code, CoverageStatus.ABSENT)
    message = str(said.get("Message", "")).partition(" Encoded authorization failure")[0]
    hint = "; is this machine's clock right?" if code in _SKEWED else ""
    status = CoverageStatus.DENIED if code in _DENIED else CoverageStatus.ERROR
    return ReadFailureError(f"{code}: {message}{hint}" if message else code + hint, status)


def _failure(error: Exception, broken: str) -> ReadFailureError:
    """What went wrong before or instead of an answer.

    Only what botocore and the system raise on purpose is told in their words: others quote what
    they could not take, which may be a page of anything, or a token. For them ``broken`` is said.
    """
    from botocore.exceptions import BotoCoreError, HTTPClientError

    name = type(error).__name__
    lacking = (
        "Credential" in name or "Token" in name or name in ("ProfileNotFound", "NoAuthTokenError")
    )
    status = CoverageStatus.DENIED if lacking else CoverageStatus.ERROR
    if type(error) is HTTPClientError:  # its subclasses know what went wrong
        return ReadFailureError("the request could not be sent", status)
    meant = isinstance(error, BotoCoreError | OSError)
    return ReadFailureError(str(error) or name if meant else broken, status)
