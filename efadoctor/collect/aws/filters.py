"""EC2's filters: one for an attribute's values, and those that select what a NodeClass does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypedDict

from efadoctor.model.karpenter import SelectorTerm

VALUES_AT_ONCE = 200
"""Values that one EC2 filter takes
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html)."""


class Filter(TypedDict):
    """As boto3 takes it."""

    Name: str
    Values: list[str]


def of_values(key: str, values: Iterable[str]) -> Filter:
    """The things whose attribute is one of the values, VALUES_AT_ONCE of them at the most."""
    return {"Name": key, "Values": list(values)}


def of_terms(terms: Iterable[SelectorTerm], id_key: str) -> Iterator[list[Filter]]:
    """Filters that select what a NodeClass's terms do (``*`` stands for any value).

    ``id_key`` is the attribute that holds a thing's id. Equal terms are asked for once, one
    that selects nothing not at all.
    """
    for identifier, name, tags in dict.fromkeys(_key_of(t) for t in terms):
        filters = [
            of_values("tag-key", [k]) if v == "*" else of_values(f"tag:{k}", [v]) for k, v in tags
        ]
        if identifier:
            filters.append(of_values(id_key, [identifier]))
        if name:
            filters.append(of_values("group-name", [name]))
        if filters:
            yield filters


def _key_of(term: SelectorTerm) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return term.id, term.name, tuple(sorted(term.tags.items()))


def tagged_for(cluster: str) -> tuple[SelectorTerm, ...]:
    """The tags that EKS, Karpenter's guides and cloud providers give to a cluster's own."""
    return (
        SelectorTerm(tags={"aws:eks:cluster-name": cluster}),
        SelectorTerm(tags={"karpenter.sh/discovery": cluster}),
        SelectorTerm(tags={f"kubernetes.io/cluster/{cluster}": "*"}),
    )
