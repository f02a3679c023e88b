"""Selectors that nearly meet a way in: what was meant by each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.authoring import Case, Path, Removing, Setting, Snapshot, SpecEdit
from efadoctor.model.aws import AvailabilityZone, Subnet
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import ARCH, INSTANCE_TYPE, NODEPOOL, ZONE
from efadoctor.scheduling.requirements import NORMALIZED_LABELS
from efadoctor.scheduling.selectors import required_affinity
from efadoctor.scheduling.spelling import edits_between, nearest
from efadoctor_checks._pod_selectors import Want, keys_offered, offered, real_paths

# Labels that other tools or older versions used for the same thing.
_LEGACY = {
    "karpenter.sh/provisioner-name": NODEPOOL,
    "alpha.eksctl.io/nodegroup-name": "eks.amazonaws.com/nodegroup",
    "beta.kubernetes.io/instance-type": INSTANCE_TYPE,
}
_SAME_VALUES = {ARCH: {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}}
_MOST = 3
_SHORTEST = 4


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What a want was meant to be: the key and value that a way in has, and how far off."""

    key: str
    value: str
    distance: int

    @property
    def written(self) -> str:
        return f"{self.key}={self.value}"


def slip(case: Case, path: Path, want: Want) -> Slip | None:
    """What a want that a way in does not meet was plainly meant to be there, None if nothing."""
    if want.by_name or want.requirement.operator != "In":
        return None
    return min(_slips(case, path, want), key=lambda s: (s.distance, s.key, s.value), default=None)


def _slips(case: Case, path: Path, want: Want) -> Iterator[Slip]:
    same = offered(case, path, want.key)
    if same:
        for value in want.values:
            right = _near_value(case, want.key, value, same)
            if right is not None:
                key = NORMALIZED_LABELS.get(want.key, want.key)
                yield Slip(key=key, value=right, distance=_apart(value, right))
        return
    for key in _near_keys(want.key, keys_offered(path)):
        for value in want.values:
            known = offered(case, path, key)
            right = value if value in known else _near_value(case, key, value, known)
            if right is not None:
                yield Slip(key=key, value=right, distance=1 + _apart(value, right))


def _near_value(case: Case, key: str, value: str, known: Iterable[str]) -> str | None:
    """The known value that another was meant for; one that exists was meant as it is."""
    key = NORMALIZED_LABELS.get(key, key)
    alias = _SAME_VALUES.get(key, {}).get(value.lower())
    if alias is not None:
        return alias if alias in known else None
    if value in _real_values(case, key):
        return None
    return nearest(value, known, _MOST)


_EDITS = 2


def _near_keys(key: str, known: Iterable[str]) -> Iterator[str]:
    """The known labels that a key may have been meant for, by their own name."""
    keys = [k for k in known if k not in NORMALIZED_LABELS]
    legacy = _LEGACY.get(key)
    if legacy is not None:
        yield from (k for k in keys if k == legacy)
        return
    name = _plain_name(key)
    for candidate in keys:
        other = _plain_name(candidate)
        part = len(name) >= _SHORTEST and (name in other or other in name)
        if name == other or part or edits_between(key, candidate, _EDITS) <= _EDITS:
            yield candidate


def _plain_name(key: str) -> str:
    return key.rpartition("/")[2].lower().translate({ord(c): None for c in "-_."})


def _apart(value: str, right: str) -> int:
    return edits_between(value.lower(), right.lower(), _MOST)


def _real_values(case: Case, key: str) -> frozenset[str]:
    """Values of a label that exist, if not here."""
    real = {v for p in real_paths(case) for v in offered(case, p, key)}
    match key:
        case "node.kubernetes.io/instance-type":
            real |= set(known_types(case.snapshot))
        case "kubernetes.io/arch":
            real |= {"amd64", "arm64"}
        case "topology.kubernetes.io/zone":
            real |= case.snapshot.once(_zones)
        case _:
            pass
    return frozenset(real)


def _zones(snapshot: Snapshot) -> frozenset[str]:
    named = {z.zone_name for z in snapshot.all(AvailabilityZone)}
    return frozenset(named | {s.availability_zone for s in snapshot.all(Subnet)})


# ---- edits ------------------------------------------------------------------


def correcting(want: Want, right: Slip) -> tuple[SpecEdit, ...]:
    """The edits that make of a want what it was meant to be."""
    if want.selector:
        own = FieldPath(want.path.steps[:-1]) / right.key
        if right.key == want.key:
            return (Setting(own, right.value),)
        return (Removing(want.path), Setting(own, right.value))
    values: SpecEdit = Setting(want.path / "values", [right.value])
    if right.key == want.key:
        return (values,)
    return (values, Setting(want.path / "key", right.key))


def dropping(pod: Pod, want: Want) -> tuple[SpecEdit, ...]:
    """The edit that takes a want away.

    A term without any expression would match no node, so the last one of a term takes with it all
    that is required: then any node would do.
    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#scheduling
    """
    required = required_affinity(pod.spec)
    if want.selector or required is None:
        return (Removing(want.path),)
    at = want.path.steps.index("nodeSelectorTerms")
    term = required.node_selector_terms[int(want.path.steps[at + 1])]
    if len(term.match_expressions) + len(term.match_fields) > 1:
        return (Removing(want.path),)
    return (Removing(FieldPath(want.path.steps[:at])),)


__all__ = ["ZONE", "Slip", "correcting", "dropping", "slip"]
