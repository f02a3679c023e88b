"""What could not be read, on standard error: a line for each reason, and one for missing rights."""

from __future__ import annotations

import re
from collections.abc import Iterable

from efadoctor.cli.talk import say
from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.snapshot import Snapshot

MOST_GAPS = 20
"""Lines about gaps before the rest is only counted."""

NAMED_GAPS = 4
"""Things in one line about what could not be read for one reason."""

_RIGHT = re.compile(
    r'cannot (?P<verb>\w+) resource "(?P<plural>[\w/]+)" in API group "(?P<group>[\w.-]*)"'
)
"""How the API server names the right that is missing
(https://github.com/kubernetes/apiserver/blob/v0.36.2/pkg/endpoints/handlers/responsewriters/errors.go).
"""


def say_gaps(snapshot: Snapshot) -> None:
    """One line on standard error for each reason why something could not be read, and what.

    Rights that the API server finds missing are one line, as ``permissions rbac`` has them.
    """
    rights: dict[str, dict[str, None]] = {}
    reasons: dict[str, list[str]] = {}
    for gap in snapshot.gaps:
        missing = _right(gap)
        if missing is not None:
            rights.setdefault(missing["verb"], {})[_kind(missing)] = None
        else:
            what = f"{gap.source} {gap.place}" if gap.place else gap.source
            reasons.setdefault(gap.reason, []).append(what)
    if rights:
        lacking = "; ".join(f"{verb} {', '.join(kinds)}" for verb, kinds in rights.items())
        say(f"not allowed to {lacking} (`efadoctor permissions rbac` prints the rules)")
    lines = [f"{_several(what)}: {reason}" for reason, what in reasons.items()]
    for line in lines[:MOST_GAPS]:
        say(f"not read: {line}")
    rest = sum(len(what) for what in list(reasons.values())[MOST_GAPS:])
    if rest:
        say(f"not read: {rest} more")


def _right(gap: Gap) -> re.Match[str] | None:
    return _RIGHT.search(gap.reason) if gap.status is CoverageStatus.DENIED else None


def _kind(missing: re.Match[str]) -> str:
    return f"{missing['plural']}.{missing['group']}" if missing["group"] else missing["plural"]


def _several(what: Iterable[str]) -> str:
    """The first of some things, and how many more there are."""
    shown = list(dict.fromkeys(what))
    more = len(shown) - NAMED_GAPS
    named = ", ".join(shown[:NAMED_GAPS])
    return f"{named} and {more} more" if more > 0 else named
