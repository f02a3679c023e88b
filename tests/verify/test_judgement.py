"""Whether EFA carries the traffic."""

import pytest
from verify.outputs import devices, efa_log, fi_info, nccl, socket_log, table

from efadoctor.scheduling.instance_types import known_types
from efadoctor.verify import Answer, Expected, Verification, judge, observe
from efadoctor.verify.judgement import Level

GIB, MIB = 1 << 30, 1 << 20


def judged(*texts: str, asked: int | None = None, type_: str = "") -> Verification:
    facts = known_types().get(type_)
    lines = {f"file{n}": t.splitlines() for n, t in enumerate(texts)}
    return judge(observe(lines), Expected(interfaces=asked, type=facts))


def levels(found: Verification, word: str) -> list[Level]:
    return [s.level for s in found.statements if word in s.text]


@pytest.mark.parametrize("network", ["AWS Libfabric", "Libfabric"])
def test_nccl_on_the_efa_provider_is_efa(network: str) -> None:
    found = judged(efa_log(network=network))
    assert found.answer is Answer.YES
    assert not any(s.level is Level.BAD for s in found.statements)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (socket_log(), "Socket"),
        (nccl("Using network IB"), "IB"),
        (
            nccl("NET/OFI Selected provider is tcp (found 1 nics)", "Using network AWS Libfabric"),
            "libfabric over tcp",
        ),
        (nccl("Channel 00 : 7[7] -> 8[0] [send] via NET/Socket/0"), "NET/Socket"),
        (nccl("NET/OFI No eligible providers were found"), "no EFA device"),
        (efa_log() + "Error 4126: Unresponsive receiver (handshake failed)\n", "did not answer"),
        (efa_log() + "Unable to register MR: Cannot allocate memory\n", "registered"),
        ("fi_getinfo: -61 (No data available)\n", "no EFA device"),
        (fi_info("eth0", provider="tcp"), "no EFA device"),
    ],
)
def test_anything_else_is_not(text: str, said: str) -> None:
    found = judged(text)
    assert found.answer is Answer.NO
    assert said in found.summary


def test_a_container_that_lacks_a_device_lacks_part_of_efa() -> None:
    seen = fi_info("rdmap0s6-rdm", "rdmap0s7-rdm")
    lacking, whole = judged(seen, asked=4), judged(seen, asked=2)
    assert (lacking.answer, whole.answer) == (Answer.NO, Answer.UNKNOWN)
    assert "finds 2 of the 4 devices" in lacking.summary


def test_ranks_on_two_networks_are_said_to_be() -> None:
    found = judged(efa_log() + nccl("Using network Socket"))
    assert found.answer is Answer.NO
    assert "part of the traffic" in found.summary


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        fi_info(*devices(4)),
        nccl("Using network AWS Libfabric"),
        nccl("NET/OFI Selected provider is efa (found 4 nics)", hosts=["only"]),
    ],
)
def test_what_the_output_does_not_show_is_not_guessed(text: str) -> None:
    assert judged(text).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("there", "asked", "level", "code"),
    [(4, 4, Level.GOOD, ""), (3, 4, Level.BAD, "EFA802"), (10, 8, Level.BAD, "EFA805")],
)
def test_devices_found_are_held_against_those_asked_for(
    there: int, asked: int, level: Level, code: str
) -> None:
    found = judged(fi_info(*devices(there)), asked=asked)
    assert [(s.level, s.code) for s in found.statements] == [(level, code)]


@pytest.mark.parametrize(("nics", "level"), [(32, Level.NOTE), (8, Level.NOTE), (31, Level.BAD)])
def test_a_plugin_may_count_interfaces_by_group(nics: int, level: Level) -> None:
    assert levels(judged(efa_log(nics), asked=32), "found") == [level]


@pytest.mark.parametrize(
    ("type_", "asked", "rate", "level"),
    [
        ("p4d.24xlarge", 4, 42.0, Level.GOOD),
        ("p4d.24xlarge", 4, 9.0, Level.BAD),
        ("p4d.24xlarge", 1, 9.0, Level.GOOD),
        ("p5.48xlarge", None, 460.0, Level.GOOD),
        ("p5.48xlarge", None, 11.0, Level.BAD),
    ],
)
def test_the_bus_bandwidth_is_held_against_what_the_interfaces_of_the_type_can(
    type_: str, asked: int | None, rate: float, level: Level
) -> None:
    found = judged(efa_log(), table((GIB, rate, rate - 1)), asked=asked, type_=type_)
    assert levels(found, "bus bandwidth") == [level]


def test_small_messages_say_nothing_of_the_network() -> None:
    found = judged(efa_log(), table((MIB, 2.0, 2.0)), type_="p5.48xlarge")
    assert levels(found, "bus bandwidth") == [Level.NOTE]


def test_without_a_type_the_bandwidth_is_only_told() -> None:
    found = judged(efa_log(), table((GIB, 42.0, 42.0)))
    assert levels(found, "42.0 GB/s at 1 GiB") == [Level.NOTE]


def test_without_gpudirect_on_a_type_that_has_rdma_it_is_noted() -> None:
    plain = nccl(
        "NET/OFI Selected provider is efa (found 4 nics)",
        "Channel 00 : 7[7] -> 8[0] [send] via NET/Libfabric/0",
    )
    assert levels(judged(plain, type_="p4d.24xlarge"), "GPUDirect") == [Level.NOTE]
    assert levels(judged(plain, type_="g5.48xlarge"), "GPUDirect") == []
    assert levels(judged(efa_log(), type_="p4d.24xlarge"), "GPUDirect") == [Level.GOOD]


def test_every_statement_about_a_line_names_its_place() -> None:
    found = judged("noise\n", socket_log())
    assert {str(s.place) for s in found.statements} == {"file1:5", "file1:1"}
