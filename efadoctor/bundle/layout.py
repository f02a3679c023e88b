"""Which source a file of a bundle is (the file names of a bundle are a public contract)."""

from collections.abc import Sequence
from enum import Enum

import msgspec

from efadoctor.model.facts import KUBERNETES_SOURCES, SOURCES, Source

ABOUT = "bundle"
"""The stem of bundle.json."""

_SECRETS = "secrets"


class Encoding(Enum):
    JSON = "json"
    YAML = "yaml"


_ENCODINGS = {".json": Encoding.JSON, ".yaml": Encoding.YAML, ".yml": Encoding.YAML}


class Kind(Enum):
    """What a file of a bundle is to us."""

    ABOUT = "bundle.json"
    SOURCE = "a source"
    SECRETS = "secrets, which are never opened"
    STRAY = "a list of something else"
    UNKNOWN = "not a file of a bundle"


class Place(msgspec.Struct, frozen=True):
    """What a file name says. ``source`` is set exactly where ``kind`` is SOURCE."""

    kind: Kind
    encoding: Encoding = Encoding.JSON
    source: Source | None = None


def place_of(name: str) -> Place:
    """What the file of this name, relative to the bundle, holds."""
    stem, encoding = _split(name)
    if encoding is None or name.rpartition("/")[2].startswith("."):
        # macOS adds ._name beside each name
        return Place(Kind.UNKNOWN)
    if stem == ABOUT:
        return Place(Kind.ABOUT, encoding)
    source = SOURCES.get(stem) or _BY_PLURAL.get(stem)
    if source is not None:
        return Place(Kind.SOURCE, encoding, source)
    folder, _, rest = stem.partition("/")
    if folder != "cluster" or "/" in rest:
        return Place(Kind.UNKNOWN, encoding)
    if rest == _SECRETS or rest.startswith(f"{_SECRETS}."):
        return Place(Kind.SECRETS, encoding)
    return Place(Kind.STRAY, encoding)


def belongs_to_a_bundle(parts: Sequence[str]) -> bool:
    """Whether a path, given as its parts, can be that of a file of a bundle.

    A top folder may be called ``cluster`` or ``aws`` too.
    """
    match tuple(parts):
        case (file,) | ("cluster" | "aws", file) if _split(file)[0] == ABOUT:
            return len(parts) == 1
        case ("cluster", _):
            return True
        case ("aws", service, _):
            return service != "cluster"
        case _:
            return False


def may_hold_files(parts: Sequence[str]) -> bool:
    """Whether a folder, given as its parts, can hold files of a bundle."""
    match tuple(parts):
        case ("cluster",) | ("aws",) | ("aws", _):
            return True
        case _:
            return False


def source_name(text: str) -> str:
    """The source that bundle.json means: also where it gives the file's name."""
    stem, encoding = _split(text)
    stem = stem if encoding is not None else text
    source = SOURCES.get(stem) or _BY_PLURAL.get(stem)
    return source.name if source is not None else stem


def _split(name: str) -> tuple[str, Encoding | None]:
    for suffix, encoding in _ENCODINGS.items():
        if name.endswith(suffix):
            return name[: -len(suffix)], encoding
    return name, None


def _by_plural() -> dict[str, Source]:
    """Sources by plural alone: ``kubectl get daemonsets -o json > cluster/daemonsets.json``."""
    found: dict[str, Source] = {}
    for source in KUBERNETES_SOURCES:
        found.setdefault(f"cluster/{source.plural}", source)
    return found


_BY_PLURAL = _by_plural()
