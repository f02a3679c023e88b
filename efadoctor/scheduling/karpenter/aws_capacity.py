"""What a node of an instance type has, and what of it Karpenter's AWS provider reserves.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
(computeCapacity, kubeReservedResources, evictionThreshold). There are no huge pages in it.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from efadoctor.model.aws import NetworkInfo
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.scheduling.instance_types import COUNTED, MEMORY, TypeFacts, tabled_types
from efadoctor.scheduling.karpenter.types import Amounts
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.quantity import CPU, amount

STORAGE = "ephemeral-storage"
PODS = "pods"
POD_ENI = "vpc.amazonaws.com/pod-eni"

VM_OVERHEAD = 0.075
"""Share of memory that the hypervisor takes: Karpenter's default setting.

https://karpenter.sh/docs/reference/settings/ (VM_MEMORY_OVERHEAD_PERCENT)
"""

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_GRAVITON_RESERVED_MIB = 64
_DEFAULT_VOLUME = 20 * _GIB
_UNKNOWN_DENSITY = 110
_EFA_ONLY = "efa-only"
_BOTTLEROCKET = "bottlerocket"
_WINDOWS = "windows"

# From, to (milli-cpu), and the share of that range which the kubelet reserves.
_CPU_RESERVED = ((0, 1000, 0.06), (1000, 2000, 0.01), (2000, 4000, 0.005), (4000, 1 << 31, 0.0025))


def capacity_of(facts: TypeFacts, node_class: EC2NodeClass, seen: int = 0) -> Amounts:
    """What a node of the type has.

    Memory: as nodes were ``seen`` to have (in bytes, 0 for none seen), else an estimate.
    EFA interfaces: as many as the type can have, unless the NodeClass lists its interfaces;
    then the ``efa-only`` ones among those.
    """
    listed = node_class.spec.network_interfaces
    found = {resource: facts.count(resource) for resource in COUNTED}
    found[MEMORY] = min(max(_memory(facts), seen), facts.memory_mib * _MIB)
    found[STORAGE] = _storage(facts, node_class)
    found[PODS] = _pods(facts, node_class)
    found[POD_ENI] = facts.pod_interfaces
    if listed is not None:
        found[EFA] = sum(i.interface_type == _EFA_ONLY for i in listed)
    return found


def reserved_of(
    facts: TypeFacts, node_class: EC2NodeClass, capacity: Amounts
) -> tuple[Amounts, ...]:
    """What is not left for pods: the kubelet's share, the system's, the eviction threshold."""
    kubelet = _kubelet(node_class)
    density = capacity[PODS]
    if _family(node_class) != _BOTTLEROCKET:
        density = _eni_limited(facts, node_class)
    kube = {
        CPU: _cpu_reserved(capacity[CPU]),
        MEMORY: (11 * density + 255) * _MIB,
        STORAGE: _GIB,
    } | _written(kubelet.get("kubeReserved"))
    hard = kubelet.get("evictionHard")
    eviction = {MEMORY: 100 * _MIB, STORAGE: ceil(capacity[STORAGE] / 10)}
    for resource, signal in ((MEMORY, "memory.available"), (STORAGE, "nodefs.available")):
        if isinstance(hard, Mapping) and isinstance(text := hard.get(signal), str):
            eviction[resource] = _signal(resource, text, capacity[resource], eviction[resource])
    return kube, _written(kubelet.get("systemReserved")), eviction


def _memory(facts: TypeFacts) -> int:
    graviton = facts.info.processor_info.supported_architectures[:1] == ("arm64",)
    mib = facts.memory_mib - (_GRAVITON_RESERVED_MIB if graviton else 0)
    return (mib - ceil(mib * VM_OVERHEAD)) * _MIB


def _cpu_reserved(cpu: int) -> int:
    reserved = 0
    for start, end, share in _CPU_RESERVED:
        if cpu >= start:
            reserved += int((min(cpu, end) - start) * share)
    return reserved


# ---- pods -------------------------------------------------------------------


def _pods(facts: TypeFacts, node_class: EC2NodeClass) -> int:
    kubelet, family = _kubelet(node_class), _family(node_class)
    most, per_core = kubelet.get("maxPods"), kubelet.get("podsPerCore")
    if isinstance(most, int):
        count = most
    elif family.startswith(_WINDOWS):
        count = _UNKNOWN_DENSITY
    else:
        count = _eni_limited(facts, node_class)
    if isinstance(per_core, int) and per_core > 0 and family != _BOTTLEROCKET:
        count = min(count, per_core * facts.vcpus)
    return count


def _eni_limited(facts: TypeFacts, node_class: EC2NodeClass) -> int:
    """How many pods have an address: interfaces of the default card times addresses.

    EFA-only interfaces of that card have none. EC2's answer may have been shortened; then
    the table's counts.
    """
    network = facts.info.network_info
    if not (network.network_cards and network.ipv4_addresses_per_interface):
        tabled = tabled_types().get(facts.name)
        network = tabled.info.network_info if tabled is not None else NetworkInfo()
    default = network.default_network_card_index
    cards = {c.network_card_index: c.maximum_network_interfaces for c in network.network_cards}
    if default not in cards or not network.ipv4_addresses_per_interface:
        return _UNKNOWN_DENSITY
    efa_only = sum(
        i.network_card_index == 0 and i.interface_type == _EFA_ONLY
        for i in node_class.spec.network_interfaces or ()
    )
    usable = max(cards[default] - efa_only, 0)
    return usable * (network.ipv4_addresses_per_interface - 1) + 2 if usable else 0


# ---- storage ----------------------------------------------------------------


def _storage(facts: TypeFacts, node_class: EC2NodeClass) -> int:
    """The root volume's size, or that of the local disks where they are used."""
    store = facts.info.instance_storage_info
    size = store.total_size_in_gb if store is not None else None
    if node_class.spec.instance_store_policy == "RAID0" and size:
        return size * 10**9
    written = node_class.spec.block_device_mappings
    listed = written if isinstance(written, list | tuple) else ()
    mappings = [m for m in listed if isinstance(m, Mapping)]
    device = "/dev/xvdb" if _family(node_class) == _BOTTLEROCKET else "/dev/xvda"
    for found in (
        *(m for m in mappings if m.get("rootVolume") is True),
        *(m for m in mappings if m.get("deviceName") == device),
        *(reversed(mappings) if _family(node_class) in {"", "custom"} else ()),
    ):
        ebs = found.get("ebs")
        text = ebs.get("volumeSize") if isinstance(ebs, Mapping) else None
        if isinstance(text, str):
            return _amount(STORAGE, text, _DEFAULT_VOLUME)
    return _DEFAULT_VOLUME


