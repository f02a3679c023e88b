"""The check DAG is validated when it is made, and its order never varies."""

from collections.abc import Iterator

import msgspec
import pytest

from efadoctor.authoring import Answer, Case, Check, Severity, Stage
from efadoctor.graph import CheckGraph
from efadoctor.model.errors import PackError


def nothing(_case: Case) -> Iterator[Answer]:
    yield from ()


def a_check(name: str, stage: Stage = Stage.POD, /, **relations: tuple[str, ...]) -> Check:
    blank = Check(
        code=f"EFA{name}", name=name, stage=stage, severity=Severity.ERROR, page=name, ask=nothing
    )
    return msgspec.structs.replace(blank, **relations)


def test_prerequisites_come_first_and_the_rest_follows_the_chain() -> None:
    checks = [
        a_check("c", Stage.NETWORK),
        a_check("a", Stage.PLUGIN, requires=("b",)),
        a_check("b", Stage.ALLOCATABLE),
    ]
    for order in (checks, checks[::-1]):
        assert [c.name for c in CheckGraph(order).in_order()] == ["b", "a", "c"]


def test_causes_are_found_through_other_causes() -> None:
    graph = CheckGraph(
        [
            a_check("taint", explains=("plugin",)),
            a_check("plugin", explains=("efa",)),
            a_check("efa"),
        ]
    )
    assert graph.causes_of("efa") == {"taint", "plugin"}
    assert graph.causes_of("taint") == frozenset()


@pytest.mark.parametrize("relation", ["requires", "explains"])
def test_an_unknown_name_is_an_error_that_names_it(relation: str) -> None:
    with pytest.raises(PackError, match=f"a {relation} nobody"):
        CheckGraph([a_check("a", **{relation: ("nobody",)})])


@pytest.mark.parametrize("relation", ["requires", "explains"])
def test_a_circle_is_an_error_that_lists_its_names(relation: str) -> None:
    with pytest.raises(PackError, match=r"a -> b -> a|b -> a -> b"):
        CheckGraph([a_check("a", **{relation: ("b",)}), a_check("b", **{relation: ("a",)})])
