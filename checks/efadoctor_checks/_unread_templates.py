"""Launch templates that were not read: what cannot be told of the nodes that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from efadoctor.authoring import Case, Untold
from efadoctor.model.aws import LaunchTemplateVersion, NodeGroup
from efadoctor.model.facts import sources_of
from efadoctor.scheduling.names import NODEGROUP
from efadoctor_checks import _fabric


def of_ways_in(case: Case) -> Iterator[Untold]:
    """Of the node groups whose nodes would serve the pod."""
    ways = _fabric.serving(case)
    labelled = (p.node.metadata.labels.get(NODEGROUP) for p in ways)
    name = next((n for n in labelled if n), "")
    if name and not case.snapshot.was_read(NodeGroup):
        yield _told(NodeGroup, f"with what node group {name} launches")
        return
    groups = (_fabric.group_of(case, path) for path in ways)
    yield from _of(case, (g for g in groups if g is not None))


def of_cluster(case: Case) -> Iterator[Untold]:
    """Of all node groups."""
    return _of(case, case.snapshot.all(NodeGroup))


def _of(case: Case, groups: Iterable[NodeGroup]) -> Iterator[Untold]:
    if case.snapshot.was_read(LaunchTemplateVersion):
        return
    for group in groups:
        if group.launch_template is not None:
            said = f"with what node group {group.nodegroup_name} launches"
            yield _told(LaunchTemplateVersion, said)
            return


def _told(unread: type[Any], said: str) -> Untold:
    source = sources_of(unread)[0].name
    return Untold(paths=frozenset(), what=f"{source} was not read, which says {said}")
