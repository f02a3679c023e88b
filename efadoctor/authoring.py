"""What a check file imports.

A check is one function in one file. The file's docstring is the check's page, its name is
the check's name. See checks/README.md for how to write one.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from efadoctor.model.daemonset_edits import add_daemonset_toleration, daemonset_fix
from efadoctor.model.edits import (
    append_to,
    appending,
    patch,
    remove_field,
    removing,
    set_field,
    setting,
)
from efadoctor.model.facts import Source, sources_of
from efadoctor.model.finding import (
    Awaited,
    Change,
    Evidence,
    EvidenceSource,
    Finding,
    PathId,
    PathKind,
    Severity,
    Stage,
    Untold,
)
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Command,
    Creation,
    Deletion,
    Fix,
    Operation,
    Overlay,
    Patch,
    Recreation,
    Risk,
)
from efadoctor.model.kubernetes import Pod
from efadoctor.model.pod_edits import (
    Appending,
    Removing,
    Setting,
    SpecEdit,
    add_toleration,
    change_in_place,
    change_pod,
    toleration_for,
)
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.path import Path


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a check looks at: one pod, the ways in that it has, and the snapshot.

    ``pod`` is the subject's pod as it is (or as its template would make it); ``owners``
    its chain of owners, the topmost last; ``demand`` what it requests, in the units of
    ``scheduling.quantity.amount``; ``peers`` the other pods of its topmost owner.
    """

    snapshot: Snapshot
    pod: Pod
    subject: ObjectRef
    owners: tuple[ObjectRef, ...] = ()
    demand: Mapping[str, int] = msgspec.field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    peers: tuple[Pod, ...] = ()

    @property
    def pod_ref(self) -> ObjectRef:
        return reference(self.pod)

    @property
    def owner(self) -> ObjectRef | None:
        """The topmost owner, whose template a lasting fix belongs in."""
        return self.owners[-1] if self.owners else None


Answer = Finding | Awaited | Untold
CheckFunction = Callable[[Case], Iterable[Answer]]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check: its code, its place in the chain, and the function that asks.

    ``needs`` are the facts without which it cannot answer; ``uses`` those that it reads
    where they are there. ``requires`` names checks that must have passed for its question
    to make sense, ``explains`` the symptoms that it is the cause of. ``docs`` is the URL of
    its page, "" where its pack publishes none.
    """

    code: str
    name: str
    stage: Stage
    severity: Severity
    page: str
    ask: CheckFunction
    needs: tuple[type[Any], ...] = ()
    uses: tuple[type[Any], ...] = ()
    requires: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    module: str = ""
    docs: str = ""

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.page.strip().partition("\n")[0].rstrip(".")

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source that the check may read."""
        return tuple(s for t in (*self.needs, *self.uses) for s in sources_of(t))


def check(  # noqa: PLR0913  (each declares one thing about the check)
    code: str,
    *,
    stage: Stage,
    severity: Severity = Severity.ERROR,
    needs: tuple[type[Any], ...] = (),
    uses: tuple[type[Any], ...] = (),
    requires: tuple[str, ...] = (),
    explains: tuple[str, ...] = (),
) -> Callable[[CheckFunction], Check]:
    """Make a check of the function below; its page and name are those of its file."""

    def declare(ask: CheckFunction) -> Check:
        module = ask.__module__
        return Check(
            code=code,
            name=module.rpartition(".")[2].replace("_", "-"),
            stage=stage,
            severity=severity,
            page=inspect.cleandoc(sys.modules[module].__doc__ or ""),
            ask=ask,
            needs=needs,
            uses=uses,
            requires=requires,
            explains=explains,
            module=module,
        )

    return declare


__all__ = [
    "Answer",
    "Appending",
    "Awaited",
    "AwsCall",
    "Case",
    "Change",
    "ChartValues",
    "Check",
    "Command",
    "Creation",
    "Deletion",
    "Evidence",
    "EvidenceSource",
    "Finding",
    "Fix",
    "ObjectRef",
    "Operation",
    "Overlay",
    "Patch",
    "Path",
    "PathId",
    "PathKind",
    "Recreation",
    "Removing",
    "Risk",
    "Setting",
    "Severity",
    "Snapshot",
    "SpecEdit",
    "Stage",
    "Untold",
    "add_daemonset_toleration",
    "add_toleration",
    "append_to",
    "appending",
    "change_in_place",
    "change_pod",
    "check",
    "daemonset_fix",
    "patch",
    "reference",
    "remove_field",
    "removing",
    "set_field",
    "setting",
    "toleration_for",
]
