"""Field paths: one notation that addresses evidence and patches alike.

``spec.tolerations[1].key``, ``metadata.labels["karpenter.sh/nodepool"]``. Names are those
of the API, so a path read here is a path that ``kubectl explain`` and a JSON patch know.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

Step = str | int

_STEP = re.compile(r'\.?(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>\d+)\]|\["(?P<key>[^"]*)"\]')
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class FieldPath(msgspec.Struct, frozen=True, order=True):
    """Steps from an object to one of its fields: names, keys and list indices."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "FieldPath":
        """The path that ``text`` writes. Raises ValueError where it is no path."""
        steps: list[Step] = []
        at = 0
        while at < len(text):
            match = _STEP.match(text, at)
            if match is None:
                raise ValueError(f"not a field path: {text!r} at column {at + 1}")
            index = match["index"]
            steps.append(int(index) if index is not None else match["name"] or match["key"] or "")
            at = match.end()
        return cls(tuple(steps))

    @classmethod
    def of(cls, *steps: Step) -> "FieldPath":
        return cls(steps)

    def __truediv__(self, step: Step) -> "FieldPath":
        return FieldPath((*self.steps, step))

    def __str__(self) -> str:
        parts: list[str] = []
        for step in self.steps:
            if isinstance(step, int):
                parts.append(f"[{step}]")
            elif _PLAIN.match(step):
                parts.append(f".{step}" if parts else step)
            else:
                parts.append(f'["{step}"]')
        return "".join(parts)

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901), for JSON patches."""
        return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in self.steps)

    def resolve(self, thing: Any) -> Any:
        """The value at this path of a typed view or of plain JSON.

        Raises LookupError where the path leads nowhere.
        """
        for step in self.steps:
            thing = _step(thing, step)
        return thing


@cache
def _wire_names(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {f.encode_name: f.name for f in msgspec.structs.fields(struct)}


def _step(thing: Any, step: Step) -> Any:
    if isinstance(step, int):
        if isinstance(thing, Sequence) and not isinstance(thing, str):
            return thing[step]
    elif isinstance(thing, Mapping):
        return thing[step]
    elif isinstance(thing, msgspec.Struct):
        name = _wire_names(type(thing)).get(step)
        if name is not None:
            return getattr(thing, name)
    raise LookupError(f"no {step!r} in a {type(thing).__name__}")
