"""Why a NodePool would launch no node for a pod: one fact each, with what evidence needs.

Karpenter stops at the first of them; a judgement lists them all.
"""

from enum import Enum

import msgspec

from efadoctor.model.kubernetes import Taint
from efadoctor.scheduling.requirements import Requirement


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that keeps a NodePool from launching a node for the pod."""


# ---- the pool itself --------------------------------------------------------


class NotReady(Blocker, frozen=True, kw_only=True):
    """A condition of the NodePool is not True: Karpenter skips the pool without a word."""

    condition: str
    status: str
    reason: str = ""
    message: str = ""


class InvalidSpec(Blocker, frozen=True, kw_only=True):
    """Something in the NodePool's spec for which Karpenter would not call it valid."""

    field: str
    value: str
    message: str


class NotDynamic(Blocker, frozen=True, kw_only=True):
    """The NodePool has ``replicas`` (it is static), or is being deleted."""

    deleting: bool = False


class LimitExceeded(Blocker, frozen=True, kw_only=True):
    """A limit leaves no room for a node of any type that would serve the pod.

    ``needed`` is the least that one such node would take; amounts in the scheduler's units.
    """

    resource: str
    limit: int
    used: int
    needed: int


class NoTypeLeft(Blocker, frozen=True, kw_only=True):
    """The NodePool's own requirement on a key excludes every type that is known.

    ``values`` are those that known types have. Several of these: only together they do.
    """

    requirement: Requirement
    values: frozenset[str] = frozenset()
    nearest: str = ""


class NoTypeKnown(Blocker, frozen=True, kw_only=True):
    """No instance type is known for the pool at all: EC2 offers none, or its NodeClass is gone."""


class TypesUnknown(Blocker, frozen=True, kw_only=True):
    """The pool names types of which nothing is known, and none of the others serves the pod.

    Whether the pool would launch a node cannot be told.
    """

    types: tuple[str, ...]


# ---- the pod against the pool -----------------------------------------------


class UntoleratedPoolTaint(Blocker, frozen=True, kw_only=True):
    """One taint, at this index of the pool's ``spec.template.spec.taints``."""

    taint: Taint
    index: int


class UnknownLabel(Blocker, frozen=True, kw_only=True):
    """The pod asks for a label that neither the pool nor the provider sets.

    ``hint`` is the label that Karpenter takes it for, "" for none; ``nearest`` the known
    label that it is nearly spelled as, "" for none.
    """

    wanted: Requirement
    hint: str = ""
    nearest: str = ""

    @property
    def key(self) -> str:
        return self.wanted.key


class RequirementConflict(Blocker, frozen=True, kw_only=True):
    """Pod and pool (or the pool's types) allow no common value for a label.

    ``by_types``: the pool would allow it, but no instance type of the pool has it.
    ``nearest`` is the allowed value that the wanted one is nearly spelled as.
    """

    wanted: Requirement
    offered: Requirement
    nearest: str = ""
    by_types: bool = False

    @property
    def key(self) -> str:
        return self.wanted.key


class HostPortConflict(Blocker, frozen=True, kw_only=True):
    """A DaemonSet that would run on the node has the host port that the pod wants."""

    port: int
    protocol: str
    daemonset: str


class Topology(Enum):
    """What a topology constraint is of; the value is Karpenter's word for it."""

    SPREAD = "topology spread"
    AFFINITY = "pod affinity"
    ANTI_AFFINITY = "pod anti-affinity"


class TopologyUnmet(Blocker, frozen=True, kw_only=True):
    """No domain that the pool could launch in meets a spread constraint or pod affinity.

    ``counts`` are the matching pods in each domain. ``inverse``: it is the anti-affinity
    of other pods.
    """

    kind: Topology
    key: str
    counts: tuple[tuple[str, int], ...] = ()
    pod_domains: Requirement
    node_domains: Requirement
    inverse: bool = False


class VolumeZoneConflict(Blocker, frozen=True, kw_only=True):
    """A volume can only be where the pool cannot launch (or where the pod does not want to be)."""

    wanted: Requirement
    offered: Requirement
    claims: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.wanted.key


# ---- the pod against the types ----------------------------------------------


class InsufficientTypes(Blocker, frozen=True, kw_only=True):
    """No type that is left has enough of a resource; daemons' requests are included.

    ``most`` is what the best of the types that are left could still give (on ``best``),
    ``most_known`` the same over all types that the pool's provider offers, whatever the
    pool's and the pod's requirements say.
    """

    resource: str
    requested: int
    daemons: int = 0
    most: int = 0
    best: str = ""
    most_known: int = 0


class InsufficientTogether(Blocker, frozen=True, kw_only=True):
    """For each of these resources some type has enough, but no type for all of them."""

    resources: tuple[str, ...]


class HugepagesNotModelled(Blocker, frozen=True, kw_only=True):
    """Karpenter knows no huge pages: a pod that asks for them fits no type, whatever the AMI.

    https://github.com/aws/karpenter-provider-aws/issues/6296
    """

    resource: str
    requested: int


class NoOffering(Blocker, frozen=True, kw_only=True):
    """The types that would serve are offered in no allowed zone and capacity type together.

    ``offered`` are the (zone, capacity type) pairs in which they are to be had;
    ``by_pool``: already the pool's own requirements exclude all of those.
    """

    types: tuple[str, ...]
    zones: Requirement
    capacity_types: Requirement
    offered: tuple[tuple[str, str], ...] = ()
    by_pool: bool = False


class MinValuesUnmet(Blocker, frozen=True, kw_only=True):
    """The types that would serve have fewer different values of a label than ``minValues``."""

    requirement: Requirement
    found: int


# ---- the pod, whatever the pool ---------------------------------------------


class RestrictedLabel(Blocker, frozen=True, kw_only=True):
    """The pod asks for a label that only Karpenter itself may set."""

    key: str
    nearest: str = ""


class InvalidRequirement(Blocker, frozen=True, kw_only=True):
    """A requirement of the pod's that Karpenter refuses, in its words."""

    key: str
    reason: str


class FieldsNotSupported(Blocker, frozen=True, kw_only=True):
    """The pod's required node affinity has ``matchFields``."""


class OptsOut(Blocker, frozen=True, kw_only=True):
    """The pod requires ``karpenter.sh/nodepool DoesNotExist``: it wants no Karpenter node."""


class DraNotSupported(Blocker, frozen=True, kw_only=True):
    """A container uses a ResourceClaim, for which Karpenter (by default) launches nothing."""


class VolumeUnusable(Blocker, frozen=True, kw_only=True):
    """A claim of the pod's cannot be used yet; Karpenter waits without trying, and says why."""

    claim: str
    reason: str
