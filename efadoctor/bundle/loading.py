"""A snapshot from the files of a bundle.

A file that cannot be used becomes a gap and its source stays unread; the rest counts.
"""

from pathlib import Path

from efadoctor.bundle.about import About, read_about
from efadoctor.bundle.damage import DamageError, megabytes
from efadoctor.bundle.files import BundleFile, files
from efadoctor.bundle.json_text import Bytes
from efadoctor.bundle.layout import Encoding, Kind, Place, place_of
from efadoctor.bundle.limits import MAX_FILE_BYTES, MAX_STRAY_BYTES, MAX_YAML_BYTES
from efadoctor.bundle.lists import Listing, read_list, read_workloads
from efadoctor.bundle.responses import read_responses
from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.decoding import Decoded
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.facts import KubernetesSource, Source
from efadoctor.model.garbage import made_to_last
from efadoctor.model.inert import inert
from efadoctor.model.snapshot import Partial, Snapshot


def load(path: Path) -> Snapshot:
    """The snapshot that the bundle at ``path`` holds: a folder, a ``.tar.gz`` or a ``.tar``.

    Raises UnreadableInputError, with one line to print, where ``path`` is no bundle.
    """
    loading = _Loading()
    with made_to_last():
        try:
            for file in files(path):
                loading.take(file)
        except DamageError as damage:
            if not loading.found_any:
                raise UnreadableInputError(f"{inert(str(path))}: {inert(str(damage))}") from None
            loading.note(path.name, damage)
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise UnreadableInputError(f"{inert(str(path))}: {reason}") from None
    if not loading.found_any:
        raise UnreadableInputError(
            f"{inert(str(path))}: not a bundle: it has no bundle.json, no cluster/<plural>.json"
            " and no aws/<service>/<operation>.json"
        )
    return loading.snapshot()


class _Loading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.found_any = False
        self._about: About | None = None
        self._facts: dict[str, Decoded] = {}
        self._strays: dict[str, Decoded] = {}
        self._cut: list[str] = []
        self._gaps: list[Gap] = []

    def take(self, file: BundleFile) -> None:
        """Reads one file, if it is one of a bundle's."""
        place = place_of(file.name)
        self.found_any = self.found_any or place.kind in (Kind.ABOUT, Kind.SOURCE)
        if file.refusal:
            self.note(file.name, DamageError(file.refusal), place.source)
            return
        try:
            self._read(file, place)
        except DamageError as damage:
            self.note(file.name, damage, place.source)

    def _read(self, file: BundleFile, place: Place) -> None:
        match place.kind:
            case Kind.ABOUT:
                self._take_about(file, place)
            case Kind.SOURCE if place.source is not None:
                self._take_source(file, place, place.source)
            case Kind.STRAY:
                self._take_stray(file, place)
            case Kind.SECRETS:
                self._ignore(file, "never opened: efadoctor reads no secrets")
            case _:
                self._ignore(file, "ignored: not a file of a bundle")

    def note(self, name: str, damage: DamageError, source: Source | None = None) -> None:
        """Remembers what is wrong with a file."""
        where = f"{name}: {damage.place}" if damage.place else name
        self._gaps.append(
            Gap(
                source=source.name if source is not None else inert(name),
                reason=inert(damage.reason),
                status=damage.status,
                place=inert(where),
            )
        )

    def _ignore(self, file: BundleFile, reason: str) -> None:
        self._gaps.append(Gap(source=inert(file.name), reason=reason, status=CoverageStatus.ABSENT))

    def _take_about(self, file: BundleFile, place: Place) -> None:
        if self._about is not None:
            raise DamageError("a second bundle.json; the first is used")
        self._about = read_about(_json(file, place))

    def _take_source(self, file: BundleFile, place: Place, source: Source) -> None:
        if source.name in self._facts:
            raise DamageError("a second file of the same source; the first is used")
        raw = _json(file, place)
        if isinstance(source, KubernetesSource):
            listing = read_list(raw, source)
        else:
            listing = read_responses(raw, source)
        self._keep(source.name, listing)

    def _keep(self, source: str, listing: Listing) -> None:
        self._facts[source] = listing.decoded
        if listing.cut:
            self._cut.append(source)

    def _take_stray(self, file: BundleFile, place: Place) -> None:
        if file.size > MAX_STRAY_BYTES:
            self._ignore(file, f"ignored: nothing reads such a file ({megabytes(file.size)})")
            return
        try:
            found = read_workloads(_json(file, place))
        except DamageError as damage:
            self._ignore(file, damage.reason)
            return
        self.found_any = True
        for name, decoded in found.items():
            self._strays.setdefault(name, decoded)

    def snapshot(self) -> Snapshot:
        """What was read, with what the bundle says of itself."""
        about = self._about or About()
        facts = dict(self._facts)
        declared = {p.source for p in about.partial}
        in_part = [name for name in self._cut if name not in declared]
        for name, decoded in self._strays.items():
            if name not in facts:
                facts[name] = decoded
                in_part.append(name)
        for gap in about.denied:
            if gap.source in facts and not facts[gap.source].views:
                # a capture that was denied leaves an empty list behind: that is not "none"
                del facts[gap.source]
            elif gap.source in facts:
                in_part.append(gap.source)
        return Snapshot(
            facts,
            server_version=about.server_version,
            now=about.now,
            origin=about.origin,
            gaps=(*about.denied, *about.gaps, *self._gaps),
            partial=(*about.partial, *(Partial(source=name) for name in dict.fromkeys(in_part))),
        )


def _json(file: BundleFile, place: Place) -> Bytes:
    """The file's content as JSON. Raises DamageError; a file that is too large is not opened."""
    limit = MAX_YAML_BYTES if place.encoding is Encoding.YAML else MAX_FILE_BYTES
    if file.size > limit:
        raise DamageError(f"{megabytes(file.size)} is more than is read ({megabytes(limit)})")
    raw = file.read()
    if place.encoding is Encoding.YAML:
        # PyYAML is loaded for YAML only
        from efadoctor.bundle.yaml_text import as_json

        return as_json(raw, of_responses=file.name.startswith("aws/"))
    return raw
