"""Reads of one cluster, in the order in which one answer decides about the next question.

First what every question needs: nodes, NodePools, plugins. Then the pods it is about; from
their demands the nodes in question; from those the pods worth reading, and what hangs on
them. A small cluster is simply read whole: that costs less than it is worth to choose.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial

from efadoctor.collect.crew import Crew
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.around import Around
from efadoctor.collect.kube.connection import Connection
from efadoctor.collect.kube.discovery import Served, discover
from efadoctor.collect.kube.pods import PodReading
from efadoctor.collect.kube.reader import Reader
from efadoctor.collect.kube.reads import AWS_AUTH, KUBE_SYSTEM, NODECLASS_CRD, source
from efadoctor.collect.question import Question
from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource
from efadoctor.model.kubernetes import Node

SMALL_CLUSTER = 100
"""Nodes up to which everything is read: at most some thousand pods, 20 MB, half a second."""

_WHOLE_ALWAYS = (
    "daemonsets.apps",
    "namespaces",
    "priorityclasses.scheduling.k8s.io",
    "storageclasses.storage.k8s.io",
    "nodepools.karpenter.sh",
    "nodeclaims.karpenter.sh",
    "ec2nodeclasses.karpenter.k8s.aws",
    "deviceclasses.resource.k8s.io",
    "resourceslices.resource.k8s.io",
)
"""Kinds of which there are few, or all of which count."""

_BY_NAME = ("configmaps", "customresourcedefinitions.apiextensions.k8s.io")


class ClusterReading:
    """One reading. ``run`` does it; afterwards the harvest has all there is."""

    def __init__(
        self,
        connection: Connection,
        question: Question,
        harvest: Harvest,
        crew: Crew,
        *,
        whole: bool = False,
    ) -> None:
        self.server_version = ""
        self.date = ""
        self.small = whole
        self._late = False
        self._connection = connection
        self._question = question
        self._harvest = harvest
        self._crew = crew

    def run(self, on_nodes: Callable[[frozenset[str]], object]) -> None:
        """Reads. ``on_nodes`` is told the names of the nodes in question as soon as they are
        known, EVERYWHERE for all, while there is still much to read.
        """
        served: list[Served] = []
        self._all([lambda: served.append(self._served())])
        reader = Reader(self._connection, served[0] if served else Served(), self._harvest)
        first: list[Callable[[], object]] = [lambda: self._nodes(reader), self._version]
        first += [_list(reader, name) for name in _WHOLE_ALWAYS]
        first.append(lambda: reader.get(source("configmaps"), AWS_AUTH, KUBE_SYSTEM))
        crds = source("customresourcedefinitions.apiextensions.k8s.io")
        first.append(lambda: reader.get(crds, NODECLASS_CRD))
        pods = PodReading(reader, self._question, self._crew)
        first.append(pods.find_subjects)
        self._all(first)
        nodes: tuple[Node, ...] = self._harvest.views("cluster/nodes")
        self.small = self.small or 0 < len(nodes) <= SMALL_CLUSTER
        chosen = pods.choose(nodes, everything=self.small)
        on_nodes(chosen)
        rest: list[Callable[[], object]]
        if self.small:
            rest = [partial(_rest, reader, kind, self._question) for kind in _others()]
        else:
            rest = Around(reader, self._question).reads(pods.subjects())
        self._all([pods.read, *rest])

    def _all(self, tasks: Iterable[Callable[[], object]]) -> None:
        if not self._crew.all(tasks) and not self._late:
            self._late = True
            self._harvest.fail("cluster", ReadFailureError("the deadline had passed"))

    def _served(self) -> Served:
        try:
            return discover(self._connection)
        except ReadFailureError as failure:
            self._harvest.fail("cluster/apis", failure)
            return Served()

    def _nodes(self, reader: Reader) -> None:
        listed = reader.list(source("nodes"))
        if listed is not None:
            self.date = listed.date

    def _version(self) -> None:
        try:
            answer = self._connection.get("/version")
            said = json.loads(answer.body)
        except ReadFailureError as failure:
            self._harvest.fail("cluster/version", failure)
        except (ValueError, RecursionError):
            self._harvest.fail("cluster/version", ReadFailureError("the answer is not JSON"))
        else:
            self.date = self.date or answer.date
            version = said.get("gitVersion") if isinstance(said, dict) else None
            self.server_version = version if isinstance(version, str) else ""


def _list(reader: Reader, name: str) -> Callable[[], object]:
    return lambda: reader.list(source(name))


def _others() -> Iterable[KubernetesSource]:
    """What a small cluster is read for beside pods and what is always read."""
    taken = {f"cluster/{n}" for n in (*_WHOLE_ALWAYS, *_BY_NAME, "nodes", "pods")}
    return (s for s in KUBERNETES_SOURCES if s.name not in taken)


def _rest(reader: Reader, kind: KubernetesSource, question: Question) -> None:
    """A list of the whole cluster; of one namespace where no more is allowed."""
    if reader.list(kind) is None and kind.namespaced and question.namespace:
        reader.list(kind, question.namespace)
