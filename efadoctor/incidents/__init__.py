"""The incidents that ``efadoctor demo`` plays: bundles, and an index of them.

Each is a bundle as ``efadoctor capture`` writes it, ``NAME.tar.gz``; ``index.json`` says what
an engineer saw and which pod was asked about. The first is the default.
"""

from __future__ import annotations

from importlib.resources import as_file, files

import msgspec

from efadoctor.model.snapshot import Snapshot


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: its name on the command line, what was seen, and the pod."""

    name: str
    title: str
    subject: str

    def snapshot(self) -> Snapshot:
        """The cluster as it was."""
        with as_file(files(__name__).joinpath(f"{self.name}.tar.gz")) as bundle:
            return Snapshot.load(bundle)


def incidents() -> tuple[Incident, ...]:
    """Every incident that ships in the package, the default first."""
    raw = files(__name__).joinpath("index.json").read_bytes()
    return msgspec.json.decode(raw, type=tuple[Incident, ...])
