"""What has changed between two judgements of one subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from efadoctor.model.kubernetes import Node
from efadoctor.report import wording
from efadoctor.tui.work.judgement import Judged

_NAMED = 3


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened; ``good`` says whether it brings the pod nearer to a node."""

    time: datetime
    text: str
    good: bool | None = None


def happened(before: Judged | None, after: Judged) -> list[Happening]:
    """What is different now; at first, what was found."""
    time = after.snapshot.now
    if before is None:
        word = after.report.verdict.value
        return [Happening(time, f"opened: {word}. {after.report.summary}")]
    return [Happening(time, text, good) for text, good in _differences(before, after)]


def _differences(before: Judged, after: Judged) -> Iterator[tuple[str, bool | None]]:
    old, new = before.report, after.report
    if old.verdict is not new.verdict:
        yield f"{old.verdict.value} is now {new.verdict.value}: {new.summary}", None
    causes = {f.fingerprint: f for f in old.root_causes}
    now = {f.fingerprint: f for f in new.root_causes}
    for key, finding in causes.items():
        if key not in now:
            yield f"gone: {finding.code} {wording.object_name(finding.object)}", True
    for key, finding in now.items():
        if key not in causes:
            yield f"new: {finding.code} {wording.object_name(finding.object)}", False
    yield from _nodes(before, after)


def _nodes(before: Judged, after: Judged) -> Iterator[tuple[str, bool | None]]:
    old = {n.metadata.name: n for n in before.snapshot.all(Node)}
    new = {n.metadata.name: n for n in after.snapshot.all(Node)}
    yield from _named("joined", [n for n in new if n not in old], good=True)
    yield from _named("is gone", [n for n in old if n not in new], good=False)
    both = [n for n in new if n in old]
    more = [n for n in both if _ready(new[n]) and not _ready(old[n])]
    less = [n for n in both if _ready(old[n]) and not _ready(new[n])]
    yield from _named("became ready", more, good=True)
    yield from _named("is no longer ready", less, good=False)
    offers = [n for n in both if old[n].status.allocatable != new[n].status.allocatable]
    yield from _named("has other allocatable amounts", offers, good=None)
    taints = [n for n in both if old[n].spec.taints != new[n].spec.taints]
    yield from _named("has other taints", taints, good=None)


def _ready(node: Node) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)


def _named(
    what: str, names: Sequence[str], *, good: bool | None
) -> Iterator[tuple[str, bool | None]]:
    if not names:
        return
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    yield f"node {', '.join(names[:_NAMED])}{more} {what}", good
