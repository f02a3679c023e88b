"""Whether EFA carries the traffic, and what else the output says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec

from efadoctor.scheduling.instance_types import TypeFacts
from efadoctor.verify import bandwidth
from efadoctor.verify.observations import Observations, Place, Trouble

_OF_EFA = ("libfabric", "ofi")
_FATAL = (
    Trouble.NO_PROVIDER,
    Trouble.NO_PLUGIN,
    Trouble.PLUGIN_FAILED,
    Trouble.MEMORY,
    Trouble.UNREACHABLE,
)


class Answer(Enum):
    """Whether EFA carries the traffic; the value is the exit status."""

    YES = 0
    NO = 1
    UNKNOWN = 3


class Level(Enum):
    GOOD = "good"
    BAD = "bad"
    NOTE = "note"


class Statement(msgspec.Struct, frozen=True):
    """One thing that the output shows; ``code`` is the check that it belongs to, "" for none."""

    level: Level
    text: str
    place: Place | None = None
    code: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What ought to be seen: how many interfaces each pod asked for, and on what type."""

    interfaces: int | None = None
    type: TypeFacts | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The answer with everything that was seen."""

    answer: Answer
    summary: str
    statements: tuple[Statement, ...] = ()


def judge(seen: Observations, expected: Expected) -> Verification:
    """Whether EFA carries the traffic, by what was seen and what ought to be."""
    answer, summary = _answer(seen, expected)
    statements = (
        *_devices(seen, expected),
        *_plugin(seen, expected),
        *_complaints(seen),
        *_measured(seen, expected),
    )
    return Verification(answer=answer, summary=summary, statements=statements)


def _answer(seen: Observations, expected: Expected) -> tuple[Answer, str]:
    others = [n for n in seen.networks if not _is_of_efa(n)]
    others += [t for t in seen.transports if t.startswith("NET/") and not _is_of_efa(t)]
    wrong = [p for p in seen.providers if not _is_efa(p)]
    fatal = next((c for c in seen.complaints if c.trouble in _FATAL), None)
    if others or wrong:
        which = ", ".join(dict.fromkeys((*others, *(f"libfabric over {w}" for w in wrong))))
        part = "part of the traffic" if any(map(_is_efa, seen.providers)) else "the traffic"
        return Answer.NO, f"EFA does not carry {part}: NCCL uses {which}."
    if fatal is not None:
        return Answer.NO, f"EFA does not carry the traffic: {fatal.trouble.meaning}."
    if seen.interfaces is not None and not seen.interfaces:
        return Answer.NO, "EFA cannot carry traffic: libfabric finds no EFA device."
    if not seen.providers and (lacking := _lacking(seen, expected)):
        return Answer.NO, lacking
    if not seen.providers:
        return Answer.UNKNOWN, _untold(seen)
    if len(seen.hosts) == 1:
        return Answer.UNKNOWN, "NCCL chose EFA, but all ranks ran on one host: nothing crossed it."
    return Answer.YES, "EFA carries the traffic: NCCL uses libfabric's EFA provider."


def _lacking(seen: Observations, expected: Expected) -> str:
    found, asked = len(seen.interfaces or ()), expected.interfaces or 0
    if seen.interfaces is None or found >= asked:
        return ""
    return f"Part of EFA is missing: libfabric finds {found} of the {asked} devices asked for."


def _untold(seen: Observations) -> str:
    if seen.networks:
        return (
            "Cannot tell: NCCL uses libfabric, and the log does not say with which provider "
            "(NCCL_DEBUG=INFO, NCCL_DEBUG_SUBSYS=INIT,NET)."
        )
    if seen.interfaces:
        return "The EFA devices are there; whether a job uses them is seen in NCCL's log."
    return "Cannot tell: this is no output of fi_info, nor of NCCL with NCCL_DEBUG=INFO."


def _is_of_efa(name: str) -> bool:
    return any(word in name.lower() for word in _OF_EFA)


def _is_efa(provider: str) -> bool:
    return provider.partition(";")[0] in ("efa", "efa-direct")


def _devices(seen: Observations, expected: Expected) -> Iterator[Statement]:
    if seen.interfaces is None:
        return
    found, asked = len(seen.interfaces), expected.interfaces
    text = f"fi_info lists {found} EFA device{'s' * (found != 1)}"
    if asked is None:
        yield Statement(Level.GOOD if found else Level.BAD, f"{text}.")
    elif found < asked:
        yield Statement(Level.BAD, f"{text} of the {asked} asked for.", code="EFA802")
    elif found > asked:
        why = "devices that were not allocated are in the container"
        yield Statement(Level.BAD, f"{text}, and {asked} were asked for: {why}.", code="EFA805")
    else:
        yield Statement(Level.GOOD, f"{text}, as many as were asked for.")


def _plugin(seen: Observations, expected: Expected) -> Iterator[Statement]:
    for provider, place in seen.providers.items():
        level = Level.GOOD if _is_efa(provider) else Level.BAD
        code = "" if _is_efa(provider) else "EFA802"
        yield Statement(level, f"aws-ofi-nccl chose the provider {provider}.", place, code)
    for network, place in seen.networks.items():
        ours = _is_of_efa(network)
        level, code = (Level.GOOD, "") if ours else (Level.BAD, "EFA803")
        yield Statement(level, f"NCCL uses the network {network}.", place, code)
    asked = expected.interfaces
    for count, place in seen.nics.items():
        if asked is not None and count < asked and asked % count:
            text = f"aws-ofi-nccl found {count} interfaces of the {asked} asked for."
            yield Statement(Level.BAD, text, place, "EFA802")
        else:
            grouped = " (it counts groups of them)" if asked is not None and count < asked else ""
            text = f"aws-ofi-nccl found {count} interfaces{grouped}."
            yield Statement(Level.NOTE, text, place)
    yield from _direct(seen, expected)


def _direct(seen: Observations, expected: Expected) -> Iterator[Statement]:
    """Whether data goes between GPU and interface without a stop in the host's memory."""
    ours = {t: p for t, p in seen.transports.items() if _is_of_efa(t)}
    direct = next((p for t, p in ours.items() if t.endswith("/GDRDMA")), None)
    able = expected.type is not None and expected.type.rdma is not None and expected.type.rdma.read
    if direct is not None:
        yield Statement(Level.GOOD, "GPUDirect RDMA is used.", direct)
    elif ours and able and expected.type is not None:
        place = next(iter(ours.values()))
        text = f"GPUDirect RDMA is not used, though {expected.type.name} has RDMA."
        yield Statement(Level.NOTE, text, place)


