"""What a pod selects nodes by, and which ways in meet it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.authoring import Case, Path
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import NodeSelectorTerm, Pod, SelectorRequirement
from efadoctor.scheduling import selectors
from efadoctor.scheduling.intent import is_meant
from efadoctor.scheduling.karpenter.pools import PoolTemplate, pools_of
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, ZONE_ID
from efadoctor.scheduling.names import NODEPOOL, ZONE
from efadoctor.scheduling.requirements import NORMALIZED_LABELS, Requirement, Requirements

_OFFERED_BY = frozenset({ZONE, CAPACITY_TYPE, ZONE_ID})
"""The labels that say where and how a type is to be had, not what it is."""
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
    def label(self) -> str:
        """The key as Karpenter reads it."""
        return NORMALIZED_LABELS.get(self.key, self.key)

    @property
    def algebra(self) -> Requirement:
        """The want as Karpenter's requirement."""
        return Requirement.of(self.key, self.requirement.operator, self.values)

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


def unmet(case: Case, path: Path, wanted: Alternative) -> Alternative:
    """The wants that a way in does not meet; all that speak of types where they clash."""
    template = template_of(case, path)
    if template is None:
        return tuple(w for w in wanted if not _node_meets(path, w))
    missing = tuple(w for w in wanted if not _pool_meets(template, (w,)))
    if missing or _pool_meets(template, wanted):
        return missing
    return tuple(w for w in wanted if w.label not in template.requirements)


def meets(case: Case, path: Path, want: Want) -> bool:
    """Whether a node of this way in has, or could have, what is wanted."""
    return not unmet(case, path, (want,))


def template_of(case: Case, path: Path) -> PoolTemplate | None:
    """The NodePool behind a way in that it would have to make a node for, as Karpenter has it."""
    if path.judgement is None or path.pool is None:
        return None
    name = path.pool.metadata.name
    return next((t for t in pools_of(case.snapshot).templates if t.name == name), None)


def _node_meets(path: Path, want: Want) -> bool:
    if want.by_name:
        named = path.node.metadata.name in want.values
        return not path.hypothetical and named == (want.requirement.operator == "In")
    labels, requirement = path.node.metadata.labels, want.requirement
    return selectors.is_valid(requirement) and selectors.meets(labels, requirement)


def _pool_meets(template: PoolTemplate, wanted: Alternative) -> bool:
    """Whether a pool, and one of its types, allows all of this; where it is to be had aside."""
    known = template.vocabulary
    for want in wanted:
        opts_out = want.label == NODEPOOL and want.requirement.operator == "DoesNotExist"
        values = known.values_of(want.label)
        odd = want.requirement.operator == "In" and values and not values & set(want.values)
        if want.by_name or opts_out or odd or known.is_restricted(want.label):
            return False
    asked = Requirements(w.algebra for w in wanted)
    if not template.requirements.is_compatible(asked, known.well_known):
        return False
    if not all(_is_offered(template, w.algebra) for w in wanted if w.label in _OFFERED_BY):
        return False
    # where the pool's own requirements leave no type, whether any type at all would do
    node = template.requirements.plus(asked) if template.types else asked
    of_types = Requirements(r for r in node if r.key not in _OFFERED_BY)
    types = template.types or template.provided
    return not types or any(t.requirements.intersects(of_types) for t in types)


def _is_offered(template: PoolTemplate, wanted: Requirement) -> bool:
    """Whether any type at all is to be had so; where nobody knows, it is."""
    known = {v for t in template.provided for v in t.requirements.get(wanted.key).values}
    return not known or any(wanted.has(value) for value in known)


def offered(case: Case, path: Path, key: str) -> tuple[str, ...]:
    """The values that a label has, or could have, on a way in."""
    key = NORMALIZED_LABELS.get(key, key)
    template = template_of(case, path)
    if template is None:
        labels = path.node.metadata.labels
        return (labels[key],) if key in labels else ()
    if key in template.requirements:
        own = template.requirements.get(key)
        if not own.complement:
            return tuple(sorted(own.values))
    types = template.types or template.provided
    return tuple(sorted({v for t in types for v in t.requirements.get(key).values}))


def keys_offered(path: Path) -> tuple[str, ...]:
    """The labels that a node of a way in has, by name."""
    return tuple(sorted(path.node.metadata.labels))


def real_paths(case: Case) -> Iterator[Path]:
    """The ways in that exist: nodes, and what could make one."""
    for path in case.paths:
        if not path.hypothetical or path.pool is not None or path.group is not None:
            yield path


def suitable_paths(case: Case) -> tuple[Path, ...]:
    """The ways in that could be the pod's: no CPU node is that of a pod that asks for EFA.

    Where none could, all that there are: the selectors are then judged by those.
    """
    real = tuple(real_paths(case))
    return tuple(p for p in real if p.serves is not False or _is_meant(case, p)) or real


def _is_meant(case: Case, path: Path) -> bool:
    """Whether a NodePool that cannot serve the pod is for such pods all the same."""
    return path.pool is not None and path.hypothetical and is_meant(path, case.pod)


def selected_by_none(case: Case, wanted: Iterable[Alternative]) -> bool:
    """Whether no way in that could be the pod's meets any of the combinations."""
    combinations = tuple(wanted)
    return not any(not unmet(case, p, a) for p in suitable_paths(case) for a in combinations)
