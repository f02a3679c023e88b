"""Why a DaemonSet's selector and affinity pass a node by, and how to widen them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from efadoctor.authoring import Appending, Evidence, Removing, Setting, SpecEdit, reference
from efadoctor.model.edits import plain
from efadoctor.model.kubernetes import DaemonSet, Node, NodeSelectorTerm, SelectorRequirement
from efadoctor.scheduling.names import INSTANCE_TYPE, NODEPOOL
from efadoctor.scheduling.selectors import is_valid, meets, required_affinity

TERMS = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
_TEMPLATE_SPEC = "spec.template.spec."


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a DaemonSet asks of a node's labels and that the node does not have.

    ``path`` leads to it in the pod spec; ``has`` is the node's label, None without one.
    """

    path: str
    key: str
    operator: str
    values: tuple[str, ...]
    has: str | None

    @property
    def extendable(self) -> bool:
        """Whether the node's value could be added to the values that are allowed."""
        return self.operator == "In" and self.has is not None and "matchExpressions" in self.path

    @property
    def written(self) -> str:
        """What is asked for, for a sentence."""
        match self.operator:
            case "In" if len(self.values) > _FEW:
                return f"one of {len(self.values)} values of {self.key}"
            case "In":
                return f"{self.key}={' or '.join(self.values)}"
            case "NotIn":
                return f"{self.key} other than {' or '.join(self.values)}"
            case "Exists":
                return f"a label {self.key}"
            case "DoesNotExist":
                return f"no label {self.key}"
            case other:
                return f"{self.key} {other} {' '.join(self.values)}"

    @property
    def found(self) -> str:
        """What the node has instead, for a sentence."""
        return f"no label {self.key}" if self.has is None else f"{self.key}={self.has}"


_FEW = 3
_OF_DISCOVERY = "feature.node.kubernetes.io/"


def unmet(daemonset: DaemonSet, node: Node) -> tuple[Unmet, ...]:
    """The selector's misses, and those of the affinity term that comes nearest."""
    spec, labels = daemonset.spec.template.spec, node.metadata.labels
    selector = (
        Unmet(
            path=f'nodeSelector["{key}"]',
            key=key,
            operator="In",
            values=(value,),
            has=labels.get(key),
        )
        for key, value in spec.node_selector.items()
        if labels.get(key) != value
    )
    terms = [misses for _, misses in _terms(daemonset, labels)]
    nearest = min(terms, key=_distance, default=()) if all(terms) else ()
    return (*selector, *nearest)


def alternatives(daemonset: DaemonSet, node: Node) -> tuple[Unmet, ...]:
    """What each affinity term asks for and misses: any one term would do."""
    terms = [misses for _, misses in _terms(daemonset, node.metadata.labels)]
    return tuple(m for misses in terms for m in misses) if all(terms) else ()


def by_hand(daemonset: DaemonSet, node: Node) -> Unmet | None:
    """The label that would do, were somebody to set it; rather not one that discovery owns."""
    offered = (*unmet(daemonset, node), *alternatives(daemonset, node))
    absent = [m for m in offered if m.has is None and m.operator == "In"]
    return min(absent, key=lambda m: m.key.startswith(_OF_DISCOVERY), default=None)


def _distance(misses: tuple[Unmet, ...]) -> tuple[int, int]:
    """Fewest misses first; among those, one that only lacks the node's value."""
    return len(misses), sum(not m.extendable for m in misses)


def _terms(
    daemonset: DaemonSet, labels: Mapping[str, str]
) -> Iterator[tuple[int, tuple[Unmet, ...]]]:
    required = required_affinity(daemonset.spec.template.spec)
    for number, term in enumerate(required.node_selector_terms if required else ()):
        misses = tuple(
            Unmet(
                path=f"{TERMS}[{number}].matchExpressions[{at}]",
                key=e.key,
                operator=e.operator,
                values=e.values,
                has=labels.get(e.key),
            )
            for at, e in enumerate(term.match_expressions)
            if not (is_valid(e) and meets(labels, e))
        )
        if term.match_expressions or term.match_fields:
            yield number, misses


# ---- evidence ---------------------------------------------------------------


