"""What is known of EC2 instance types: from EC2 where it was asked, else from a dated table.

The table (``data/instance_types.json``, written by ``scripts/instance_types_table.py``) holds
every type with EFA and every type with GPUs or other accelerators, in the shape of
DescribeInstanceTypes, so that one reading serves both.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec.structs import replace

from efadoctor.model.aws import InstanceTypeInfo, InstanceTypeOffering
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.names import EFA, GPU
from efadoctor.scheduling.quantity import CPU

AMD_GPU = "amd.com/gpu"
GAUDI = "habana.ai/gaudi"
NEURON = "aws.amazon.com/neuron"
NEURON_CORE = "aws.amazon.com/neuroncore"
MEMORY = "memory"

_MIB = 1024 * 1024
_AVAILABILITY_ZONE = "availability-zone"
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
_MAKERS = {GPU: "NVIDIA", AMD_GPU: "AMD", GAUDI: "Habana"}


class Rdma(msgspec.Struct, frozen=True):
    """Whether EFA on a type has RDMA read and RDMA write."""

    read: bool
    write: bool


class TypeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One instance type.

    ``usd_per_hour`` is a list price that only serves to order types; ``pod_interfaces`` are
    its branch interfaces for pods; ``from_ec2`` says that EC2 described it, not the table.
    """

    info: InstanceTypeInfo
    usd_per_hour: float | None = None
    network_mbps: int | None = None
    pod_interfaces: int = 0
    from_ec2: bool = False

    @property
    def name(self) -> str:
        return self.info.instance_type

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def vcpus(self) -> int:
        return self.info.v_cpu_info.default_v_cpus

    @property
    def memory_mib(self) -> int:
        return self.info.memory_info.size_in_mi_b

    @property
    def arch(self) -> str:
        """``amd64``, ``arm64``, or what EC2 says where it is neither."""
        supported = self.info.processor_info.supported_architectures
        known = (_ARCHITECTURES[a] for a in supported if a in _ARCHITECTURES)
        return next(known, " ".join(supported))

    @property
    def efa_interfaces(self) -> int:
        """How many EFA interfaces an instance can have; not its number of interfaces."""
        efa = self.info.network_info.efa_info
        return efa.maximum_efa_interfaces if efa is not None else 0

    @property
    def network_cards(self) -> int:
        network = self.info.network_info
        return len(network.network_cards) or network.maximum_network_cards

    @property
    def gpus(self) -> int:
        """Its NVIDIA GPUs."""
        return self.count(GPU)

    @property
    def rdma(self) -> Rdma | None:
        """None where the type has no EFA."""
        return rdma(self.name) if self.efa_interfaces else None

    def count(self, resource: str) -> int:
        """How much of a resource an instance has before anything is reserved: in the
        scheduler's units (milli for cpu, bytes for memory, pieces for devices).

        https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
        """
        match resource:
            case "cpu":
                return self.vcpus * 1000
            case "memory":
                return self.memory_mib * _MIB
            case "vpc.amazonaws.com/efa":
                return self.efa_interfaces
            case "nvidia.com/gpu" | "amd.com/gpu" | "habana.ai/gaudi":
                gpus = self.info.gpu_info.gpus if self.info.gpu_info is not None else ()
                return sum(g.count for g in gpus if g.manufacturer == _MAKERS[resource])
            case "aws.amazon.com/neuron" | "aws.amazon.com/neuroncore":
                neuron = self.info.neuron_info
                devices = neuron.neuron_devices if neuron is not None else ()
                cores = resource == NEURON_CORE
                return sum(d.count * (d.core_info.count if cores else 1) for d in devices)
            case _:
                return 0


COUNTED = (CPU, MEMORY, EFA, GPU, AMD_GPU, GAUDI, NEURON, NEURON_CORE)
"""The resources that an instance type itself has."""


class _Row(msgspec.Struct, frozen=True):
    info: InstanceTypeInfo
    usd_per_hour: float | None = None
    network_mbps: int | None = None
    pod_interfaces: int = 0


