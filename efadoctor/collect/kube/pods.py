"""Which pods are read: those asked about, their peers, and those on the nodes in question."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from efadoctor.collect.crew import Crew
from efadoctor.collect.kube.owners import PEER_OWNERS, Owners, selector_of
from efadoctor.collect.kube.reader import Reader
from efadoctor.collect.kube.reads import source
from efadoctor.collect.question import (
    Question,
    demands,
    nodes_in_question,
    reaches_beyond_nodes,
    repels_others,
)
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.model.pod_lists import BOUND, OF_NO_NODE, UNBOUND, kept_of, of_node
from efadoctor.model.workloads import pod_from_template, templates

EVERYWHERE = ""
"""Stands among the names of nodes for all of them, and for none: pods that wait."""

MANY_NODES = 64
"""Nodes whose pods are asked for one by one, 5 to 20 ms each; beyond it one scan is cheaper,
unless they are less than a fifth of all."""
_FEW = 5

_PODS = source("pods")


class PodReading:
    """The pods of one question. Call ``find_subjects``, ``choose`` and ``read``, in this order."""

    def __init__(self, reader: Reader, question: Question, crew: Crew) -> None:
        self._reader = reader
        self._question = question
        self._crew = crew
        self._owners = Owners(reader)
        self._nodes: frozenset[str] = frozenset()
        self._all = False
        self._count = 0
        self._missed = False

    # ---- whom it is about ---------------------------------------------------

    def find_subjects(self) -> None:
        """Reads the pods that the question is about, and their peers."""
        asked = self._question
        if asked.is_open:
            self._missed = self._reader.list(_PODS, asked.namespace, fields=UNBOUND) is None
        for name in asked.pods:
            found = self._reader.get(_PODS, name.name, name.namespace)
            self._missed = self._missed or found is None
        for workload in asked.workloads:
            self._reader.get(workload.source, workload.name.name, workload.name.namespace)
            self._pods_of(workload.source.name, workload.name.namespace, workload.name.name)
        tops = self._owners.climb(self.subjects())
        # whatever waits has been read already where the question is about all that does
        fields = BOUND if asked.is_open else ""
        for top in sorted(tops, key=str)[:PEER_OWNERS]:
            self._pods_of(top.source.name, top.namespace, top.name, fields)

    def _pods_of(self, kind: str, namespace: str, name: str, fields: str = "") -> None:
        workload = self._workload(kind, namespace, name)
        labels = selector_of(workload) if workload is not None else None
        if labels:
            self._reader.list(_PODS, namespace, labels=labels, fields=fields)

    def _workload(self, kind: str, namespace: str, name: str) -> Workload | None:
        for found in self._reader.harvest.views(kind):
            if (found.metadata.namespace, found.metadata.name) == (namespace, name):
                return found if isinstance(found, Workload) else None
        return None

    def subjects(self) -> tuple[Pod, ...]:
        """The pods that are asked about, as far as they have been read."""
        return tuple(self._reader.harvest.views(_PODS.name))

    def _imagined(self) -> Iterable[Pod]:
        """What the workloads asked about would make, had they pods."""
        for named in self._question.workloads:
            workload = self._workload(named.source.name, named.name.namespace, named.name.name)
            if workload is not None:
                yield from (pod_from_template(workload, t.template) for t in templates(workload))

    # ---- which others -------------------------------------------------------

    def choose(self, nodes: tuple[Node, ...], *, everything: bool) -> frozenset[str]:
        """Decides on the nodes in question; EVERYWHERE alone where all pods count."""
        pending = [p for p in self.subjects() if not p.spec.node_name]
        asked = (*pending, *self._imagined())
        self._count = len(nodes)
        self._all = everything or not nodes or any(reaches_beyond_nodes(p) for p in asked)
        bound = {p.spec.node_name for p in self.subjects() if p.spec.node_name}
        # the claims on their way name nodes that do not exist yet; those that do are enough
        self._nodes = (
            nodes_in_question(nodes, demands(asked)) | bound if asked else frozenset(bound)
        )
        return frozenset({EVERYWHERE}) if everything else self._nodes

    def read(self) -> None:
        """Reads the pods that were chosen."""
        if self._all:
            self._read_all()
        elif len(self._nodes) > max(MANY_NODES, self._count // _FEW):
            self._scan()
        else:
            self._crew_of_lists()

    def _read_all(self) -> None:
        if self._reader.list(_PODS) is None:
            self._fall_back()

    def _fall_back(self) -> None:
        if self._question.namespace:
            self._reader.list(_PODS, self._question.namespace)

    def _scan(self) -> None:
        """Every pod is looked at, those on the nodes in question are kept."""
        nodes = self._nodes

        def matters(pod: Pod) -> bool:
            return pod.spec.node_name in nodes or repels_others(pod)

        part = kept_of(len(nodes), self._count)
        if self._reader.list(_PODS, part=part, keep=matters) is None:
            self._fall_back()

    def _crew_of_lists(self) -> None:
        names = sorted(self._nodes)
        if not names:
            # of pods that could not be read nobody knows which nodes they would turn on
            if not self._missed:
                self._reader.harvest.declare(_PODS.name, OF_NO_NODE)
            return
        # the first alone: where it is forbidden, so are the others
        if self._on(names[0]) is None:
            self._fall_back()
            return
        self._crew.all([partial(self._on, name) for name in names[1:]])

    def _on(self, node: str) -> object:
        return self._reader.list(_PODS, fields=of_node(node), cached=True)
