"""Who keeps an object as it is: the warning that a patch is undone, and the change that lasts."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.model.finding import Finding
from efadoctor.model.fix import ChartValues, Fix, Patch, Recreation, SourceChange
from efadoctor.model.keepers import Keeper, Tool, keepers_of
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.snapshot import Snapshot


def with_sources(snapshot: Snapshot, finding: Finding) -> Finding:
    """The finding whose fixes say who undoes them, and how to make them last."""
    charts = {e.target for f in finding.fixes for e in f.edits if isinstance(e, ChartValues)}
    fixes: list[Fix] = []
    sources: dict[str, Fix] = {}
    for fix in finding.fixes:
        said: list[str] = []
        for edit, keeper in _kept(snapshot, fix):
            in_chart = keeper.tool is Tool.HELM and edit.target in charts
            said.append(_warning(edit, keeper, in_chart=in_chart))
            if not in_chart:
                source = _in_source(edit, keeper)
                sources.setdefault(source.title, source)
        said.extend(_of_release(snapshot, fix))
        said.extend(_of_controllers(snapshot, fix))
        warning = " ".join(dict.fromkeys((*([fix.warning] if fix.warning else []), *said)))
        fixes.append(msgspec.structs.replace(fix, warning=warning))
    return msgspec.structs.replace(finding, fixes=(*fixes, *sources.values()))


def _kept(snapshot: Snapshot, fix: Fix) -> Iterator[tuple[Patch | Recreation, Keeper]]:
    for edit in fix.edits:
        view = snapshot.find(edit.target) if isinstance(edit, Patch | Recreation) else None
        if isinstance(edit, Patch | Recreation) and isinstance(view, KubernetesObject):
            for keeper in keepers_of(view):
                yield edit, keeper


def _of_controllers(snapshot: Snapshot, fix: Fix) -> Iterator[str]:
    """Which controllers make what a fix changes: an operator holds it to its own resource."""
    changed = {e.target for e in fix.edits if isinstance(e, Patch | Recreation)}
    for target in sorted(changed, key=str):
        view = snapshot.find(target) if target.kind not in _LEFT_ALONE else None
        owners = view.metadata.owner_references if isinstance(view, KubernetesObject) else ()
        for owner in owners:
            if owner.controller and owner.kind not in _HOLDS_TO_NOTHING:
                what = f"{owner.kind}/{owner.name} makes {target.short}"
                yield f"{what} and may undo a live patch, so change it there as well."


_LEFT_ALONE = frozenset({"Pod", "Node", "NodeClaim"})
"""What a controller makes and then lets be."""

_HOLDS_TO_NOTHING = frozenset({"CronJob", "ClusterPolicy"})
"""A CronJob lets its Jobs be; of the GPU operator's policy its mark tells."""


def _of_release(snapshot: Snapshot, fix: Fix) -> Iterator[str]:
    """Who undoes an upgrade of a release by hand: Flux and Argo CD upgrade it themselves."""
    for edit in fix.edits:
        view = snapshot.find(edit.target) if isinstance(edit, ChartValues) else None
        for keeper in keepers_of(view) if isinstance(view, KubernetesObject) else ():
            if isinstance(edit, ChartValues) and keeper.tool in _UPGRADES:
                again = f"set the same values where {_called(keeper)} takes them from"
                yield f"{_called(keeper)} upgrades release {edit.release} by itself, so {again}."


_UPGRADES = frozenset({Tool.FLUX, Tool.ARGO_CD})


def _called(keeper: Keeper) -> str:
    if not keeper.name:
        return keeper.tool.value
    of = {Tool.HELM: "release ", Tool.ARGO_CD: "application "}.get(keeper.tool, "")
    return f"{keeper.tool.value} {of}{keeper.name}"


def _warning(edit: Patch | Recreation, keeper: Keeper, *, in_chart: bool) -> str:
    what = "set the chart's values as well" if in_chart else "change its source as well"
    who = _called(keeper)
    return f"{who} owns {edit.target.short}: {keeper.tool.reverts}, so {what}."


def _in_source(edit: Patch | Recreation, keeper: Keeper) -> Fix:
    change = SourceChange(target=edit.target, keeper=_called(keeper), operations=edit.operations)
    title = f"Make it last: change {edit.target.short} where {_called(keeper)} takes it from"
    return Fix(title=title, edits=(change,))
