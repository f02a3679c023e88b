"""Ways in, as sentences of several checks name them."""

import pytest

from efadoctor.authoring import Path, PathId
from efadoctor.model.finding import PathKind
from efadoctor.model.kubernetes import Node
from efadoctor_checks._paths import does


@pytest.mark.parametrize(
    ("kind", "nodes", "said"),
    [
        (PathKind.NODE, ("a",), "node a has"),
        (PathKind.NODE, ("a", "b"), "2 nodes like a have"),
        (PathKind.NODEPOOL, (), "NodePool a has"),
    ],
)
def test_the_verb_agrees_with_the_number_of_nodes(
    kind: PathKind, nodes: tuple[str, ...], said: str
) -> None:
    path = Path(id=PathId(kind, "a"), node=Node(), nodes=nodes)
    assert does(path, "has", "have") == said
