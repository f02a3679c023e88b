"""A read that failed, in words for a person and in the terms of coverage."""

from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.inert import inert

MAX_REASON = 300


class ReadFailureError(Exception):
    """One read failed for good; everything worth retrying has been retried.

    ``http_status`` is None where no answer came at all, or only part of one.
    """

    def __init__(
        self,
        reason: str,
        status: CoverageStatus = CoverageStatus.ERROR,
        http_status: int | None = None,
    ) -> None:
        self.reason = inert(" ".join(reason.split()))[:MAX_REASON]
        self.status = status
        self.http_status = http_status
        super().__init__(self.reason)

    def gap(self, source: str, place: str = "") -> Gap:
        """The failure as the gap it leaves in a source."""
        return Gap(source=source, reason=self.reason, status=self.status, place=inert(place))
