"""The labels that Karpenter and its cloud provider know, and what they say of others.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/apis/v1/labels.go
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/apis/v1/labels.go
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from efadoctor.scheduling.names import ARCH, HOSTNAME, INSTANCE_TYPE, OS, REGION, ZONE
from efadoctor.scheduling.requirements import Requirements

GROUP = "karpenter.sh"
NODEPOOL = f"{GROUP}/nodepool"
CAPACITY_TYPE = f"{GROUP}/capacity-type"
ON_DEMAND = "on-demand"
SPOT = "spot"
RESERVED = "reserved"
ZONE_ID = "topology.k8s.aws/zone-id"
EBS_ZONE = "topology.ebs.csi.aws.com/zone"
"""The zone as the EBS driver writes it into volumes; Karpenter's AWS provider reads it as such.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/operator/operator.go
"""

AWS_GROUP = "karpenter.k8s.aws"
AUTO_MODE_GROUP = "eks.amazonaws.com"
KWOK_GROUP = "karpenter.kwok.sh"

_CORE = frozenset(
    {
        NODEPOOL,
        ZONE,
        REGION,
        INSTANCE_TYPE,
        ARCH,
        OS,
        CAPACITY_TYPE,
        "node.kubernetes.io/windows-build",
    }
)
_OF_EC2 = (
    "capacity-reservation-id",
    "capacity-reservation-type",
    "capacity-reservation-interruptible",
    "instance-hypervisor",
    "instance-encryption-in-transit-supported",
    "instance-category",
    "instance-capability-flex",
    "instance-family",
    "instance-generation",
    "instance-size",
    "instance-local-nvme",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-memory",
    "instance-ebs-bandwidth",
    "instance-network-bandwidth",
    "instance-gpu-name",
    "instance-gpu-manufacturer",
    "instance-gpu-count",
    "instance-gpu-memory",
    "instance-accelerator-name",
    "instance-accelerator-manufacturer",
    "instance-accelerator-count",
    "instance-tenancy",
    "placement-group-id",
    "placement-group-partition",
)
_OF_KWOK = ("instance-size", "instance-family", "instance-cpu", "instance-memory")


class Vocabulary(msgspec.Struct, frozen=True):
    """Labels that a provider fills in itself, and domains that are its own.

    ``known_values`` are those of labels that have a closed set of values; ``aliases`` are
    labels that the provider reads as another, beside those that every provider does.
    """

    well_known: frozenset[str]
    restricted: frozenset[str]
    known_values: tuple[tuple[str, frozenset[str]], ...] = (
        (CAPACITY_TYPE, frozenset({ON_DEMAND, SPOT, RESERVED})),
    )
    aliases: tuple[tuple[str, str], ...] = ()

    def read(self, requirements: Requirements) -> Requirements:
        """The same requirements under the names that this provider knows."""
        names = dict(self.aliases)
        if not any(key in requirements for key in names):
            return requirements
        return Requirements(replace(r, key=names.get(r.key, r.key)) for r in requirements)

    def hint(self, key: str, defined: Requirements) -> str:
        """The known label that ``key`` may be meant for, "" where none is like it.

        Karpenter's own likeness: the known label contains the key, or ends as it does.
        It looks in no order; here the first by name is taken.
        """
        suffix = key.partition("/")[2] if "/" in key else key
        for known in (*sorted(self.well_known), *sorted(r.key for r in defined)):
            if key in known or known.endswith(suffix):
                return known
        return ""

    def is_restricted(self, key: str) -> bool:
        """Whether only Karpenter may set this label, so that no pod may ask for it."""
        if key in self.well_known:
            return False
        domain = key.partition("/")[0] if "/" in key else ""
        own = any(domain == r or domain.endswith(f".{r}") for r in self.restricted)
        return own or key == HOSTNAME

    def restriction(self, key: str) -> str:
        """What Karpenter writes of a pod that asks for a restricted label."""
        return (
            f"using label {key} is not allowed as it might interfere with the internal"
            f" provisioning logic; specify a well known label: {_listed(self.well_known)}, or a"
            f" custom label that does not use a restricted domain: {_listed(self.restricted)}"
        )

    def values_of(self, key: str) -> frozenset[str]:
        """The closed set of values of a label; empty where any value may be."""
        return dict(self.known_values).get(key, frozenset())

    def knowing(self, keys: Iterable[str]) -> "Vocabulary":
        """The same, with more labels known."""
        return replace(self, well_known=self.well_known | frozenset(keys))


def _listed(words: frozenset[str]) -> str:
    return f"[{' '.join(sorted(words))}]"


def _ec2_vocabulary(group: str) -> Vocabulary:
    tenancy = f"{group}/instance-tenancy"
    core = Vocabulary(_CORE, frozenset({GROUP}))
    return Vocabulary(
        _CORE | {f"{group}/{name}" for name in _OF_EC2} | {ZONE_ID},
        frozenset({GROUP, group}),
        (*core.known_values, (tenancy, frozenset({"default", "dedicated"}))),
        ((EBS_ZONE, ZONE),),
    )


AWS = _ec2_vocabulary(AWS_GROUP)
AUTO_MODE = _ec2_vocabulary(AUTO_MODE_GROUP)
"""EKS Auto Mode's Karpenter: the same labels under its own group.

https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
"""
KWOK = Vocabulary(
    _CORE | {f"{KWOK_GROUP}/{name}" for name in _OF_KWOK}, frozenset({GROUP, KWOK_GROUP})
)
"""Karpenter's simulated provider.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/kwok/apis/v1alpha1/labels.go
"""


def vocabulary_of(group: str) -> Vocabulary:
    """The vocabulary of the provider whose NodeClasses are in this API group."""
    return {KWOK_GROUP: KWOK, AUTO_MODE_GROUP: AUTO_MODE}.get(group, AWS)
