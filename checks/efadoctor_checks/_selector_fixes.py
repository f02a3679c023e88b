"""Fixes of selectors that nothing meets."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Fix, Risk, change_pod, set_field
from efadoctor.model.fieldpath import FieldPath
from efadoctor_checks._pod_selectors import Want, offered
from efadoctor_checks._selector_gaps import Unmatched
from efadoctor_checks._selector_slips import Slip, correcting, dropping

_SETS_ITSELF = ("kubernetes.io/", "karpenter.sh/", "karpenter.k8s.aws/", "eks.amazonaws.com/")


def fixes(case: Case, found: Unmatched) -> tuple[Fix, ...]:
    """What was meant, if that is known; else what is there; and to do without."""
    want = found.want
    if found.slip is not None:
        right = found.slip
        return _changing(case, want, right, f"Select {right.written}")
    there = offered(case, found.nearest, want.key) if want.requirement.operator == "In" else ()
    chosen = (
        _changing(case, want, Slip(key=want.key, value=there[0], distance=0), _to(want, there[0]))
        if len(there) == 1
        else ()
    )
    without, title = dropping(case.pod, want), f"No longer select {want.written}"
    dropped = change_pod(case.snapshot, case.pod, without, title=title)
    return (*chosen, *dropped, *_labelling(found))


def _to(want: Want, value: str) -> str:
    return f"Select {want.key}={value}"


def _changing(case: Case, want: Want, right: Slip, title: str) -> tuple[Fix, ...]:
    return change_pod(case.snapshot, case.pod, correcting(want, right), title=title)


def _labelling(found: Unmatched) -> Iterator[Fix]:
    """Let the NodePool give its nodes the label that is wanted."""
    want, pool = found.want, found.nearest.pool
    custom = not any(part in want.key for part in _SETS_ITSELF)
    if pool is None or not custom or want.requirement.operator != "In":
        return
    path = FieldPath.of("spec", "template", "metadata", "labels", want.key)
    yield Fix(
        title=f"Let NodePool {pool.metadata.name} label its nodes {want.written}",
        edits=(set_field(pool, path, want.values[0]),),
        risk=Risk.REPLACES_NODES,
        warning="Nodes that the NodePool has already made drift and are replaced.",
    )
