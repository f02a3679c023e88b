"""``efadoctor verify``: whether EFA carries a job's traffic, by what fi_info and NCCL print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.parsing import nearest
from efadoctor.cli.sources import namespace_of, read_snapshot
from efadoctor.model.errors import SubjectNotFoundError, UnreadableInputError, UsageError
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import TypeFacts, efa_types, known_types
from efadoctor.scheduling.names import EFA, INSTANCE_TYPE
from efadoctor.scheduling.requests import pod_requests
from efadoctor.verify import Expected, Fit, Verification, fit_of_type, fitted, judge, manifests
from efadoctor.verify.judgement import Level
from efadoctor.verify.lines import lines_of
from efadoctor.verify.manifests import IMAGE
from efadoctor.verify.observations import Observations
from efadoctor.verify.reading import observe

_STDIN = "-"
_MARKS = {Level.GOOD: "+", Level.BAD: "!", Level.NOTE: " "}


def run(arguments: Arguments) -> int:
    """Judge the files, or print test manifests where there are none."""
    if not arguments.files:
        return _print_manifests(arguments)
    expected = _expected(arguments)
    found = judge(_observed(arguments.files), expected)
    terminal.put(_text(found))
    return found.answer.value


# ---- judging output ---------------------------------------------------------


def _observed(names: tuple[str, ...]) -> Observations:
    """Raises UnreadableInputError where a file cannot be read."""
    with ExitStack() as stack:
        streams: dict[str, Iterator[str]] = {}
        for name in names:
            if name == _STDIN:
                streams["standard input"] = lines_of(sys.stdin.buffer)
                continue
            try:
                streams[name] = lines_of(stack.enter_context(Path(name).open("rb")))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise UnreadableInputError(f"{name}: {reason}") from None
        try:
            return observe(streams)
        except OSError as error:
            raise UnreadableInputError(f"{error.strerror or error}") from None


def _expected(arguments: Arguments) -> Expected:
    asked, facts = arguments.asked, None
    if arguments.pod is not None:
        snapshot = read_snapshot(arguments)
        pod = _pod(arguments, snapshot)
        asked = asked or pod_requests(pod).get(EFA)
        node = snapshot.get(Node, pod.spec.node_name) if pod.spec.node_name else None
        name = node.metadata.labels.get(INSTANCE_TYPE, "") if node is not None else ""
        facts = known_types(snapshot).get(name)
    if arguments.instance_type is not None:
        facts = _type(arguments.instance_type)
    return Expected(interfaces=asked, type=facts)


def _pod(arguments: Arguments, snapshot: Snapshot) -> Pod:
    namespace, _, name = (arguments.pod or "").rpartition("/")
    namespace = namespace or namespace_of(arguments, snapshot)
    pod = snapshot.get(Pod, name, namespace)
    if pod is None:
        raise SubjectNotFoundError(f"no pod {namespace}/{name}")
    return pod


def _type(name: str) -> TypeFacts:
    known = {t.name: t for t in efa_types()}
    if name not in known:
        raise UsageError(f"no instance type {name!r} has EFA{nearest(name, known)}")
    return known[name]


def _text(found: Verification) -> str:
    lines = [found.summary, *([""] if found.statements else [])]
    for statement in found.statements:
        where = f"  ({statement.place})" if statement.place is not None else ""
        code = f"  {statement.code}" if statement.code else ""
        lines.append(f"{_MARKS[statement.level]} {statement.text}{code}{where}")
    return "".join(f"{inert(line)}\n" for line in lines)


# ---- printing manifests -----------------------------------------------------


def _print_manifests(arguments: Arguments) -> int:
    snapshot = None if arguments.instance_type is not None else read_snapshot(arguments)
    namespace = namespace_of(arguments, snapshot) if snapshot else arguments.namespace
    text = manifests(
        _fit(arguments, snapshot),
        namespace=namespace or "default",
        image=arguments.image or IMAGE,
        workers=arguments.workers or 2,
    )
    terminal.put(text)
    return 0


def _fit(arguments: Arguments, snapshot: Snapshot | None) -> Fit:
    if arguments.instance_type is not None or snapshot is None:
        return fit_of_type(_type(arguments.instance_type or ""))
    found = fitted(snapshot)
    if found is None:
        why = "no node, NodePool or node group with EFA was seen to fit the tests to"
        raise UsageError(f"{why}; name a type (--type p5.48xlarge)")
    return found
