"""Every state that the tests have: recorded ones, and the healthy cluster with each fault."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import msgspec
from clusters import Cluster, Fault, broken

from efadoctor.authoring import Case
from efadoctor.diagnosis.case import open_case
from efadoctor.diagnosis.subject import find_subject
from efadoctor.model.snapshot import Snapshot

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
TRAINER = "ml/trainer"
JOB = "ml/Job/trainer"


class State(msgspec.Struct, frozen=True):
    """A name for test ids, how to read it, and whom to ask about."""

    name: str
    read: Callable[[], Snapshot]
    subject: str

    def case(self) -> Case:
        """Made anew: nothing that somebody else derived from the snapshot is kept in it."""
        snapshot = self.read()
        return open_case(snapshot, find_subject(snapshot, self.subject)).case

    def __repr__(self) -> str:
        return self.name


@cache
def states() -> tuple[State, ...]:
    return (*_recorded(), *_faults())


def _recorded() -> Iterator[State]:
    for file in sorted(SCENARIOS.glob("*/expected.json")):
        said = json.loads(file.read_text())
        folder = file.parent / "bundle"
        bundle = folder if folder.is_dir() else folder.with_name("bundle.tar.gz")
        namespace, _, name = said["subject"].partition("/")
        subject = f"{namespace}/{said['subject_kind']}/{name}"
        yield State(file.parent.name, partial(Snapshot.load, bundle), subject)


def _faults() -> Iterator[State]:
    for file in sorted((HERE / "faults").glob("*.py")):
        module = importlib.import_module(f"faults.{file.stem}")
        for name, fault in vars(module).items():
            if not (inspect.isfunction(fault) and fault.__module__ == module.__name__):
                continue
            if name.startswith("_") or not _is_fault(fault):
                continue
            has_pod = any(o["kind"] == "Pod" and o["metadata"]["name"] == "trainer"
                          for o in broken(fault).objects)  # fmt: skip
            subject = TRAINER if has_pod else JOB
            yield State(name, partial(_healthy_but_for, fault), subject)


def _healthy_but_for(fault: Fault) -> Snapshot:
    return broken(fault).snapshot()


def _is_fault(function: Callable[..., object]) -> bool:
    """Whether it takes a cluster, needs nothing else, and gives nothing back but, perhaps, JSON."""
    first, *others = inspect.signature(function, eval_str=True).parameters.values()
    needed = [p for p in others if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return first.annotation is Cluster and not needed
