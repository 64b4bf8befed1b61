"""Wall-clock hours in the nights when the clock is changed, and on ordinary days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.timetable import Timetable
from clinic.wall_clock import instant, local_day, minutes, moment

NEW_YORK, LONDON, SAO_PAULO, KOLKATA = "America/New_York", "Europe/London", "America/Sao_Paulo", "Asia/Kolkata"


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        pytest.param(
            NEW_YORK, "2026-03-07", "02:30", "2026-03-07T07:30", id="New York, the night before spring forward"
        ),
        pytest.param(NEW_YORK, "2026-03-08", "01:59", "2026-03-08T06:59", id="New York, last minute of winter time"),
        pytest.param(
            NEW_YORK, "2026-03-08", "02:00", "2026-03-08T07:00", id="New York, skipped: the moment of the jump"
        ),
        pytest.param(NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:00", id="New York, skipped too"),
        pytest.param(NEW_YORK, "2026-03-08", "03:00", "2026-03-08T07:00", id="New York, first minute of summer time"),
        pytest.param(NEW_YORK, "2026-03-08", "09:00", "2026-03-08T13:00", id="New York, opening on that day"),
        pytest.param(NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30", id="New York, shown twice: the first"),
        pytest.param(NEW_YORK, "2026-11-01", "02:00", "2026-11-01T07:00", id="New York, after both"),
        pytest.param(LONDON, "2026-03-29", "01:15", "2026-03-29T01:00", id="London, skipped"),
        pytest.param(LONDON, "2026-03-29", "02:00", "2026-03-29T01:00", id="London, first minute of summer time"),
        pytest.param(LONDON, "2026-10-25", "01:15", "2026-10-25T00:15", id="London, shown twice: the first"),
        pytest.param(LONDON, "2026-10-25", "02:00", "2026-10-25T02:00", id="London, after both"),
        pytest.param(SAO_PAULO, "2018-11-04", "00:00", "2018-11-04T03:00", id="Sao Paulo 2018, midnight is skipped"),
        pytest.param(SAO_PAULO, "2018-11-04", "00:30", "2018-11-04T03:00", id="Sao Paulo 2018, half past is skipped"),
        pytest.param(SAO_PAULO, "2018-11-04", "09:00", "2018-11-04T11:00", id="Sao Paulo 2018, opening on that day"),
        pytest.param(SAO_PAULO, "2018-02-17", "23:30", "2018-02-18T01:30", id="Sao Paulo 2018, shown twice: the first"),
        pytest.param(SAO_PAULO, "2018-02-18", "00:00", "2018-02-18T03:00", id="Sao Paulo 2018, midnight after both"),
        pytest.param(SAO_PAULO, "2026-11-01", "00:30", "2026-11-01T03:30", id="Sao Paulo today: no change any more"),
        pytest.param(KOLKATA, "2026-03-08", "02:30", "2026-03-07T21:00", id="Kolkata in spring: never a change"),
        pytest.param(KOLKATA, "2026-11-01", "01:30", "2026-10-31T20:00", id="Kolkata in autumn: never a change"),
        pytest.param("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30", id="Lord Howe, half an hour"),
        pytest.param("Pacific/Apia", "2011-12-30", "10:00", "2011-12-30T10:00", id="Apia, a whole day is skipped"),
    ],
)
def test_instant(zone: str, day: str, clock: str, utc: str) -> None:
    hour, minute = map(int, clock.split(":"))
    assert instant(date.fromisoformat(day), hour * 60 + minute, zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "length"),
    [
        pytest.param(NEW_YORK, "2026-03-08", (60, 240), 2, id="New York, 01:00 to 04:00 in spring"),
        pytest.param(NEW_YORK, "2026-11-01", (60, 240), 4, id="New York, 01:00 to 04:00 in autumn"),
        pytest.param(NEW_YORK, "2026-03-08", (120, 180), 0, id="New York, 02:00 to 03:00 in spring does not exist"),
        pytest.param(LONDON, "2026-03-28", (22 * 60, 6 * 60), 7, id="London, a night shift in spring"),
        pytest.param(LONDON, "2026-10-24", (22 * 60, 6 * 60), 9, id="London, a night shift in autumn"),
        pytest.param(SAO_PAULO, "2018-11-03", (20 * 60, 0), 4, id="Sao Paulo 2018, until the skipped midnight"),
        pytest.param(SAO_PAULO, "2018-02-17", (20 * 60, 24 * 60), 5, id="Sao Paulo 2018, 23:00 comes twice"),
        pytest.param(KOLKATA, "2026-03-08", (60, 240), 3, id="Kolkata, always the same"),
    ],
)
def test_length_of_hours(zone: str, day: str, hours: tuple[int, int], length: int) -> None:
    table = Timetable("FREQ=DAILY", (hours,), zone, date(2018, 1, 1))
    shifts = table.shifts([date.fromisoformat(day)])
    assert sum((shift.time.length for shift in shifts), timedelta()) == timedelta(hours=length)


@given(
    st.dates(date(2018, 1, 1), date(2027, 12, 31)),
    st.integers(0, 24 * 60 - 1),
    st.sampled_from([NEW_YORK, LONDON, SAO_PAULO, KOLKATA, "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_clock_shows_what_was_asked_or_what_follows_the_jump(day: date, minute: int, zone: str) -> None:
    shown = instant(day, minute, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    assert shown == wanted or (wanted < shown <= wanted + timedelta(hours=1) and shown.minute in (0, 30))


def test_minutes_and_back() -> None:
    now = datetime(2027, 1, 4, 3, 30, tzinfo=UTC)
    assert moment(minutes(now)) == now
    assert minutes(now + timedelta(seconds=59)) == minutes(now)
    assert local_day(datetime(2027, 1, 4, 19, tzinfo=UTC), KOLKATA) == date(2027, 1, 5)
