"""What a pod selects nodes by, and which ways in meet it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.authoring import Case, Path
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import NodeSelectorTerm, Pod, SelectorRequirement
from efadoctor.scheduling import selectors
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.blockers import (
    InvalidRequirement,
    RequirementConflict,
    RestrictedLabel,
    UnknownLabel,
)
from efadoctor.scheduling.requirements import NORMALIZED_LABELS, Requirement

_NODEPOOL = "karpenter.sh/nodepool"
_TERMS = FieldPath.of(
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
)


class Want(msgspec.Struct, frozen=True):
    """One thing that a pod asks of a node's labels (or of its name: ``by_name``).

    ``path`` leads to it in the pod's spec; ``selector`` says that it is an entry of the
    node selector, whose path ends in the label's key.
    """

    path: FieldPath
    requirement: SelectorRequirement
    selector: bool = False
    by_name: bool = False

    @property
    def key(self) -> str:
        return self.requirement.key

    @property
    def values(self) -> tuple[str, ...]:
        return self.requirement.values

    @property
    def field(self) -> str:
        """The path in the pod of what is written."""
        steps = self.path.steps
        if not self.selector:
            steps = (*steps, "values" if self.values else "operator")
        return str(FieldPath(("spec", *steps)))

    @property
    def written(self) -> str:
        """As a person reads it: ``key=value``, ``key in (a, b)``, ``key Exists``."""
        match self.requirement.operator:
            case "In" if len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            case "In":
                return f"{self.key} in ({', '.join(self.values)})"
            case operator if self.values:
                return f"{self.key} {operator} {', '.join(self.values)}"
            case operator:
                return f"{self.key} {operator}"


Alternative = tuple[Want, ...]


def alternatives(pod: Pod) -> tuple[Alternative, ...]:
    """Each combination of wants that would do: the node selector with one affinity term."""
    selector = tuple(
        Want(
            FieldPath.of("nodeSelector", key),
            SelectorRequirement(key=key, operator="In", values=(value,)),
            selector=True,
        )
        for key, value in pod.spec.node_selector.items()
    )
    required = selectors.required_affinity(pod.spec)
    terms = required.node_selector_terms if required is not None else ()
    return tuple((*selector, *_of_term(i, t)) for i, t in enumerate(terms)) or (selector,)


def _of_term(index: int, term: NodeSelectorTerm) -> Iterator[Want]:
    at = _TERMS / index
    for number, expression in enumerate(term.match_expressions):
        yield Want(at / "matchExpressions" / number, expression)
    for number, expression in enumerate(term.match_fields):
        yield Want(at / "matchFields" / number, expression, by_name=True)


def unmet(path: Path, wanted: Alternative) -> Alternative:
    """The wants that a way in does not meet."""
    return tuple(w for w in wanted if not meets(path, w))


def meets(path: Path, want: Want) -> bool:
    """Whether a node of this way in has, or could have, what is wanted."""
    if path.judgement is not None:
        return _pool_meets(path.judgement, want)
    if want.by_name:
        named = path.node.metadata.name in want.values
        return not path.hypothetical and named == (want.requirement.operator == "In")
    labels, requirement = path.node.metadata.labels, want.requirement
    return selectors.is_valid(requirement) and selectors.meets(labels, requirement)


def _pool_meets(judgement: PoolJudgement, want: Want) -> bool:
    """A pool can have any value that Karpenter's judgement does not exclude."""
    if want.by_name:
        return False
    key = NORMALIZED_LABELS.get(want.key, want.key)
    wanted = Requirement.of(key, want.requirement.operator, want.values)
    if wanted.operator == "DoesNotExist" and key == _NODEPOOL:
        return False
    for blocker in judgement.blockers:
        match blocker:
            case RestrictedLabel(key=k) | InvalidRequirement(key=k) if k == key:
                return False
            case UnknownLabel() if blocker.key == key:
                return wanted.operator in ("NotIn", "DoesNotExist")
            case RequirementConflict() if blocker.key == key:
                return blocker.offered.meets(wanted)
            case _:
                continue
    return True


def offered(path: Path, key: str) -> tuple[str, ...]:
    """The values that a label has, or could have, on a way in."""
    key = NORMALIZED_LABELS.get(key, key)
    labels = path.node.metadata.labels
    known = [labels[key]] if key in labels else []
    if path.judgement is not None:
        for blocker in path.judgement.blockers:
            if isinstance(blocker, RequirementConflict) and blocker.key == key:
                known.extend(sorted(blocker.offered.values))
        requirement = path.judgement.requirements.by_key.get(key)
        if requirement is not None and not requirement.complement:
            known.extend(sorted(requirement.values))
    return tuple(dict.fromkeys(known))


def keys_offered(path: Path) -> tuple[str, ...]:
    """The labels that a node of a way in has, by name."""
    return tuple(sorted(path.node.metadata.labels))


def real_paths(case: Case) -> Iterator[Path]:
    """The ways in that exist: nodes, and what could make one."""
    for path in case.paths:
        if not path.hypothetical or path.pool is not None or path.group is not None:
            yield path


def selected_by_none(case: Case, wanted: Iterable[Alternative]) -> bool:
    """Whether no way in meets any of the combinations."""
    combinations = tuple(wanted)
    return not any(not unmet(p, a) for p in real_paths(case) for a in combinations)
