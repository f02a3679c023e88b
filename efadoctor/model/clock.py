"""Times as Kubernetes writes them."""

from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)
"""The time of a snapshot in which nothing tells one."""


def parse_time(text: str | None) -> datetime | None:
    """The time that an RFC 3339 text names, None where it names none."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
