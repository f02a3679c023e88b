"""Fixes of requests that no node could ever meet (EFA107)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Fix, SpecEdit, change_pod
from efadoctor.scheduling.refusals import InsufficientResource
from efadoctor_checks._excess import Excess, nearest_amount
from efadoctor_checks._paths import counted
from efadoctor_checks._requests import dropping, lowering


def fixes(case: Case, excess: Excess) -> tuple[Fix, ...]:
    """To ask for less, or for none of what no node has."""
    return tuple(
        fix
        for title, edits in _changes(case, excess)
        for fix in change_pod(case.snapshot, case.pod, edits, title=title)
    )


def _changes(case: Case, excess: Excess) -> Iterator[tuple[str, tuple[SpecEdit, ...]]]:
    """What is in the way alone; the most that the pod's own ways in have, or that there is."""
    resource = excess.resource
    alone = [r for r in excess.beside if _is_alone_in_the_way(case, r)]
    for other in alone:
        yield f"Ask for no {other}", dropping(case.pod, other)
    if not alone and not nearest_amount(case, resource) and _is_alone_in_the_way(case, resource):
        alone.append(resource)
        yield f"Ask for no {resource}", dropping(case.pod, resource)
    own = min(nearest_amount(case, resource), excess.most)
    allowed = [a for a in dict.fromkeys((own, excess.most)) if a > 0]
    lowered = [(a, lowering(case.pod, resource, excess.requested, a)) for a in allowed]
    for amount, edits in lowered:
        if edits:
            yield f"Ask for {counted(resource, amount)}", edits
    if not alone and not any(edits for _, edits in lowered):
        yield f"Ask for no {resource}", dropping(case.pod, resource)


def _is_alone_in_the_way(case: Case, resource: str) -> bool:
    """Whether a node would have room for the pod but for one resource, of which it has none."""
    refusals = (p.of_kind(InsufficientResource) for p in case.paths if not p.hypothetical)
    return any({r.resource for r in found} == {resource} for found in refusals)
