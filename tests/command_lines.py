"""How a command line ended."""

import json
from typing import Any

import msgspec


class Ended(msgspec.Struct, frozen=True):
    """The exit status of a command, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)
