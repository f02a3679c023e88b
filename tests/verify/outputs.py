"""Output of fi_info, NCCL and nccl-tests, as the programs write it."""

from __future__ import annotations

from collections.abc import Iterable


def fi_info(*devices: str, provider: str = "efa") -> str:
    """Two blocks for each device, as fi_info prints one for each endpoint type."""
    blocks = [
        f"provider: {provider}\n    fabric: efa\n    domain: {device}{ending}\n"
        f"    version: 201.0\n    type: {type_}\n    protocol: FI_PROTO_EFA\n"
        for device in devices
        for ending, type_ in (("-rdm", "FI_EP_RDM"), ("-dgrm", "FI_EP_DGRAM"))
    ]
    return "".join(blocks)


def devices(count: int) -> list[str]:
    return [f"rdmap{79 + i}s0" for i in range(count)]


def nccl(*said: str, hosts: Iterable[str] = ("worker-0", "worker-1")) -> str:
    """Each line by a rank on each host."""
    return "".join(f"{h}:26:{n} [0] NCCL INFO {s}\n" for n, s in enumerate(said) for h in hosts)


def efa_log(nics: int = 4, network: str = "AWS Libfabric") -> str:
    return nccl(
        "NET/OFI Initializing aws-ofi-nccl 1.13.2-aws",
        f"NET/OFI Selected provider is efa, fabric is efa (found {nics} nics)",
        f"Using network {network}",
        f"Channel 00/0 : 7[7] -> 8[0] [send] via NET/{network}/0/GDRDMA",
    )


def socket_log() -> str:
    return nccl(
        "NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.",
        "NET/Socket : Using [0]eth0:10.1.2.3<0>",
        "Using network Socket",
    )


def table(*rows: tuple[int, float, float]) -> str:
    """nccl-tests: size in bytes, bus bandwidth out of place and in place."""
    head = (
        "#       size         count      type   redop    root     time   algbw   busbw #wrong"
        "     time   algbw   busbw #wrong\n"
    )
    body = "".join(
        f"{size:12d} {size // 4:12d}     float     sum      -1   101.1  {out / 2:.2f}  {out:.2f}"
        f"      0   102.2  {in_ / 2:.2f}  {in_:.2f}      0\n"
        for size, out, in_ in rows
    )
    return f"{head}{body}# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 12.3\n#\n"
