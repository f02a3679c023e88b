"""bundle.json: what a bundle says about itself. Every part of it is optional."""

from datetime import datetime
from typing import Any

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.items import shape_error
from efadoctor.bundle.json_text import Bytes, checked, decode
from efadoctor.bundle.layout import source_name
from efadoctor.model.clock import parse_time
from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.inert import inert_json
from efadoctor.model.snapshot import Origin, Partial

SCHEMA = "efadoctor.bundle/v1"
FILE = "bundle.json"


class About(msgspec.Struct, frozen=True):
    """Where and when the bundle was made, and what its maker could not read."""

    origin: Origin = Origin(kind="bundle")
    now: datetime | None = None
    server_version: str = ""
    denied: tuple[Gap, ...] = ()
    partial: tuple[Partial, ...] = ()
    gaps: tuple[Gap, ...] = ()


def read_about(raw: Bytes) -> About:
    """What a bundle.json says. Raises DamageError where it is no JSON object.

    A field of another form than expected becomes a gap; the others still count.
    """
    try:
        said = inert_json(decode(checked(raw), _PLAIN_OBJECT))
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    except RecursionError:
        raise DamageError("nested too deeply") from None
    reader = _Reader(said)
    schema = reader.text("schema")
    if schema not in ("", SCHEMA):
        reader.complain("schema", f"{schema} is not known; read as {SCHEMA}")
    created = reader.text("created")
    now = parse_time(created)
    if created and now is None:
        reader.complain("created", "not a time (RFC 3339)")
    denied = tuple(
        Gap(
            source=source_name(entry["source"]),
            reason=entry.get("reason") or "denied",
            status=CoverageStatus.DENIED,
        )
        for entry in reader.entries("denied")
    )
    partial = tuple(
        Partial(
            source=source_name(entry["source"]),
            field_selector=entry.get("field_selector") or "",
        )
        for entry in reader.entries("partial")
    )
    origin = Origin(
        kind="bundle",
        context=reader.text("context") or None,
        cluster=reader.text("cluster") or None,
        region=reader.text("region") or None,
        captured_at=created if now is not None else None,
    )
    version = reader.text("server_version")
    return About(origin, now, version, denied, partial, tuple(reader.gaps))


_PLAIN_OBJECT = msgspec.json.Decoder(dict[str, Any])


class _Reader:
    """Takes fields of the form that is expected and remembers those that are not."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        self.gaps: list[Gap] = []

    def complain(self, field: str, reason: str) -> None:
        self.gaps.append(Gap(source=FILE, reason=reason, place=field))

    def text(self, field: str) -> str:
        value = self._said.get(field)
        if value is not None and not isinstance(value, str):
            self.complain(field, "not a text")
        return value if isinstance(value, str) else ""

    def entries(self, field: str) -> list[dict[str, str]]:
        """The objects of a list that name a source; values that are not texts are left out."""
        value = self._said.get(field)
        if value is not None and not isinstance(value, list):
            self.complain(field, "not a list")
        found: list[dict[str, str]] = []
        for number, entry in enumerate(value if isinstance(value, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("source"), str):
                found.append({k: v for k, v in entry.items() if isinstance(v, str)})
            else:
                self.complain(f"{field}[{number}]", "names no source")
        return found
