"""The API server's version: it decides how the scheduler words its messages."""

import re

import msgspec

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


class ServerVersion(msgspec.Struct, frozen=True, order=True):
    """Major, minor and patch; 0.0.0 where nobody said."""

    major: int = 0
    minor: int = 0
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> "ServerVersion":
        """The version in texts such as ``v1.36.2-eks-8f2c6d1``; 0.0.0 where there is none."""
        match = _VERSION.match(text)
        if match is None:
            return cls()
        return cls(int(match[1]), int(match[2]), int(match[3] or 0))

    def __bool__(self) -> bool:
        return (self.major, self.minor) != (0, 0)

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"