def _complaints(seen: Observations) -> Iterator[Statement]:
    for complaint in seen.complaints:
        trouble = complaint.trouble
        text = f"{trouble.meaning[0].upper()}{trouble.meaning[1:]}."
        yield Statement(Level.BAD, text, complaint.place, trouble.code)


def _measured(seen: Observations, expected: Expected) -> Iterator[Statement]:
    best = seen.best
    if best is None:
        return
    said = f"The best bus bandwidth is {best.bus_bandwidth:.1f} GB/s at {_size(best.size)}"
    facts = expected.type
    most = bandwidth.limit(facts, expected.interfaces) if facts is not None else None
    if facts is None or most is None:
        yield Statement(
            Level.NOTE, f"{said}; with --type it is held against the type's.", best.place
        )
        return
    share = best.bus_bandwidth / most
    said = f"{said}, {share:.0%} of the {most:.1f} GB/s that {facts.name} has"
    if max(m.size for m in seen.measurements) < bandwidth.ENOUGH_TO_JUDGE:
        text = f"{said}; messages this small say nothing of the network."
        yield Statement(Level.NOTE, text, best.place)
    elif len(seen.hosts) == 1:
        yield Statement(Level.NOTE, f"{said}; it was one host's own.", best.place)
    else:
        level = Level.GOOD if share >= bandwidth.LOW else Level.BAD
        yield Statement(level, f"{said}.", best.place)


def _size(count: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":  # noqa: PLR2004  (the factor between units)
            return f"{count} {unit}"
        count //= 1024
    return ""
