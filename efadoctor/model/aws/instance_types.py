"""Instance types as ``DescribeInstanceTypes`` describes them."""

from msgspec import field

from efadoctor.model.structs import AwsView


class EfaInfo(AwsView):
    maximum_efa_interfaces: int = 0


class NetworkCard(AwsView):
    network_card_index: int = 0
    maximum_network_interfaces: int = 0


class NetworkInfo(AwsView):
    maximum_network_interfaces: int = 0
    maximum_network_cards: int = 1
    default_network_card_index: int = 0
    ipv4_addresses_per_interface: int = 0
    encryption_in_transit_supported: bool = False
    ena_support: str = ""
    network_performance: str = ""
    network_cards: tuple[NetworkCard, ...] = ()
    efa_supported: bool = False
    efa_info: EfaInfo | None = None


class MemoryInfo(AwsView):
    size_in_mi_b: int = field(default=0, name="SizeInMiB")


class Gpu(AwsView):
    name: str = ""
    manufacturer: str = ""
    count: int = 0
    memory_info: MemoryInfo = MemoryInfo()


class GpuInfo(AwsView):
    gpus: tuple[Gpu, ...] = ()


class NeuronCoreInfo(AwsView):
    count: int = 0


class NeuronDevice(AwsView):
    name: str = ""
    count: int = 0
    core_info: NeuronCoreInfo = NeuronCoreInfo()


class NeuronInfo(AwsView):
    neuron_devices: tuple[NeuronDevice, ...] = ()


class VCpuInfo(AwsView):
    default_v_cpus: int = field(default=0, name="DefaultVCpus")


class ProcessorInfo(AwsView):
    supported_architectures: tuple[str, ...] = ()
    manufacturer: str = ""
    sustained_clock_speed_in_ghz: float | None = None


class InstanceStorageInfo(AwsView):
    total_size_in_gb: int | None = field(default=None, name="TotalSizeInGB")
    nvme_support: str = ""


class EbsOptimizedInfo(AwsView):
    maximum_bandwidth_in_mbps: int | None = None


class EbsInfo(AwsView):
    ebs_optimized_support: str = ""
    ebs_optimized_info: EbsOptimizedInfo | None = None


class PlacementGroupInfo(AwsView):
    supported_strategies: tuple[str, ...] = ()


class InstanceTypeInfo(AwsView):
    """One type as ``DescribeInstanceTypes`` describes it."""

    instance_type: str = ""
    bare_metal: bool = False
    hypervisor: str = ""
    supported_usage_classes: tuple[str, ...] = ()
    v_cpu_info: VCpuInfo = field(default=VCpuInfo(), name="VCpuInfo")
    memory_info: MemoryInfo = MemoryInfo()
    processor_info: ProcessorInfo = ProcessorInfo()
    network_info: NetworkInfo = NetworkInfo()
    gpu_info: GpuInfo | None = None
    neuron_info: NeuronInfo | None = None
    instance_storage_info: InstanceStorageInfo | None = None
    ebs_info: EbsInfo | None = None
    placement_group_info: PlacementGroupInfo | None = None