# ---- what a NodeClass writes ------------------------------------------------


def _family(node_class: EC2NodeClass) -> str:
    """The AMI family in lower case: as named, else from the alias; "" for a custom AMI."""
    aliases = (t.alias for t in node_class.spec.ami_selector_terms if t.alias)
    return (node_class.spec.ami_family or next(aliases, "").partition("@")[0]).lower()


def _kubelet(node_class: EC2NodeClass) -> Mapping[str, Any]:
    written = node_class.spec.kubelet
    return written if isinstance(written, Mapping) else {}


def _written(quantities: Any) -> dict[str, int]:
    """Amounts of a mapping in the NodeClass; what is no quantity reserves nothing."""
    if not isinstance(quantities, Mapping):
        return {}
    texts = {r: t for r, t in quantities.items() if isinstance(t, str)}
    return {r: _amount(r, t, 0) for r, t in texts.items()}


_WHOLE = 100


def _signal(resource: str, text: str, capacity: int, default: int) -> int:
    """An eviction signal: a quantity, or a percentage of the capacity (100 % turns it off)."""
    if not text.endswith("%"):
        return _amount(resource, text, default)
    try:
        share = float(text.rstrip("%"))
    except ValueError:
        return default
    return ceil(capacity / 100 * share) if 0 <= share < _WHOLE else 0


def _amount(resource: str, text: str, default: int) -> int:
    try:
        return amount(resource, text)
    except InvalidQuantityError:
        return default
