"""Times that are none, or that nothing can be reckoned from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.model.clock import parse_time


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "soon",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_these_are_no_times(text: str | None) -> None:
    assert parse_time(text) is None


def test_every_time_is_in_utc() -> None:
    assert parse_time("2026-11-20T09:30:00+02:00") == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert parse_time("2026-11-20T09:30:00") == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_has_room_for_a_day_before_and_after(time: datetime) -> None:
    found = parse_time(time.isoformat())
    assert found is None or found - timedelta(days=1) < found < found + timedelta(days=1)
