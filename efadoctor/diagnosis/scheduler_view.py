"""The scheduler's own message beside the predicted one."""

from __future__ import annotations

from efadoctor.diagnosis.case import OpenCase
from efadoctor.model.kubernetes import Event, Pod
from efadoctor.model.report import SchedulerView
from efadoctor.model.snapshot import Snapshot


def scheduler_view(opened: OpenCase) -> SchedulerView:
    """What the scheduler last said, what we would, and whether the one starts with the other.

    A message can be out of date: the scheduler's queueing hints skip pods whose wait is not
    over, and then an old condition stands. ``agrees`` is None where there is nothing to compare, or
    where the prediction lacks facts.
    """
    observed = _observed(opened.case.snapshot, opened.case.pod)
    predicted = opened.prediction.message
    nothing = observed is None or bool(opened.prediction.unread)
    agrees = None if nothing else bool(predicted) and (observed or "").startswith(predicted)
    return SchedulerView(observed=observed, predicted=predicted, agrees=agrees)


def _observed(snapshot: Snapshot, pod: Pod) -> str | None:
    for condition in pod.status.conditions:
        if condition.type == "PodScheduled" and condition.status == "False" and condition.message:
            return condition.message
    if pod.spec.node_name:
        return None
    said = [e for e in snapshot.all(Event) if _is_refusal(e, pod)]
    newest = max(said, key=_time, default=None)
    return newest.message if newest else None


def _is_refusal(event: Event, pod: Pod) -> bool:
    about = event.involved_object
    meta = pod.metadata
    return (
        event.reason == "FailedScheduling"
        and (about.namespace, about.name) == (meta.namespace, meta.name)
        and (event.source.component or event.reporting_component) == pod.spec.scheduler_name
    )


def _time(event: Event) -> str:
    last = event.series.last_observed_time if event.series else None
    return last or event.last_timestamp or event.event_time or ""
