"""Reads output line by line, whatever of it is in which file, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from efadoctor.verify.observations import Complaint, Measurement, Observations, Place, Trouble

K = TypeVar("K")

LONGEST_LINE = 4096
"""Longer lines are none of those that we look for; the rest of one is not looked at."""

_MOST = 2000
"""Different things of a kind that are kept: more than any job has ranks on nodes."""

_PREFIX = re.compile(r"^(?:\[pod/[^\]]+\] |\[\d+,\d+\]<std(?:out|err)>: ?)+")
_BLOCK = re.compile(r"^provider:\s*(\S+)")
_DOMAIN = re.compile(r"^\s+domain:\s*(\S+?)(?:-rdm|-dgrm)?\s*$")
_HOST = re.compile(r"^(\S+?):\d+:\d+ \[\d+\] NCCL (?:INFO|WARN) ")
_RANK = re.compile(r"^#\s+Rank\s+\d+\s.*\bon\s+(\S+)\s+device\b")
_NETWORK = re.compile(r"NCCL INFO (?:.*\bcomm \S+ )?Using network (.+?)\s*$")
_PROVIDER = re.compile(
    r"NET/OFI Selected [Pp]rovider is ([A-Za-z0-9_;-]+)(?:.*\(found (\d{1,6}) nics\))?"
)
_CHANNEL = re.compile(r" via (NET/[A-Za-z_ ]+?)/\d+(/GDRDMA)?")
_ROW = re.compile(r"^\s*\d+\s+\d+\s+\w+\s+\w+\s+-?\d+\s+(.+)$")
_COLUMNS = 8

_COMPLAINTS: tuple[tuple[re.Pattern[str], Trouble], ...] = (
    (
        re.compile(r"fi_getinfo: -61|NET/OFI (?:No eligible|Could not find any)"),
        Trouble.NO_PROVIDER,
    ),
    (re.compile(r"NET/Plugin ?: (?:Could not find|No plugin found)"), Trouble.NO_PLUGIN),
    (re.compile(r"NET/OFI aws-ofi-nccl initialization failed"), Trouble.PLUGIN_FAILED),
    (
        re.compile(
            r"(?:register|fi_mr_reg|MR\b|memlock|endpoint).*Cannot allocate memory", re.IGNORECASE
        ),
        Trouble.MEMORY,
    ),
    (
        re.compile(r"Unresponsive receiver|Unable to insert remote address into address vector"),
        Trouble.UNREACHABLE,
    ),
    (re.compile(r"# Out of bounds values : [1-9]"), Trouble.WRONG_RESULT),
)


def observe(files: Mapping[str, Iterable[str]]) -> Observations:
    """What lines show, by the name of the file that they are in.

    Understands ``fi_info``, NCCL logs and nccl-tests tables, with the prefixes that
    ``mpirun`` and ``kubectl logs --prefix`` put before them, in any order and mixture.
    """
    reader = _Reader()
    for name, lines in files.items():
        reader.provider = ""
        for number, line in enumerate(lines, start=1):
            reader.read(line[:LONGEST_LINE].rstrip("\r\n"), Place(name, number))
    return reader.observations()


class _Reader:
    """Facts as they come, each kept at its first place."""

    def __init__(self) -> None:
        self.provider = ""
        self._interfaces: set[str] | None = None
        self._networks: dict[str, Place] = {}
        self._providers: dict[str, Place] = {}
        self._nics: dict[int, Place] = {}
        self._transports: dict[str, Place] = {}
        self._hosts: set[str] = set()
        self._measurements: list[Measurement] = []
        self._complaints: dict[Trouble, Complaint] = {}

    def read(self, line: str, place: Place) -> None:
        text = _PREFIX.sub("", line)
        if not self._of_fi_info(text):
            self._of_nccl(text, place)
            self._of_test(text, place)
        for pattern, trouble in _COMPLAINTS:
            if trouble not in self._complaints and pattern.search(text):
                self._complaints[trouble] = Complaint(trouble, place, text.strip())

    def observations(self) -> Observations:
        interfaces = self._interfaces
        if interfaces is None and Trouble.NO_PROVIDER in self._complaints:
            said = self._complaints[Trouble.NO_PROVIDER].text
            interfaces = set() if "fi_getinfo" in said else None
        return Observations(
            interfaces=frozenset(interfaces) if interfaces is not None else None,
            networks=self._networks,
            providers=self._providers,
            nics=self._nics,
            transports=self._transports,
            hosts=frozenset(self._hosts),
            measurements=tuple(self._measurements),
            complaints=tuple(self._complaints.values()),
        )

    def _of_fi_info(self, text: str) -> bool:
        """``fi_info`` prints one block for each endpoint type of each domain.

        https://ofiwg.github.io/libfabric/main/man/fi_info.1.html
        """
        block = _BLOCK.match(text)
        if block is not None:
            self.provider = block[1].lower()
            self._interfaces = self._interfaces if self._interfaces is not None else set()
            return True
        domain = _DOMAIN.match(text) if self.provider else None
        if domain is None:
            return False
        if self.provider == "efa" and self._interfaces is not None:
            _keep(self._interfaces, domain[1])
        return True

    def _of_nccl(self, text: str, place: Place) -> None:
        """NCCL and its plugin with ``NCCL_DEBUG=INFO``.

        https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
        """
        if "NCCL" not in text:
            return
        host = _HOST.match(text)
        if host is not None:
            _keep(self._hosts, host[1])
        network = _NETWORK.search(text)
        if network is not None:
            _first(self._networks, network[1], place)
        provider = _PROVIDER.search(text)
        if provider is not None:
            _first(self._providers, provider[1].lower(), place)
            if provider[2]:
                _first(self._nics, int(provider[2]), place)
        channel = _CHANNEL.search(text)
        if channel is not None:
            _first(self._transports, channel[1] + (channel[2] or ""), place)

    def _of_test(self, text: str, place: Place) -> None:
        """nccl-tests: the ranks, and the rows of its table."""
        rank = _RANK.match(text)
        if rank is not None:
            _keep(self._hosts, rank[1])
            return
        row = _ROW.match(text)
        columns = row[1].split() if row is not None else []
        if len(columns) == _COLUMNS and len(self._measurements) < _MOST:
            rates = (_number(columns[2]), _number(columns[6]))
            size = int(text.split(maxsplit=1)[0][:20])
            if None not in rates:
                best = max(r for r in rates if r is not None)
                found = Measurement(size=size, bus_bandwidth=best, place=place)
                self._measurements.append(found)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text) else None


def _first(found: dict[K, Place], key: K, place: Place) -> None:
    if len(found) < _MOST:
        found.setdefault(key, place)


def _keep(found: set[str], key: str) -> None:
    if len(found) < _MOST:
        found.add(key)
