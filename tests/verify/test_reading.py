"""What lines of output show."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify.outputs import devices, efa_log, fi_info, nccl, socket_log, table

from efadoctor.verify import Observations, observe
from efadoctor.verify.lines import lines_of
from efadoctor.verify.observations import Trouble
from efadoctor.verify.reading import LONGEST_LINE

GIB = 1 << 30


def seen(*texts: str) -> Observations:
    return observe({f"file{n}": t.splitlines() for n, t in enumerate(texts)})


def test_fi_info_lists_each_device_once_however_many_endpoint_types_it_has() -> None:
    assert seen(fi_info(*devices(4))).interfaces == frozenset(devices(4))


def test_devices_of_another_provider_are_no_efa() -> None:
    assert seen(fi_info("eth0", provider="tcp")).interfaces == frozenset()


def test_fi_info_that_finds_nothing_has_found_no_device() -> None:
    found = seen("fi_getinfo: -61 (No data available)\n")
    assert found.interfaces == frozenset()
    assert [c.trouble for c in found.complaints] == [Trouble.NO_PROVIDER]


def test_without_fi_info_the_devices_are_not_known() -> None:
    assert seen(efa_log()).interfaces is None


@pytest.mark.parametrize("prefix", ["[1,0]<stdout>:", "[1,12]<stderr>: ", "[pod/w-0/main] "])
def test_the_prefixes_of_mpirun_and_kubectl_are_seen_through(prefix: str) -> None:
    text = fi_info("rdmap1s0") + efa_log() + table((GIB, 40.0, 41.0))
    found = seen("".join(f"{prefix}{line}\n" for line in text.splitlines()))
    assert found.interfaces == frozenset({"rdmap1s0"})
    assert (list(found.providers), found.hosts) == (["efa"], frozenset({"worker-0", "worker-1"}))
    assert found.best is not None


@pytest.mark.parametrize("network", ["AWS Libfabric", "Libfabric", "Socket", "IB"])
def test_the_network_is_named_with_its_first_place(network: str) -> None:
    found = seen("noise\n" + nccl(f"Using network {network}"))
    assert {n: str(p) for n, p in found.networks.items()} == {network: "file0:2"}


@pytest.mark.parametrize(
    ("line", "provider", "nics"),
    [
        ("NET/OFI Selected Provider is efa", "efa", []),
        ("NET/OFI Selected Provider is efa (found 4 nics)", "efa", [4]),
        ("NET/OFI Selected provider is efa, fabric is efa-direct (found 16 nics)", "efa", [16]),
        ("NET/OFI Selected provider is tcp, fabric is 10.0.0.0/16 (found 2 nics)", "tcp", [2]),
    ],
)
def test_the_provider_is_read_from_old_and_new_plugins(
    line: str, provider: str, nics: list[int]
) -> None:
    found = seen(nccl(line))
    assert (list(found.providers), list(found.nics)) == ([provider], nics)


def test_channels_tell_their_transport() -> None:
    assert list(seen(efa_log()).transports) == ["NET/AWS Libfabric/GDRDMA"]


def test_the_better_bandwidth_of_a_row_counts_and_the_best_row() -> None:
    found = seen(table((8, 0.1, 0.1), (GIB, 40.5, 41.5), (2 * GIB, 39.0, 41.0)))
    assert [m.bus_bandwidth for m in found.measurements] == [0.1, 41.5, 41.0]
    assert found.best is not None
    assert (found.best.size, str(found.best.place)) == (GIB, "file0:3")


def test_the_ranks_of_a_test_tell_its_hosts() -> None:
    text = "#  Rank  0 Group  0 Pid  26 on worker-0 device  0 [0x10] NVIDIA H100 80GB\n"
    assert seen(text + text.replace("worker-0", "worker-1")).hosts == {"worker-0", "worker-1"}


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("w:1:1 [0] NCCL INFO NET/OFI No eligible providers were found", Trouble.NO_PROVIDER),
        ("NET/Plugin: Could not find: libnccl-net.so.", Trouble.NO_PLUGIN),
        ("NCCL WARN NET/OFI aws-ofi-nccl initialization failed", Trouble.PLUGIN_FAILED),
        ("Unable to register MR: Cannot allocate memory", Trouble.MEMORY),
        (
            "NCCL WARN NET/OFI Unable to register memory. Error: Cannot allocate memory",
            Trouble.MEMORY,
        ),
        ("Error 4126: Unresponsive receiver (reachable by EFA device)", Trouble.UNREACHABLE),
        ("Unable to insert remote address into address vector for device 1", Trouble.UNREACHABLE),
        ("# Out of bounds values : 12 FAILED", Trouble.WRONG_RESULT),
    ],
)
def test_complaints_that_name_their_cause_are_kept_as_said(line: str, trouble: Trouble) -> None:
    (complaint,) = seen(line).complaints
    assert (complaint.trouble, complaint.text) == (trouble, line)


def test_a_program_that_runs_out_of_memory_elsewhere_is_not_about_efa() -> None:
    assert seen("bash: fork: Cannot allocate memory").complaints == ()


def test_a_complaint_is_kept_once_however_often_it_comes() -> None:
    assert len(seen(socket_log() * 500).complaints) == 1


@given(st.lists(st.text(max_size=200), max_size=40))
def test_no_text_breaks_the_reader(lines: list[str]) -> None:
    observe({"any": lines})


@given(st.binary(max_size=5000))
def test_no_bytes_break_the_lines(raw: bytes) -> None:
    lines = list(lines_of(io.BytesIO(raw)))
    assert all(len(line) <= 4 * LONGEST_LINE for line in lines)
    observe({"any": lines})


def test_a_line_without_end_is_cut_and_the_next_one_read() -> None:
    raw = b"x" * (3 * LONGEST_LINE) + b"\nw:1:1 [0] NCCL INFO Using network Socket\n"
    assert list(observe({"log": lines_of(io.BytesIO(raw))}).networks) == ["Socket"]
