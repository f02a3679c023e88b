"""Findings about resource claims (EFA114) that no node's devices decide."""

from __future__ import annotations

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    PathId,
)
from efadoctor.scheduling.names import NODEGROUP
from efadoctor_checks._paths import every_path, likeliest, named
from efadoctor_checks._resource_claim_fixes import doing_without, fixes
from efadoctor_checks._resource_claims import Unmet


def broken_claim(case: Case, found: Unmet) -> Finding:
    """A claim that names what does not exist."""
    return Finding(
        object=case.pod_ref,
        summary=f"Claim {found.claim} of the pod cannot be met: {found.sentence}.",
        evidence=found.evidence,
        chain=(f"{found.sentence}.", "So the scheduler allocates nothing and tries no node."),
        fixes=fixes(case, found),
        paths=every_path(case),
        change=Change.SPELLING if found.near else Change.SELECTOR,
        key=found.claim,
    )


def groups_without(case: Case, refused: frozenset[PathId]) -> frozenset[PathId]:
    """The node groups none of whose nodes has the devices: another node has them no more."""
    found: set[PathId] = set()
    for path in case.paths:
        if path.group is None or not path.hypothetical:
            continue
        members = {
            p.id for p in case.paths if p.node.metadata.labels.get(NODEGROUP) == path.id.name
        } - {path.id}
        if members and members <= refused:
            found.add(path.id)
    return frozenset(found)


def ignored_by_karpenter(case: Case, paths: list[Path]) -> Finding:
    """NodePools that make no node for a pod with claims."""
    claims = case.pod.spec.resource_claims
    words = Fix(
        title="Ask for vpc.amazonaws.com/efa of the device plugin instead of a claim",
        unprovable="the device plugin must be installed in the driver's place",
    )
    return Finding(
        object=case.pod_ref,
        summary="The pod uses resource claims, for which Karpenter makes no node.",
        evidence=(Evidence(object=case.pod_ref, field="spec.resourceClaims", value=claims),),
        chain=(
            "A container of the pod uses a resource claim.",
            f"Karpenter ignores such pods by default, so {named(likeliest(paths))} makes no node.",
        ),
        fixes=tuple(f for use in claims[:1] for f in doing_without(case, use)) or (words,),
        paths=frozenset(p.id for p in paths),
        change=Change.SELECTOR,
        key="karpenter",
    )
