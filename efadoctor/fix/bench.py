"""The bench on which fixes are tried: edits on a copy, what follows from them, the judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from efadoctor.fix.apply import apply, changes_something
from efadoctor.fix.aws_effects import is_known
from efadoctor.fix.change import Change
from efadoctor.fix.consequences import settle
from efadoctor.fix.launch import launched
from efadoctor.fix.rebase import rebased
from efadoctor.fix.words import sentence, some
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.finding import Finding
from efadoctor.model.fix import AwsCall, Edit, Fix
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.path import Path

MANY_NODES = 500
MANY_PODS = 5_000
"""From so many on, only what comes first is tried: each judgement more costs time."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the pod on a copy.

    ``feasible`` are the nodes that would take it now; else ``message`` is the scheduler's,
    ``remaining`` are the causes that still stand on its path, and ``admitted_by`` is the
    path of a NodePool or node group that would now make a node for it.
    """

    feasible: tuple[str, ...] = ()
    message: str = ""
    remaining: tuple[Finding, ...] = ()
    admitted_by: Path | None = None

    def removed(self, finding: Finding) -> bool:
        """Whether a finding no longer stands."""
        return all(identity(r) != identity(finding) for r in self.remaining)


Judge = Callable[[Snapshot], Outcome]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One fix tried after others: its edits as they fit, the state it leaves, the outcome.

    ``launched`` are the nodes that a NodePool or node group made for the pod in the trial;
    they are not part of the state. ``refused`` says why the fix could not be applied; the
    state is then the one before it.
    """

    edits: tuple[Edit, ...] = ()
    state: Change
    outcome: Outcome = Outcome()
    said: tuple[str, ...] = ()
    launched: frozenset[str] = frozenset()
    refused: str = ""

    @property
    def after(self) -> str:
        """What the pod does now, in sentences."""
        if self.refused:
            return f"Refused: {sentence(self.refused)}"
        outcome = self.outcome
        words = [sentence(s) for s in self.said]
        if outcome.feasible and self.launched.issuperset(outcome.feasible):
            words.append("The pod then fits there.")
        elif outcome.feasible:
            words.append(f"The pod then fits {some(outcome.feasible, 'node')}.")
        elif outcome.remaining:
            first = outcome.remaining[0]
            words.append(f"The pod still waits: {first.code}, {sentence(first.summary)}")
        elif outcome.message:
            words.append(f"The pod still waits: {sentence(outcome.message)}")
        return " ".join(words)


class Bench:
    """Tries edits on copies of one snapshot, and asks no question twice."""

    def __init__(self, as_read: Snapshot, judge: Judge) -> None:
        self.as_read = as_read
        self._judge = judge
        self._known: dict[bytes, Outcome] = {}
        self.judged = 0

    @property
    def start(self) -> Change:
        """The state in which nothing is changed."""
        return Change.of(self.as_read)

    def attempt(self, state: Change, edits: Iterable[Edit]) -> Attempt:
        """Apply edits to a state, let the cluster settle, judge."""
        try:
            fitted, settled = self._applied(state, edits)
        except InvalidPatchError as error:
            return Attempt(state=state, refused=str(error))
        outcome, made = self._outcome(settled)
        new = tuple(s for s in (*settled.said, *made.said) if s not in state.said)
        nodes = frozenset(v.metadata.name for v in made.replaced if isinstance(v, Node))
        return Attempt(edits=fitted, state=settled, outcome=outcome, said=new, launched=nodes)

    def refusal(self, edits: Iterable[Edit]) -> str:
        """Why edits cannot be made on what was read, "" where they can; nothing is judged."""
        try:
            for edit in edits:
                apply(self.as_read, edit)
        except InvalidPatchError as error:
            return str(error)
        return ""

    def _applied(self, state: Change, edits: Iterable[Edit]) -> tuple[tuple[Edit, ...], Change]:
        fitted: list[Edit] = []
        whole = state
        for edit in edits:
            fits = rebased(edit, self.as_read, whole.after)
            fitted.append(fits)
            whole = whole.then(settle(apply(whole.after, fits), self.as_read))
        return tuple(fitted), whole

    def _outcome(self, state: Change) -> tuple[Outcome, Change]:
        """The judgement; where a NodePool would now make a node, the one with that node.

        With it comes the change that made the node, empty where none was made.
        """
        outcome = self._ask(state)
        way, none = outcome.admitted_by, Change.of(state.after)
        if outcome.feasible or way is None or not way.hypothetical:
            return outcome, none
        made = settle(launched(state.after, way), self.as_read)
        later = self._ask(state.then(made))
        return (later, made) if later.feasible else (outcome, none)

    def _ask(self, state: Change) -> Outcome:
        key = state.key()
        if key not in self._known:
            self.judged += 1
            self._known[key] = self._judge(state.after)
        return self._known[key]


def identity(finding: Finding) -> tuple[str, ...]:
    """What makes two findings the same cause."""
    if finding.fingerprint:
        return (finding.fingerprint,)
    return (finding.code, str(finding.object), finding.key)


def can_be_tried(fix: Fix) -> bool:
    """Whether a copy can show what a fix does."""
    return (
        bool(fix.edits)
        and not fix.unprovable
        and all(changes_something(e) for e in fix.edits)
        and all(is_known(e) for e in fix.edits if isinstance(e, AwsCall))
    )


def is_small(snapshot: Snapshot) -> bool:
    """Whether a judgement more than is needed costs little."""
    return len(snapshot.rows(Node)) <= MANY_NODES and len(snapshot.rows(Pod)) <= MANY_PODS
