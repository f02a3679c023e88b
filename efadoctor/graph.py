"""The check DAG, the only user of networkx.

Two relations over the same names: ``requires`` (this question makes sense only once that
check has passed) and ``explains`` (this cause has that symptom). Both are validated when
the graph is made: an unknown name or a cycle is an error that lists the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from efadoctor.authoring import Check
from efadoctor.model.errors import PackError
from efadoctor.model.report import Graph


class CheckGraph:
    """The checks, ordered; same checks, same order, byte for byte."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self.checks: Mapping[str, Check] = {c.name: c for c in checks}
        self._requires = self._relation("requires", {n: c.requires for n, c in self.checks.items()})
        self._explains = self._relation("explains", {n: c.explains for n, c in self.checks.items()})
        self._order = tuple(nx.lexicographical_topological_sort(self._requires, key=self._rank))

    def _relation(self, name: str, edges: Mapping[str, tuple[str, ...]]) -> nx.DiGraph[str]:
        """A graph whose edges run from what comes first: prerequisite, or cause."""
        unknown = {f"{a} {name} {b}" for a, bs in edges.items() for b in bs if b not in self.checks}
        if unknown:
            raise PackError(f"unknown check: {', '.join(sorted(unknown))}")
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(edges)
        for check, others in edges.items():
            for other in others:
                graph.add_edge(*((check, other) if name == "explains" else (other, check)))
        if not nx.is_directed_acyclic_graph(graph):
            cycle = [edge[0] for edge in nx.find_cycle(graph)]
            raise PackError(f"{name} runs in a circle: {' -> '.join([*cycle, cycle[0]])}")
        return graph

    def _rank(self, name: str) -> str:
        check = self.checks[name]
        return f"{check.stage.rank}{check.code}{name}"

    def in_order(self) -> tuple[Check, ...]:
        """The checks, prerequisites first, else by stage and code."""
        return tuple(self.checks[name] for name in self._order)

    def causes_of(self, symptom: str) -> frozenset[str]:
        """Every check that explains this one, directly or through others."""
        return frozenset(nx.ancestors(self._explains, symptom))

    def published(self) -> Graph:
        """Names and edges for a report: prerequisites and causes point onward."""
        edges = sorted({*self._requires.edges, *self._explains.edges})
        return Graph(nodes=self._order, edges=tuple(edges))
