"""The AWS half of a collection: beside the Kubernetes half, and never in its way."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from efadoctor.collect.aws.account import Account
from efadoctor.collect.aws.reading import AwsReading
from efadoctor.collect.aws.reads import AWS_READS
from efadoctor.collect.aws.wanted import region_of, wanted
from efadoctor.collect.crew import Crew
from efadoctor.collect.deadline import Deadline
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.kubeconfig import Target
from efadoctor.collect.request import Request
from efadoctor.model.coverage import CoverageStatus

PARALLEL = 8
"""Calls at a time; EC2's buckets for Describe calls hold 50 to 100
(https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html)."""


class AwsHalf:
    """``start`` it once the nodes are known, ``join`` it when the rest has been read."""

    def __init__(
        self, request: Request, target: Target, harvest: Harvest, deadline: Deadline
    ) -> None:
        self.region = request.region
        self._request = request
        self._target = target
        self._harvest = harvest
        self._deadline = deadline
        self._running: Future[Any] | None = None
        self._crew: Crew | None = None

    def start(self, nodes: frozenset[str]) -> None:
        """Begins to ask about the nodes of these names."""
        self.region = self.region or region_of(self._harvest, self._target.context)
        if self._request.no_aws:
            self._all_failed(ReadFailureError("not asked (--no-aws)", CoverageStatus.ABSENT))
            return
        self._crew = Crew(PARALLEL + 1, self._deadline)
        self._running = self._crew.start(lambda: self._run(nodes))

    def join(self) -> None:
        """Waits until it is done or the deadline has passed. Raises UsageError."""
        if self._running is None or self._crew is None:
            return
        done = self._crew.join([self._running])
        self._crew.dismiss()
        if not done:
            reason = f"the deadline of {self._deadline.seconds:g} s had passed"
            self._all_failed(ReadFailureError(reason))

    def _run(self, nodes: frozenset[str]) -> None:
        assert self._crew is not None  # noqa: S101  (start has just made it)
        account = Account(self._request.profile, self.region, self._deadline)
        self.region = account.region
        try:
            account.check_credentials()
        except ReadFailureError as failure:
            self._all_failed(failure)
            return
        want = wanted(self._harvest, nodes, self._target.cluster)
        AwsReading(account, want, self._harvest, self._crew).run()

    def _all_failed(self, failure: ReadFailureError) -> None:
        """A gap for everything that has not been read."""
        for name in AWS_READS:
            if not self._harvest.was_read(name):
                self._harvest.fail(name, failure)
