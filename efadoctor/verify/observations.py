"""What the output of ``fi_info``, NCCL and nccl-tests shows: facts with their places."""

from __future__ import annotations

from enum import Enum

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A line of a file; numbers begin at 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Trouble(Enum):
    """Complaints that name their cause: the code it belongs to, and what it means."""

    NO_PROVIDER = ("EFA802", "libfabric found no EFA device in the container")
    NO_PLUGIN = ("EFA803", "NCCL found no network plugin, so aws-ofi-nccl is not in the image")
    PLUGIN_FAILED = ("EFA803", "aws-ofi-nccl was loaded and could not start")
    MEMORY = ("EFA801", "memory could not be registered: the limit on locked memory, or huge pages")
    UNREACHABLE = (
        "EFA601",
        "a peer's EFA did not answer: security group rules (EFA601 to 603), or zones (EFA604)",
    )
    WRONG_RESULT = ("", "the test's results were wrong")

    def __init__(self, code: str, meaning: str) -> None:
        self.code = code
        self.meaning = meaning


class Complaint(msgspec.Struct, frozen=True):
    """A line in which something complains, as it says it."""

    trouble: Trouble
    place: Place
    text: str


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a nccl-tests table: message size in bytes, bus bandwidth in GB/s.

    The bus bandwidth is the better of out of place and in place.
    https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md
    """

    size: int
    bus_bandwidth: float
    place: Place


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was seen, each thing with the place where it was seen first.

    ``interfaces`` are the EFA devices that ``fi_info`` lists, None where it was not run;
    ``networks`` are those that NCCL says it uses (``Socket``, ``AWS Libfabric``),
    ``providers`` what libfabric chose for it, ``nics`` how many the plugin found;
    ``transports`` are the ways of NCCL's channels between nodes (``NET/Libfabric/GDRDMA``);
    ``hosts`` ran a rank.
    """

    interfaces: frozenset[str] | None = None
    networks: dict[str, Place] = msgspec.field(default_factory=dict)
    providers: dict[str, Place] = msgspec.field(default_factory=dict)
    nics: dict[int, Place] = msgspec.field(default_factory=dict)
    transports: dict[str, Place] = msgspec.field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    measurements: tuple[Measurement, ...] = ()
    complaints: tuple[Complaint, ...] = ()

    @property
    def best(self) -> Measurement | None:
        """The measurement of the highest bus bandwidth."""
        return max(self.measurements, key=lambda m: m.bus_bandwidth, default=None)