class _Table(msgspec.Struct, frozen=True):
    date: str
    sources: tuple[str, ...]
    types: tuple[_Row, ...]


@cache
def _table() -> _Table:
    raw = files("efadoctor.scheduling").joinpath("data/instance_types.json").read_bytes()
    return msgspec.json.decode(raw, type=_Table)


def table_date() -> str:
    """The date of the table's newest source."""
    return _table().date


@cache
def tabled_types() -> Mapping[str, TypeFacts]:
    """The types of the table, by name."""
    return {
        row.info.instance_type: TypeFacts(
            info=row.info,
            usd_per_hour=row.usd_per_hour,
            network_mbps=row.network_mbps,
            pod_interfaces=row.pod_interfaces,
        )
        for row in _table().types
    }


def known_types(snapshot: Snapshot | None = None) -> Mapping[str, TypeFacts]:
    """Every type that is known, by name: as EC2 describes it, else as the table does."""
    return (
        snapshot.once_of(InstanceTypeInfo, _known_types) if snapshot is not None else tabled_types()
    )


def _known_types(snapshot: Snapshot) -> Mapping[str, TypeFacts]:
    table = tabled_types()
    known = dict(table)
    for info in snapshot.all(InstanceTypeInfo):
        tabled = table.get(info.instance_type, TypeFacts(info=info))
        known[info.instance_type] = replace(tabled, info=info, from_ec2=True)
    return known


@cache
def families_without_gpus() -> frozenset[str]:
    """The families of the table of which no type has a GPU: no other size of theirs has one."""
    types = tabled_types().values()
    return frozenset(t.family for t in types) - {t.family for t in types if t.gpus}


def efa_types(snapshot: Snapshot | None = None) -> tuple[TypeFacts, ...]:
    """The types that can have EFA interfaces: most interfaces first, then by name."""
    having = (t for t in known_types(snapshot).values() if t.efa_interfaces)
    return tuple(sorted(having, key=lambda t: (-t.efa_interfaces, t.name)))


def most(resource: str, snapshot: Snapshot | None = None) -> int:
    """The most of a resource that any known type has, in the scheduler's units."""
    return max((t.count(resource) for t in known_types(snapshot).values()), default=0)


def offered_zones(snapshot: Snapshot, name: str) -> frozenset[str] | None:
    """The availability zones in which EC2 offers a type; None where EC2 was not asked."""
    offerings = snapshot.once(_zones_by_type)
    return offerings.get(name, frozenset()) if offerings else None


def _zones_by_type(snapshot: Snapshot) -> Mapping[str, frozenset[str]]:
    zones: dict[str, set[str]] = defaultdict(set)
    for offering in snapshot.all(InstanceTypeOffering):
        if offering.location_type in {_AVAILABILITY_ZONE, ""}:
            zones[offering.instance_type].add(offering.location)
    return {name: frozenset(found) for name, found in zones.items()}


# Nitro v3 and older: EFA version 1. p4d and p4de alone of them have RDMA read.
_FIRST_EFA = frozenset(
    [
        "c5n",
        "m5dn",
        "m5n",
        "m5zn",
        "r5dn",
        "r5n",
        "x2iezn",
        "i3en",
        "p3dn",
        "p4d",
        "p4de",
        "dl1",
        "dl2q",
        "g4dn",
        "g5",
        "inf1",
        "vt1",
    ]
)
_READ_ON_FIRST_EFA = frozenset({"p4d", "p4de"})
_NO_WRITE = frozenset({"c7gn", "hpc7g"})
_FAMILY = re.compile(r"[^.]+")


def rdma(name: str) -> Rdma:
    """RDMA read and write over EFA, by the Nitro version of the type's family.

    The table of supported types in
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html: Nitro v4 and newer have
    both, but c7gn and hpc7g no write. A family that is in no list is taken for a new one.
    """
    found = _FAMILY.match(name)
    family = found[0] if found else name
    if family in _FIRST_EFA:
        return Rdma(read=family in _READ_ON_FIRST_EFA, write=False)
    return Rdma(read=True, write=family not in _NO_WRITE)
