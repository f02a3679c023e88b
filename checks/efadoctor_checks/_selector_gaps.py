"""Which part of a pod's selectors stands in the way, where, and what was meant by it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from efadoctor.authoring import Case, Path, PathId
from efadoctor_checks._paths import does, named, some
from efadoctor_checks._pod_selectors import (
    Alternative,
    Want,
    meets,
    real_paths,
    suitable_paths,
    unmet,
)
from efadoctor_checks._selector_slips import Slip, slip

_NOT_NEAR = 10


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """A want that some ways in do not meet, on the combination that comes nearest there.

    ``meant`` are the ways in that it nearly names; ``elsewhere`` those that do meet it, and
    fail at something else.
    """

    want: Want
    paths: tuple[Path, ...]
    meant: tuple[Path, ...] = ()
    slip: Slip | None = None
    elsewhere: tuple[Path, ...] = ()
    others: tuple[Want, ...] = ()

    @property
    def nearest(self) -> Path:
        """The way in that the fix is for: one that is meant, one that serves, an existing one."""
        candidates = self.meant or self.paths
        return min(candidates, key=lambda p: (p.serves is not True, p.hypothetical, p.id))

    @property
    def nobody(self) -> str:
        """Who does not meet it, for a sentence."""
        if not self.elsewhere:
            return "no node has and no NodePool or node group would give one"
        return does(self.nearest, "does not have", "do not have")

    @property
    def together(self) -> tuple[str, ...]:
        """The sentence for wants that are met, but not by the same."""
        if not self.elsewhere:
            return ("Nothing in the cluster has that.",)
        one = self.elsewhere[0]
        where = some(named(p) for p in self.elsewhere)
        has = does(one, "has", "have") if len(self.elsewhere) == 1 else f"{where} have"
        rest = some((w.written for w in self.others), 2)
        return (f"{has} that, but not {rest}.",) if rest else ()


def unmatched(case: Case, wanted: Iterable[Alternative]) -> tuple[Unmatched, ...]:
    """Each part of the nearest combination that stands in the way, and where it does."""
    paths, suitable = tuple(real_paths(case)), suitable_paths(case)
    nearest = min(wanted, key=lambda a: min((_distance(case, p, a) for p in suitable), default=0))
    missing = {p.id: unmet(case, p, nearest) for p in paths}
    found: dict[Want, list[tuple[Path, Slip | None]]] = {}
    for path in paths:
        for want in missing[path.id]:
            meant = slip(case, path, want) if path in suitable else None
            found.setdefault(want, []).append((path, meant))
    return tuple(_unmatched(case, w, on, paths, missing) for w, on in found.items())


def _distance(case: Case, path: Path, wanted: Alternative) -> int:
    """How far a way in is from meeting a combination."""
    slips = (slip(case, path, w) for w in unmet(case, path, wanted))
    return sum(s.distance + 1 if s is not None else _NOT_NEAR for s in slips)


def _unmatched(
    case: Case,
    want: Want,
    on: list[tuple[Path, Slip | None]],
    paths: tuple[Path, ...],
    missing: dict[PathId, Alternative],
) -> Unmatched:
    near = [(p, s) for p, s in on if s is not None]
    best = min((s for _, s in near), key=lambda s: (s.distance, s.key, s.value), default=None)
    elsewhere = tuple(p for p in paths if meets(case, p, want))
    others = tuple(dict.fromkeys(w for p in elsewhere for w in missing[p.id] if w != want))
    return Unmatched(
        want=want,
        paths=tuple(p for p, _ in on),
        meant=tuple(p for p, s in near if best is not None and s.distance == best.distance),
        slip=best,
        elsewhere=elsewhere,
        others=others,
    )
