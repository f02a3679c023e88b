"""What a check finds: the thing to change, the evidence, and fixes.

docs/report.schema.json is the published form; ``model.published`` writes it.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any

import msgspec

from efadoctor.model.fix import Fix
from efadoctor.model.reference import ObjectRef


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Stage(Enum):
    """The links of the chain from a pod to its fabric, in order."""

    POD = "pod"
    PROVISIONING = "provisioning"
    NODE = "node"
    PLUGIN = "plugin"
    ALLOCATABLE = "allocatable"
    NETWORK = "network"
    PLACEMENT = "placement"
    RUNTIME = "runtime"

    @property
    def rank(self) -> int:
        return list(Stage).index(self)


class EvidenceSource(Enum):
    CLUSTER = "cluster"
    AWS = "aws"
    MANIFEST = "manifest"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one object that shows what is claimed.

    ``value`` is what the API has there, as plain JSON; ``expected`` what would be right.
    A field that is absent has value None: its parent resolves, it does not. ``location`` is
    ``file:line`` of what was given as a manifest, ``column`` counts from 1.
    """

    object: ObjectRef
    field: str
    value: Any = None
    expected: Any = None
    source: EvidenceSource = EvidenceSource.CLUSTER
    location: str | None = None
    column: int | None = None
    note: str = ""


class Change(Enum):
    """How much must change: what a cause costs when paths are compared.

    The sum over a path's causes decides (docs/architecture.md); the reasons stand beside the costs.
    """

    SPELLING = ("spelling", 1, "one word, plainly meant otherwise")
    TOLERATION = ("toleration", 2, "one more entry in the pod")
    SELECTOR = ("selector", 2, "another value in the pod, which must be made anew")
    DAEMONSET = ("daemonset", 3, "values of a chart; restarts one pod a node")
    UNCORDONED = ("uncordoned", 4, "somebody may have cordoned it for a reason")
    POOL_FIELD = ("pool field", 5, "may drift nodes")
    NODE_REPLACED = ("node replaced", 6, "evicts what runs there")
    WORKLOAD_MOVED = ("workload moved", 7, "somebody else's pods")
    LIMIT_RAISED = ("limit raised", 8, "somebody set it on purpose")
    BOUGHT = ("bought", 10, "money, or capacity that EC2 may not have")
    PEER_MOVED = ("peer moved", 12, "the workload needs it: only more room helps")

    def __init__(self, label: str, cost: int, reason: str) -> None:
        self.label = label
        self.cost = cost
        self.reason = reason


class PathKind(StrEnum):
    """The ways in that a pod can take; texts, so that paths have an order."""

    NODE = "node"
    NODEPOOL = "nodepool"
    NODEGROUP = "nodegroup"


class PathId(msgspec.Struct, frozen=True, order=True):
    """Names a path: a class of equal nodes by its first node, a pool or group by its name."""

    kind: PathKind
    name: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A cause (or, where the code never explains Pending, a warning).

    ``object`` is what must change. ``paths`` are the ways in that it blocks; a finding
    with none is a warning. ``meant`` are those of them that the pod plainly means by a
    selector that it misspells. ``key`` tells two causes of one code on one object apart in
    the fingerprint (a taint, a resource). The engine fills code, title, severity, stage and
    fingerprint from the check.
    """

    object: ObjectRef
    summary: str
    evidence: tuple[Evidence, ...]
    chain: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    paths: frozenset[PathId] = frozenset()
    meant: frozenset[PathId] = frozenset()
    change: Change = Change.POOL_FIELD
    key: str = ""
    severity: Severity | None = None
    code: str = ""
    check: str = ""
    title: str = ""
    stage: Stage = Stage.POD
    fingerprint: str = ""
    docs: str = ""


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """Not an answer: on a path two causes look alike, and what would tell them apart was not read.

    ``what`` is a sentence that names the source which is missing.
    """

    paths: frozenset[PathId]
    what: str


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """Not a cause: something on a path is about to happen by itself.

    ``since`` is when it began, ``until`` when waiting stops being reasonable (RFC 3339).
    """

    paths: frozenset[PathId]
    what: str
    evidence: tuple[Evidence, ...] = ()
    since: str | None = None
    until: str | None = None
