"""From kubeconfig to a snapshot: asks the cluster and AWS what the question needs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from efadoctor.collect.aws.half import AwsHalf
from efadoctor.collect.crew import Crew
from efadoctor.collect.deadline import Deadline
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.access import PARALLEL, Access
from efadoctor.collect.kube.cluster import ClusterReading
from efadoctor.collect.kube.connection import Connection
from efadoctor.collect.kube.kubeconfig import Target
from efadoctor.collect.question import question_of
from efadoctor.collect.request import Observer, Progress, Request, silent
from efadoctor.model.clock import timestamp
from efadoctor.model.garbage import made_to_last
from efadoctor.model.snapshot import Origin, Snapshot


def collect(request: Request, progress: Observer = silent) -> Snapshot:
    """A snapshot of what a question needs, read within ``request.deadline`` seconds.

    Whatever could not be read is a gap in it, with the reason: also where nothing could.
    ``progress`` is told of every page, from several threads, never two at a time.
    Raises UsageError where there is no kubeconfig, no such context or no such AWS profile,
    UnreachableError where no credentials for the cluster can be had.
    """
    with made_to_last():
        return _within(Deadline(request.deadline), request, Harvest(progress))


def _within(deadline: Deadline, request: Request, harvest: Harvest) -> Snapshot:
    access = Access(request, deadline)
    crew = Crew(PARALLEL, deadline)
    try:
        return _collected(request, access, deadline, crew, harvest)
    finally:
        crew.dismiss()
        access.pool.clear()


def _collected(
    request: Request, access: Access, deadline: Deadline, crew: Crew, harvest: Harvest
) -> Snapshot:
    connection = Connection(access, deadline, request.request_timeout)
    question = question_of(request, access.target.namespace)
    reading = ClusterReading(connection, question, harvest, crew, whole=request.whole)
    aws = AwsHalf(request, access.target, harvest, deadline)
    reading.run(aws.start)
    aws.join()
    now = _now(reading.date)
    return Snapshot(
        harvest.facts(),
        server_version=reading.server_version,
        now=now,
        origin=_origin(access.target, aws.region, now),
        gaps=harvest.gaps,
        partial=harvest.partial,
    )


def _now(date: str) -> datetime:
    """The API server's time of day: ages are its to say; ours where it said nothing."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except (TypeError, ValueError):
        return datetime.now(UTC).replace(microsecond=0)


def _origin(target: Target, region: str | None, now: datetime) -> Origin:
    return Origin(
        kind="cluster",
        context=target.context,
        cluster=target.cluster,
        region=region,
        captured_at=timestamp(now),
        namespace=target.namespace,
    )


__all__ = ["Progress", "Request", "collect"]
