"""Times as Kubernetes writes them."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)
"""The time of a snapshot in which nothing tells one."""


def timestamp(time: datetime) -> str:
    """A time as Kubernetes writes it: RFC 3339, UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str | None) -> datetime | None:
    """The time that an RFC 3339 text names, in UTC; None where it names none.

    Also none in the first and the last year of the calendar, near which nothing can be
    reckoned: Go's zero time is no time.
    """
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if MINYEAR < time.year < MAXYEAR else None
