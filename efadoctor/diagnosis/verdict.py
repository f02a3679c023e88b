"""The verdict, and the sentence that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from efadoctor.diagnosis.case import OpenCase
from efadoctor.diagnosis.examination import NOT_READ, Examination
from efadoctor.diagnosis.paths import NOT_YET_MADE
from efadoctor.diagnosis.root_cause import Obstacles
from efadoctor.diagnosis.unread_pods import nodes_with_read_pods
from efadoctor.model.clock import parse_time
from efadoctor.model.facts import sources_of
from efadoctor.model.finding import Awaited, Finding, PathKind
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.report import CheckResult, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.judgement import Prediction
from efadoctor.scheduling.refusals import ForeignScheduler, InvalidField

_MOST_SOURCES = 2

PROVISIONING_STARTS_WITHIN = timedelta(minutes=5)
"""Karpenter batches pending pods for ten seconds at most and repeats its events every five
minutes (https://karpenter.sh/docs/reference/settings/); a pool that would serve the pod and
has made nothing by then has a reason that no object shows."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict with its causes, in the order to mend them."""

    verdict: Verdict
    summary: str
    causes: tuple[Finding, ...] = ()
    awaited: tuple[Awaited, ...] = ()


def decide(opened: OpenCase, examination: Examination, chosen: Obstacles | None) -> Decision:
    """What to say of the pod."""
    case, prediction = opened.case, opened.prediction
    if case.pod.spec.node_name:
        return Decision(
            verdict=Verdict.SCHEDULED, summary=f"Bound to node {case.pod.spec.node_name}."
        )
    if unread := _unread(case.snapshot):
        return Decision(
            verdict=Verdict.UNKNOWN, summary=f"Cannot tell: {unread} could not be read."
        )
    if invalid := [r.reason for r in prediction.prefilter if isinstance(r, InvalidField)]:
        return Decision(
            verdict=Verdict.UNKNOWN,
            summary=f"Cannot tell: {invalid[0]}; no API server accepts such a pod.",
        )
    refused = chosen is not None and chosen.causes  # by what is no scheduler's business: a quota
    in_part = {p.source for p in case.snapshot.partial}  # what matters of those was read
    lacking = [source for source in prediction.unread if source not in in_part]
    if lacking and not refused:
        what = " and ".join(lacking)
        return Decision(
            verdict=Verdict.UNKNOWN,
            summary=f"Cannot tell: {what} could not be read, and the pod depends on it.",
        )
    if prediction.feasible and not refused:
        return _takes_it(case.snapshot, prediction.feasible)
    if chosen is not None and chosen.causes:
        return Decision(verdict=Verdict.BLOCKED, summary=_blocked(chosen), causes=chosen.causes)
    if chosen is not None and chosen.awaited:
        what = "; ".join(a.what for a in chosen.awaited)
        return Decision(
            verdict=Verdict.WAITING, summary=f"Waiting: {what}.", awaited=chosen.awaited
        )
    if chosen is not None and not chosen.blocked and chosen.path.id.name != NOT_YET_MADE:
        return _about_to_launch(case.snapshot, case.pod, chosen)
    summary = _untold(examination, prediction, chosen)
    return Decision(verdict=Verdict.UNKNOWN, summary=f"Cannot tell: {summary}.")


def _unread(snapshot: Snapshot) -> str:
    names = [sources_of(t)[0].name for t in (Node, Pod) if not snapshot.was_read(t)]
    return " and ".join(names)


def _takes_it(snapshot: Snapshot, feasible: Sequence[str]) -> Decision:
    known = nodes_with_read_pods(snapshot, feasible)
    if not known:
        return Decision(
            verdict=Verdict.UNKNOWN,
            summary=f"Cannot tell: the pods of node {feasible[0]} could not be read, and with them"
            " what it has left.",
        )
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    return Decision(
        verdict=Verdict.SCHEDULABLE, summary=f"Node {known[0]}{more} would take the pod now."
    )


def _blocked(chosen: Obstacles) -> str:
    first, *others = chosen.causes
    if not others:
        return first.summary
    more = "one more cause" if len(others) == 1 else f"{len(others)} more causes"
    codes = ", ".join(dict.fromkeys(f.code for f in others))
    return f"{first.summary.rstrip('.')}; behind it {more} ({codes})."


def had_time_to_launch(snapshot: Snapshot, pod: Pod) -> bool:
    """Whether what would make a node for a pod might have begun by now."""
    since, _ = _waiting_since(pod)
    return since is not None and snapshot.now - since > PROVISIONING_STARTS_WITHIN


def _waiting_since(pod: Pod) -> tuple[datetime | None, str | None]:
    """When the scheduler found no node for the pod, as a time and as it is written."""
    condition = next((c for c in pod.status.conditions if c.type == "PodScheduled"), None)
    text = condition.last_transition_time if condition else pod.metadata.creation_timestamp
    return parse_time(text) or parse_time(pod.metadata.creation_timestamp), text


def _about_to_launch(snapshot: Snapshot, pod: Pod, chosen: Obstacles) -> Decision:
    """A pool or group that would serve the pod and that nothing keeps from it."""
    kind = "NodePool" if chosen.path.id.kind is PathKind.NODEPOOL else "node group"
    maker = f"{kind} {chosen.path.id.name}"
    since, text = _waiting_since(pod)
    if since is None or not had_time_to_launch(snapshot, pod):
        what = f"{maker} admits the pod and is about to make a node"
        waits = Awaited(paths=frozenset({chosen.path.id}), what=what, since=text)
        return Decision(verdict=Verdict.WAITING, summary=f"Waiting: {what}.", awaited=(waits,))
    minutes = int((snapshot.now - since).total_seconds() // 60)
    return Decision(
        verdict=Verdict.UNKNOWN,
        summary=f"Cannot tell: {maker} admits the pod, yet has made no node for it in {minutes} "
        "minutes; read the log of what scales it.",
    )


def _untold(examination: Examination, prediction: Prediction, chosen: Obstacles | None) -> str:
    """Why nothing can be said, after ``Cannot tell``."""
    if others := [r.scheduler for r in prediction.prefilter if isinstance(r, ForeignScheduler)]:
        return (
            f"scheduler {others[0]} decides about the pod by rules of its own, and nothing else "
            "was found that keeps the pod off; read that scheduler's log"
        )
    way = chosen.path.id if chosen is not None else None
    if untold := [u.what for u in examination.untold if way in u.paths]:
        return "; ".join(untold)
    said = f"the scheduler would say: {prediction.message.rstrip('.')}"
    unknown = examination.unknown()
    if not unknown:
        return f"no check explains what {said}"
    return f"{_unjudged(unknown)}{f'; {said}' if prediction.message else ''}"


def _unjudged(unknown: tuple[CheckResult, ...]) -> str:
    """What was not read that checks need; of checks that failed for another reason, the first."""
    unread = (r.summary.removeprefix(NOT_READ) for r in unknown if r.summary.startswith(NOT_READ))
    sources = list(dict.fromkeys(s for listed in unread for s in listed.split(", ")))
    if not sources:
        return f"{unknown[0].check} could not be judged ({unknown[0].summary})"
    shown, more = sources[:_MOST_SOURCES], len(sources) - _MOST_SOURCES
    named = " and ".join(shown) if more < 1 else f"{', '.join(shown)} and {more} more sources"
    return f"{named} {'was' if len(sources) == 1 else 'were'} not read"
