"""A fix is data: what to change on which object.

From it come the shell lines, the manifest diff and the trial on a copy of the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from efadoctor.model.reference import ObjectRef


class Risk(Enum):
    SAFE = "safe"
    RESTARTS = "restarts"
    REPLACES_NODES = "replaces-nodes"
    COSTS_MONEY = "costs-money"


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operation of an RFC 6902 patch; ``path`` is a JSON pointer."""

    op: str
    path: str
    value: Any = msgspec.UNSET


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON patch of one object. It begins with a ``test`` of what was seen."""

    target: ObjectRef
    operations: tuple[Operation, ...]


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """An object to delete; its controller makes it anew (a NodeClaim, a pod of a set)."""

    target: ObjectRef


class Recreation(msgspec.Struct, frozen=True, kw_only=True):
    """A pod (or Job) whose changed field is immutable: deleted and made again, patched."""

    target: ObjectRef
    operations: tuple[Operation, ...]


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """What a call's JSON parameter is laid over: a part of what a read of its service answers.

    So nothing is lost that was not seen. ``part`` is a JMESPath (https://jmespath.org/).
    """

    operation: str
    parameters: Mapping[str, Any]
    part: str
    parameter: str


class AwsCall(msgspec.Struct, frozen=True, kw_only=True):
    """One AWS operation with its parameters in the form of the CLI's ``--cli-input-json``."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    duplicate_error: str = ""
    overlay: Overlay | None = None


class Creation(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is missing, whole, as its manifest says it."""

    body: Mapping[str, Any]


class ChartValues(msgspec.Struct, frozen=True, kw_only=True):
    """Values of the Helm release that owns an object; ``values`` as ``--set-json`` takes them.

    ``version`` pins the chart that is installed, ``repository`` is where it comes from.
    ``operations`` say what the new values make of the object: what a trial applies.
    """

    target: ObjectRef
    release: str
    namespace: str
    chart: str
    values: Mapping[str, Any]
    repository: str = ""
    version: str = ""
    operations: tuple[Operation, ...] = ()


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change for the file that an object is made from: a diff, no command.

    ``keeper`` says who makes it: Argo CD, Flux, Terraform…
    """

    target: ObjectRef
    keeper: str
    operations: tuple[Operation, ...]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A shell command that is not an edit of one object: an install, a look at a log.

    ``effect`` are the edits that it comes to; without any, no trial can show what it does.
    ``instead`` is run where the command fails: what it acts on may be gone by then, and this
    says whether it is, or shows what there is now.
    """

    argv: tuple[str, ...]
    instead: tuple[str, ...] = ()
    effect: tuple[Patch | Creation | Deletion, ...] = ()


Edit = Patch | Deletion | Recreation | Creation | AwsCall | ChartValues | SourceChange | Command


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """One way to remove a finding.

    ``warning`` is said before the command where it restarts, replaces or bills.
    ``unprovable`` says why no copy can show the effect; then ``verified`` stays None.
    ``commands``, ``dry_runs`` (one for each command, "" where nothing can show what it
    would do), ``manifest``, ``verified`` and ``after`` are filled by ``fix/``. ``diff`` stands
    for the commands where the fix changes files that were given, as a unified diff of them.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    risk: Risk = Risk.SAFE
    warning: str = ""
    unprovable: str = ""
    commands: tuple[str, ...] = ()
    dry_runs: tuple[str, ...] = ()
    manifest: str | None = None
    diff: str = ""
    verified: bool | None = None
    after: str = ""
