"""Karpenter's requirement algebra: sets of label values, and what meets what.

A requirement is the set of values that one label may have: a finite set (``In``,
``DoesNotExist`` being the empty one), or the complement of a finite set (``NotIn``,
``Exists`` being the complement of nothing), which ``Gt`` and ``Lt`` bound to integers.

Two questions are asked of two collections of requirements. *Intersects*: does every key
that both name have a value in common? *Compatible*: that, and does the first define every
key that the second needs to exist? Keys that the provider fills in (well-known labels)
may be left undefined.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/scheduling/requirement.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/scheduling/requirements.go
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from efadoctor.scheduling.integers import INT64, integer
from efadoctor.scheduling.names import ARCH, HOSTNAME, INSTANCE_TYPE, OS, REGION, ZONE

NORMALIZED_LABELS: Mapping[str, str] = {
    "failure-domain.beta.kubernetes.io/zone": ZONE,
    "failure-domain.beta.kubernetes.io/region": REGION,
    "beta.kubernetes.io/arch": ARCH,
    "beta.kubernetes.io/os": OS,
    "beta.kubernetes.io/instance-type": INSTANCE_TYPE,
}
"""Old names of well-known labels, and the names that Karpenter reads them as."""

_SHOWN_VALUES = 5


class Requirement(msgspec.Struct, frozen=True):
    """The values that the label ``key`` may have.

    ``complement``: every value but ``values``; else only ``values``. ``at_least`` and
    ``at_most`` are inclusive and meaningful for complements only. ``min_values`` is how
    many different values the types to launch must offer.
    """

    key: str
    complement: bool = False
    values: frozenset[str] = frozenset()
    at_least: int | None = None
    at_most: int | None = None
    min_values: int | None = None

    @classmethod
    def of(
        cls, key: str, operator: str, values: Iterable[str] = (), min_values: int | None = None
    ) -> "Requirement":
        """The requirement that an operator and its values write.

        An unknown operator reads as ``Exists``: the API server refuses them, and a
        pod with one is refused before its requirements are asked for.
        """
        key = NORMALIZED_LABELS.get(key, key)
        listed = tuple(values)
        bound = integer(listed[0]) or 0 if listed else 0
        match operator:
            case "In":
                return cls(key, values=frozenset(listed), min_values=min_values)
            case "NotIn":
                return cls(key, complement=True, values=frozenset(listed), min_values=min_values)
            case "DoesNotExist":
                return cls(key, min_values=min_values)
            case "Gt" if bound == INT64[-1]:
                return cls(key)
            case "Gt":
                return cls(key, complement=True, at_least=bound + 1, min_values=min_values)
            case "Lt":
                return cls(key, complement=True, at_most=bound - 1, min_values=min_values)
            case "Gte":
                return cls(key, complement=True, at_least=bound, min_values=min_values)
            case "Lte":
                return cls(key, complement=True, at_most=bound, min_values=min_values)
            case _:
                return cls(key, complement=True, min_values=min_values)

    @property
    def operator(self) -> str:
        """``In``, ``NotIn``, ``Exists`` or ``DoesNotExist``; bounds read as ``Exists``."""
        if self.complement:
            return "NotIn" if self.values else "Exists"
        return "In" if self.values else "DoesNotExist"

    def has(self, value: str) -> bool:
        """Whether the label may have this value."""
        return (value in self.values) is not self.complement and _within(
            value, self.at_least, self.at_most
        )

    def intersection(self, other: "Requirement") -> "Requirement":
        """The values that both allow; the larger ``min_values`` holds."""
        at_least = _larger(self.at_least, other.at_least)
        at_most = _smaller(self.at_most, other.at_most)
        min_values = _larger(self.min_values, other.min_values)
        if at_least is not None and at_most is not None and at_least > at_most:
            return Requirement(self.key, min_values=min_values)
        complement = self.complement and other.complement
        if complement:
            values = self.values | other.values
        elif self.complement:
            values = other.values - self.values
        elif other.complement:
            values = self.values - other.values
        else:
            values = self.values & other.values
        if at_least is not None or at_most is not None:
            values = frozenset(v for v in values if _within(v, at_least, at_most))
        if not complement:
            at_least = at_most = None
        return Requirement(self.key, complement, values, at_least, at_most, min_values)

    def meets(self, other: "Requirement") -> bool:
        """Whether some value is allowed by both."""
        at_least = _larger(self.at_least, other.at_least)
        at_most = _smaller(self.at_most, other.at_most)
        if at_least is not None and at_most is not None and at_least > at_most:
            return False
        if self.complement and other.complement:
            return True
        if not (self.complement or other.complement):
            candidates = self.values & other.values
        elif self.complement:
            candidates = other.values - self.values
        else:
            candidates = self.values - other.values
        if at_least is None and at_most is None:
            return bool(candidates)
        return any(_within(v, at_least, at_most) for v in candidates)

    def __str__(self) -> str:
        """As Karpenter prints it: ``key In [a b]``, ``key Exists >=4``."""
        text = f"{self.key} {self.operator}"
        if self.values:
            shown = sorted(self.values, key=lambda v: v.encode())
            if len(shown) > _SHOWN_VALUES:
                rest = f"and {len(shown) - _SHOWN_VALUES} others"
                shown = [*shown[:_SHOWN_VALUES], rest]
            text += f" [{' '.join(shown)}]"
        if self.at_least is not None:
            text += f" >={self.at_least}"
        if self.at_most is not None:
            text += f" <={self.at_most}"
        if self.min_values is not None:
            text += f" minValues {self.min_values}"
        return text


class KeyConflict(msgspec.Struct, frozen=True):
    """Two requirements on one key that no value meets: what came, and what was there."""

    key: str
    incoming: Requirement
    existing: Requirement

    def __str__(self) -> str:
        return f"key {self.key}, {self.incoming} not in {self.existing}"


_ABSENT = ("NotIn", "DoesNotExist")


class Requirements:
    """Requirements by key, one each: adding a second on a key intersects them.

    Immutable; ``plus`` makes a new one. Iterates over its requirements, by key.
    """

    __slots__ = ("by_key",)

    def __init__(self, requirements: Iterable[Requirement] = ()) -> None:
        by_key: dict[str, Requirement] = {}
        for requirement in requirements:
            known = by_key.get(requirement.key)
            by_key[requirement.key] = (
                requirement if known is None else requirement.intersection(known)
            )
        self.by_key = by_key

    @classmethod
    def of_labels(cls, labels: Mapping[str, str]) -> "Requirements":
        """Requirements that each label has exactly its value."""
        return cls(Requirement.of(key, "In", (value,)) for key, value in labels.items())

    def plus(self, *more: Iterable[Requirement]) -> "Requirements":
        return Requirements(r for part in (self, *more) for r in part)

    def __iter__(self) -> Iterator[Requirement]:
        return iter([self.by_key[key] for key in sorted(self.by_key)])

    def __len__(self) -> int:
        return len(self.by_key)

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Requirements) and self.by_key == other.by_key

    def __hash__(self) -> int:
        return hash(frozenset(self.by_key.values()))

    def __repr__(self) -> str:
        return f"Requirements({', '.join(map(str, self))})"

    def get(self, key: str) -> Requirement:
        """The requirement on a key; any value where there is none."""
        return self.by_key.get(key) or Requirement(key, complement=True)

    def undefined(self, wanted: "Requirements", allowed: frozenset[str]) -> tuple[str, ...]:
        """The keys that ``wanted`` needs to exist and that are neither here nor ``allowed``."""
        return tuple(
            key
            for key, requirement in sorted(wanted.by_key.items())
            if key not in self.by_key and key not in allowed and requirement.operator not in _ABSENT
        )

    def conflicts(self, incoming: "Requirements") -> tuple[KeyConflict, ...]:
        """The keys of both for which no value meets both, by the key's name without its domain.

        Two requirements that each allow the label to be absent never conflict. Karpenter
        looks in no order and so reports several in any.
        """
        shared = self.by_key.keys() & incoming.by_key.keys()
        return tuple(
            KeyConflict(key, incoming.by_key[key], self.by_key[key])
            for key in sorted(shared, key=lambda key: key.rpartition("/")[::-1])
            if _conflict(self.by_key[key], incoming.by_key[key])
        )

    def intersects(self, other: "Requirements") -> bool:
        """Whether every key of both has a value that meets both."""
        mine, theirs = self.by_key, other.by_key
        if len(mine) > len(theirs):
            return not any(k in mine and _conflict(mine[k], r) for k, r in theirs.items())
        return not any(k in theirs and _conflict(r, theirs[k]) for k, r in mine.items())

    def is_compatible(self, wanted: "Requirements", allowed: frozenset[str] = frozenset()) -> bool:
        """Whether nothing that ``wanted`` needs is undefined here, and nothing conflicts."""
        return self.intersects(wanted) and not self.undefined(wanted, allowed)

    @property
    def with_min_values(self) -> tuple[Requirement, ...]:
        """Those that ask for a number of different values."""
        return tuple(r for r in self if r.min_values is not None)

    def __str__(self) -> str:
        """As Karpenter prints them, without the placeholder for the hostname."""
        shown = (str(r) for r in self.by_key.values() if r.key != HOSTNAME)
        return ", ".join(sorted(shown, key=lambda text: text.encode()))


def _conflict(existing: Requirement, incoming: Requirement) -> bool:
    if existing.meets(incoming):
        return False
    return not (incoming.operator in _ABSENT and existing.operator in _ABSENT)


def _within(value: str, at_least: int | None, at_most: int | None) -> bool:
    """Whether a value lies between bounds; with a bound, only integers do."""
    if at_least is None and at_most is None:
        return True
    number = integer(value)
    return (
        number is not None
        and (at_least is None or number >= at_least)
        and (at_most is None or number <= at_most)
    )


def _larger(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


def _smaller(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)