def evidence(daemonset: DaemonSet, node: Node, found: Unmet, *, exists: bool) -> Iterator[Evidence]:
    """What the DaemonSet asks for, and the label of a node that exists."""
    path, value = found.path, found.values[0] if found.values else found.operator
    listed: Any = value
    if "matchExpressions" in path and found.values:
        path, listed = f"{path}.values", found.values
    elif "matchExpressions" in path:
        path = f"{path}.operator"
    yield Evidence(
        object=reference(daemonset),
        field=f"{_TEMPLATE_SPEC}{path}",
        value=listed,
        note=f"wants {found.written}; the node has {found.found}",
    )
    if exists:
        field = f'metadata.labels["{found.key}"]'
        single = found.operator == "In" and len(found.values) == 1
        expected = found.values[0] if single else found.written
        yield Evidence(object=reference(node), field=field, value=found.has, expected=expected)


# ---- widening ---------------------------------------------------------------


def widened(daemonset: DaemonSet, node: Node) -> tuple[SpecEdit, ...]:
    """Edits of the pod spec after which the DaemonSet selects the node; none where there are none.

    A list of values gets the node's; any other miss is met by one more term, for terms are
    alternatives (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/).
    """
    misses = unmet(daemonset, node)
    edits: list[SpecEdit] = [Removing(m.path) for m in misses if "matchExpressions" not in m.path]
    in_terms = [m for m in misses if "matchExpressions" in m.path]
    if in_terms and all(m.extendable for m in in_terms):
        edits.extend(Appending(f"{m.path}.values", m.has) for m in in_terms)
    elif in_terms:
        by_type = node.metadata.labels.get(INSTANCE_TYPE, "")
        if not by_type:
            return ()
        one = SelectorRequirement(key=INSTANCE_TYPE, operator="In", values=(by_type,))
        edits.append(Appending(TERMS, NodeSelectorTerm(match_expressions=(one,))))
    return tuple(edits)


def values_of(
    daemonset: DaemonSet, edits: tuple[SpecEdit, ...], chart: str
) -> dict[str, Any] | None:
    """The values of a plugin's chart that come to the same; None where it has none for them.

    The EFA chart builds its affinity from ``supportedInstanceLabels``, NVIDIA's takes one whole.
    Nothing of a mapping can be taken away: with ``--reuse-values`` Helm keeps a key that is set
    to null, https://github.com/helm/helm/issues/30765 .
    """
    if len(edits) != 1:
        return None
    edit = edits[0]
    if not isinstance(edit, Appending):
        return None
    required = required_affinity(daemonset.spec.template.spec)
    terms = required.node_selector_terms if required else ()
    if chart == "aws-efa-k8s-device-plugin" and str(edit.path).endswith(".values"):
        allowed = [
            e.values
            for t in terms
            for e in t.match_expressions
            if e.key == INSTANCE_TYPE and edit.item not in e.values
        ]
        return {"supportedInstanceLabels.values": [*allowed[0], edit.item]} if allowed else None
    if chart == "nvidia-device-plugin" and str(edit.path) == TERMS:
        affinity: dict[str, Any] = plain(daemonset.spec.template.spec.affinity)
        node = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        node["nodeSelectorTerms"] = [*node["nodeSelectorTerms"], plain(edit.item)]
        return {"affinity": affinity}
    return None


# ---- narrowing --------------------------------------------------------------


def narrowed(daemonset: DaemonSet, nodes: Sequence[Node]) -> tuple[SpecEdit, ...]:
    """Edits of the pod spec after which the DaemonSet passes these nodes by.

    It then leaves out Karpenter's nodes, if all are those, else nodes of these types.
    """
    labels = [n.metadata.labels for n in nodes]
    if all(NODEPOOL in found for found in labels):
        without = SelectorRequirement(key=NODEPOOL, operator="DoesNotExist")
    else:
        types = tuple(dict.fromkeys(found.get(INSTANCE_TYPE, "") for found in labels))
        without = SelectorRequirement(key=INSTANCE_TYPE, operator="NotIn", values=types)
    required = required_affinity(daemonset.spec.template.spec)
    if required is None or not required.node_selector_terms:
        return (Setting(TERMS, [NodeSelectorTerm(match_expressions=(without,))]),)
    terms = range(len(required.node_selector_terms))
    return tuple(Appending(f"{TERMS}[{n}].matchExpressions", without) for n in terms)
