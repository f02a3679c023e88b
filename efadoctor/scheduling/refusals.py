"""Why a node is refused: kube-scheduler's words, and the facts behind them.

The scheduler stops at the first plugin that refuses a node. A doctor does not, so a
node has as many refusals here as there are facts against it: one for each untolerated
taint, one for each resource that is short, and so on. ``reason`` is what kube-scheduler
writes for it, to the letter.
"""

from enum import Enum

import msgspec

from efadoctor.model.kubernetes import Taint, TopologySpreadConstraint


class Plugin(Enum):
    """The default profile's filter plugins, in the order in which they run.

    https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/apis/config/v1/default_plugins.go
    """

    SCHEDULER_NAME = "spec.schedulerName"
    """No plugin: a pod of another scheduler never reaches one."""
    ADMISSION = "admission"
    """No plugin either: what the API server refuses reaches no scheduler."""
    SCHEDULING_GATES = "SchedulingGates"
    NODE_UNSCHEDULABLE = "NodeUnschedulable"
    NODE_NAME = "NodeName"
    TAINT_TOLERATION = "TaintToleration"
    NODE_AFFINITY = "NodeAffinity"
    NODE_PORTS = "NodePorts"
    NODE_RESOURCES_FIT = "NodeResourcesFit"
    VOLUME_RESTRICTIONS = "VolumeRestrictions"
    NODE_VOLUME_LIMITS = "NodeVolumeLimits"
    VOLUME_BINDING = "VolumeBinding"
    VOLUME_ZONE = "VolumeZone"
    POD_TOPOLOGY_SPREAD = "PodTopologySpread"
    INTER_POD_AFFINITY = "InterPodAffinity"
    DYNAMIC_RESOURCES = "DynamicResources"
    NODE_DECLARED_FEATURES = "NodeDeclaredFeatures"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One fact against a node (or, from a PreFilter, against every node).

    ``unresolvable`` says that evicting other pods would not help (the scheduler's
    UnschedulableAndUnresolvable).
    """

    plugin: Plugin
    reason: str
    unresolvable: bool = True


class Gated(Refusal, frozen=True, kw_only=True):
    """The pod has scheduling gates."""

    gates: tuple[str, ...] = ()


class ForeignScheduler(Refusal, frozen=True, kw_only=True):
    """The pod waits for another scheduler, which kube-scheduler leaves it to."""

    scheduler: str = ""


class InvalidField(Refusal, frozen=True, kw_only=True):
    """The pod has a value that the API server would not accept; ``reason`` names the field."""


class Cordoned(Refusal, frozen=True, kw_only=True):
    """``spec.unschedulable`` is set and the pod does not tolerate that."""


class OtherNodeNamed(Refusal, frozen=True, kw_only=True):
    """The pod names another node in ``spec.nodeName``."""

    wanted: str = ""


class UntoleratedTaint(Refusal, frozen=True, kw_only=True):
    """One NoSchedule or NoExecute taint, at this index of ``spec.taints``."""

    taint: Taint = Taint()
    index: int = 0


class AffinityUnmet(Refusal, frozen=True, kw_only=True):
    """The node selector or the required node affinity does not match.

    ``selector`` holds the keys of ``spec.nodeSelector`` whose value the node lacks;
    ``terms`` is true when no term of the required affinity matches.
    """

    selector: tuple[str, ...] = ()
    terms: bool = False


class PortTaken(Refusal, frozen=True, kw_only=True):
    """A host port of the pod is in use on the node, by this pod (namespace/name)."""

    port: int = 0
    protocol: str = "TCP"
    holder: str = ""


class InsufficientResource(Refusal, frozen=True, kw_only=True):
    """A resource is short; amounts in milli for cpu, bytes or pieces for the rest.

    ``unresolvable`` when more is requested than the node could ever allocate.
    """

    resource: str = ""
    requested: int = 0
    used: int = 0
    allocatable: int = 0


class VolumeRefusal(Refusal, frozen=True, kw_only=True):
    """A volume keeps the pod off: ``claim`` names the PersistentVolumeClaim, where there is one."""

    claim: str = ""
    volume: str = ""


class SpreadUnmet(Refusal, frozen=True, kw_only=True):
    """A topology spread constraint, at this index, would be violated.

    ``skew`` is what the skew would become; None when the node lacks the topology label.
    """

    index: int = 0
    constraint: TopologySpreadConstraint = TopologySpreadConstraint()
    skew: int | None = None


class PodAffinitySide(Enum):
    """Whose rule it is that the node does not meet."""

    AFFINITY = "affinity"
    ANTI_AFFINITY = "anti-affinity"
    EXISTING_ANTI_AFFINITY = "existing pods' anti-affinity"


class PodAffinityUnmet(Refusal, frozen=True, kw_only=True):
    """An inter-pod (anti-)affinity term is not met; ``holder`` names the pod in the way."""

    side: PodAffinitySide = PodAffinitySide.AFFINITY
    topology_key: str = ""
    index: int = 0
    holder: str = ""


class ClaimRefusal(Refusal, frozen=True, kw_only=True):
    """A ResourceClaim (dynamic resource allocation) cannot be met.

    ``error``: the scheduler does not refuse the node, it gives the whole attempt up.
    ``undecided``: efadoctor cannot tell, and so predicts neither. ``absent``: the claim is
    not there to be allocated, and until it is the scheduler does not queue the pod.
    """

    claim: str = ""
    request: str = ""
    device_class: str = ""
    error: bool = False
    undecided: bool = False
    absent: bool = False


class FeaturesUndeclared(Refusal, frozen=True, kw_only=True):
    """The node's kubelet does not declare these features, of which the pod makes use."""

    features: tuple[str, ...] = ()
