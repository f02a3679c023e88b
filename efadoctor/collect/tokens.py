"""Tokens for the identities in a capture: what was equal stays equal, nothing else is told.

Works on the JSON text of files, so an id becomes the same token wherever it stands: in a
field, a node's name, a provider id, a message. A token has the form of what it stands for,
so the files stay what they were to every reader.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping

Token = Callable[[bytes, int], bytes]
"""So many hexadecimal digits that stand for some bytes."""


def salted(salt: bytes | None = None) -> Token:
    """Tokens that nobody can turn back, nor compare with those of another capture."""
    key = salt or secrets.token_bytes(32)

    def token(text: bytes, digits: int) -> bytes:
        return hmac.new(key, text, hashlib.sha256).hexdigest()[:digits].encode()

    return token


def numbered() -> Token:
    """Tokens that count what has been seen: the same files always get the same ones."""
    seen: dict[bytes, int] = {}

    def token(text: bytes, digits: int) -> bytes:
        number = seen.setdefault(text, len(seen) + 1)
        return f"{number:0{digits}x}".encode()

    return token


_RESOURCE = re.compile(
    rb"\b(?P<kind>i|r|sg|sgr|subnet|vpc|eni|eni-attach|lt|pg|cr|crf|ami|vol|snap|fs|rtb|igw|nat|acl"
    rb"|eipalloc|vpce|tgw|asg|fleet|dopt|pcx)-(?P<id>[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-zA-Z])"
)
_UNIQUE = re.compile(rb"\b(?:AIPA|AROA|AIDA|AGPA|ANPA|ASCA|APKA)[A-Z0-9]{16,}\b")
_ACCOUNT = re.compile(
    rb"\barn:[\w-]+:[\w-]*:[\w-]*:(\d{12}):|\b(\d{12})\.dkr\.ecr\."
    rb'|"(?:UserId|OwnerId|ownerID|ownerId)":"(\d{12})"'
)
_ADDRESS_NAME = re.compile(rb"\bip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\b")
_ADDRESS = re.compile(
    rb"(?<![\w.:-])(?!0\.0\.0\.0)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w-]|\.\d)"
)
_ADDRESS_6 = re.compile(rb'(?P<key>"CidrIpv6":")(?!::/0")(?P<address>[^"/]+)')
_PERSON = re.compile(rb"[\w.+-]{1,64}@(?=[\w-]+\.)[\w.-]{1,128}")

_SECRETS = (
    re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"),
    re.compile(rb"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(rb'-----BEGIN [^"]*'),
    re.compile(rb"(?<=://)[^\s/\"@:]+:[^\s/\"@]+(?=@)"),
    re.compile(rb"(?i)(?<=\bbearer )[\w.~+/=-]+"),
    re.compile(rb"(?i)(?<=authorization failure message: )[^\s\"\\]+"),
    re.compile(rb"\b(?:gh[pousr]_|hf_|nvapi-|xox[abprs]-|glpat-)[\w-]{8,}"),
)
_NAMED_SECRET = re.compile(
    rb"(?i)\b(?P<name>[\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|credentials?))"
    rb"(?P<sign>\s*[=:]\s*)(?P<value>[^\s\"\\,;&}]+)"
)
REDACTED = b"REDACTED"


class Tokens:
    """Replaces identities and secrets in the files of one capture."""

    def __init__(self, token: Token, files: Mapping[str, bytes], *, plain_ids: bool) -> None:
        self._token = token
        self._plain = plain_ids
        found = {a for raw in files.values() for m in _ACCOUNT.finditer(raw) for a in m.groups()}
        accounts = sorted(a for a in found if a)
        self._accounts = (
            re.compile(rb"(?<!\d)(?:" + b"|".join(accounts) + rb")(?!\d)") if accounts else None
        )

    def apply(self, raw: bytes) -> bytes:
        """The text without secrets; without identities too, unless they are to stay."""
        for secret in _SECRETS:
            raw = secret.sub(REDACTED, raw)
        raw = _NAMED_SECRET.sub(rb"\g<name>\g<sign>" + REDACTED, raw)
        if self._plain:
            return raw
        raw = _PERSON.sub(lambda m: b"u-" + self._token(m[0], 12) + b"@redacted.invalid", raw)
        raw = _RESOURCE.sub(self._resource, raw)
        raw = _UNIQUE.sub(lambda m: m[0][:4] + self._token(m[0], 17).upper(), raw)
        if self._accounts is not None:
            raw = self._accounts.sub(self._account, raw)
        raw = _ADDRESS_NAME.sub(lambda m: b"ip-" + b"-".join(self._address(m.groups())), raw)
        raw = _ADDRESS.sub(lambda m: b".".join(self._address(m.groups())), raw)
        return _ADDRESS_6.sub(
            lambda m: m["key"] + b"fd00:" + self._token(m["address"], 4) + b"::", raw
        )

    def _resource(self, match: re.Match[bytes]) -> bytes:
        return match["kind"] + b"-" + self._token(match[0], len(match["id"]))

    def _account(self, match: re.Match[bytes]) -> bytes:
        return b"%012d" % (int(self._token(match[0], 12), 16) % 10**12)

    def _address(self, octets: Iterable[bytes]) -> list[bytes]:
        token = int(self._token(b".".join(octets), 6), 16)
        return [b"10", *(b"%d" % (token >> shift & 0xFF) for shift in (16, 8, 0))]
