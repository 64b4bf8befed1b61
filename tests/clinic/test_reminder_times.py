"""When reminders are due: rows around clock changes, midnight, quiet hours, holidays and late bookings."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.interval import Interval
from clinic.reminder import LATE, Rules, closed, plan
from clinic.wall_clock import instant

KOLKATA, BERLIN, NEW_YORK, CAIRO = "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Africa/Cairo"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(clock: str, zone: str) -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def planned(start: str, agreed: str, zone: str, **rules: object) -> list[str]:
    """The plan as the clinic's clock shows it."""
    agreed_at = at(agreed, zone) if agreed else LONG_AGO
    due = plan(at(start, zone), agreed_at, Rules(zone, **rules))  # type: ignore[arg-type]
    return [f"{each.step} {each.at.astimezone(ZoneInfo(zone)):%d %H:%M}" for each in due]


ROWS = {
    "an ordinary visit": ("2027-01-13T10:00", "", KOLKATA, ["24h 12 10:00", "2h 13 08:00"]),
    "the short one would wake: the evening before": ("2027-01-13T08:30", "", KOLKATA, ["24h 12 08:30", "2h 12 20:30"]),
    "quiet a moment longer only: after it": ("2027-01-13T09:30", "", KOLKATA, ["24h 12 09:30", "2h 13 08:00"]),
    "at midnight": ("2027-01-13T00:00", "", KOLKATA, ["24h 12 08:00", "2h 12 20:30"]),
    "after midnight": ("2027-01-13T00:30", "", KOLKATA, ["24h 12 08:00", "2h 12 20:30"]),
    "before midnight": ("2027-01-12T23:45", "", KOLKATA, ["24h 12 08:00", "2h 12 20:30"]),
    "booked within a day": ("2027-01-13T10:00", "2027-01-12T14:00", KOLKATA, ["2h 13 08:00"]),
    "booked just inside a day": ("2027-01-13T10:00", "2027-01-12T09:45", KOLKATA, ["2h 13 08:00"]),
    "booked within two hours: halfway": ("2027-01-13T15:00", "2027-01-13T14:00", KOLKATA, ["late 13 14:30"]),
    "booked ten minutes before": ("2027-01-13T15:00", "2027-01-13T14:50", KOLKATA, ["late 13 14:55"]),
    "booked at night for the morning": ("2027-01-13T09:00", "2027-01-12T23:00", KOLKATA, ["2h 13 08:00"]),
    "quiet until the visit": ("2027-01-13T07:00", "2027-01-12T23:00", KOLKATA, ["late 13 06:00"]),
    "booked in the evening for dawn": ("2027-01-13T06:00", "2027-01-12T20:45", KOLKATA, ["late 12 20:45"]),
    "as late as it can be": ("2027-01-13T15:00", "2027-01-13T15:00", KOLKATA, []),
    "of a visit that has begun": ("2027-01-13T15:00", "2027-01-13T15:10", KOLKATA, []),
    # 28 March 2027: 02:00 becomes 03:00 in Berlin; 31 October: 03:00 becomes 02:00
    "spring forward: same hour the day before": ("2027-03-28T10:00", "", BERLIN, ["24h 27 10:00", "2h 28 08:00"]),
    "two real hours on the spring night": ("2027-03-28T04:00", "", BERLIN, ["24h 27 08:00", "2h 27 20:30"]),
    "fall back: same hour the day before": ("2027-10-31T10:00", "", BERLIN, ["24h 30 10:00", "2h 31 08:00"]),
    # 14 March 2027 and 7 November 2027
    "spring in New York": ("2027-03-14T12:00", "", NEW_YORK, ["24h 13 12:00", "2h 14 10:00"]),
    "autumn in New York": ("2027-11-07T09:00", "", NEW_YORK, ["24h 06 09:00", "2h 07 08:00"]),
    # 30 April 2027: midnight becomes 01:00 in Cairo
    "a day that begins at one": ("2027-04-30T10:00", "", CAIRO, ["24h 29 10:00", "2h 30 08:00"]),
    "the day before has no such time": ("2027-05-01T00:15", "", CAIRO, ["24h 30 08:00", "2h 30 20:30"]),
}  # fmt: skip


@pytest.mark.parametrize(("start", "agreed", "zone", "expected"), ROWS.values(), ids=ROWS)
def test_rows(start: str, agreed: str, zone: str, expected: list[str]) -> None:
    assert planned(start, agreed, zone) == expected


AWAKE = {"quiet": (0, 0)}
RULES = {
    "nothing is quiet": (AWAKE, "2027-01-13T07:00", "", ["24h 12 07:00", "2h 13 05:00"]),
    "two real hours over the clock change": (
        AWAKE | {"hours": (2,)}, "2027-03-28T04:00", "", ["2h 28 01:00"],
    ),
    "a time that the clock skipped": (AWAKE | {"hours": (24,)}, "2027-03-29T02:30", "", ["24h 28 03:00"]),
    "quiet at noon": ({"quiet": (780, 900)}, "2027-01-13T14:00", "", ["24h 12 15:00", "2h 13 12:00"]),
    "many": ({"hours": (2, 72, 24, 24)}, "2027-01-13T10:00", "", ["72h 10 10:00", "24h 12 10:00", "2h 13 08:00"]),
    "none named": ({"hours": ()}, "2027-01-13T10:00", "", ["24h 12 10:00", "2h 13 08:00"]),
    "too close: the later one": ({"hours": (3, 2), "quiet": (0, 0)}, "2027-01-13T10:00", "",
                                 ["3h 13 07:00", "2h 13 08:00"]),
    "closer than an hour": ({"hours": (24, 2)}, "2027-01-13T08:00", "2027-01-12T07:40", ["2h 12 20:30"]),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "start", "agreed", "expected"), RULES.values(), ids=RULES)
def test_a_clinics_own_rules(rules: dict[str, object], start: str, agreed: str, expected: list[str]) -> None:
    assert planned(start, agreed, BERLIN, **rules) == expected


def holiday(*days: int) -> tuple[Interval, ...]:
    def midnight(day: int) -> datetime:
        return instant(date(2027, 1, day), 0, KOLKATA)

    return tuple(Interval(midnight(day), midnight(day + 1)) for day in days)


HOLIDAYS = {
    "the day before is a holiday: the evening before it": ((12,), ["24h 11 20:30", "2h 13 08:00"]),
    "a long weekend": ((9, 10, 11, 12), ["24h 08 20:30", "2h 13 08:00"]),
    "the visit's own day says nothing": ((13,), ["24h 12 10:00", "2h 13 08:00"]),
}


@pytest.mark.parametrize(("days", "expected"), HOLIDAYS.values(), ids=HOLIDAYS)
def test_holidays(days: tuple[int, ...], expected: list[str]) -> None:
    assert planned("2027-01-13T10:00", "", KOLKATA, holidays=holiday(*days)) == expected


def test_booked_on_the_holiday_itself() -> None:
    assert planned("2027-01-13T10:00", "2027-01-12T09:30", KOLKATA, holidays=holiday(12)) == ["2h 13 08:00"]


MINUTES = st.integers(0, 40 * 24 * 60)
FIRST = datetime(2027, 3, 1, tzinfo=UTC)


@given(
    booked=MINUTES,
    ahead=st.integers(1, 30 * 24 * 60),
    hours=st.lists(st.integers(1, 96), max_size=4),
    quiet=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    days=st.sets(st.integers(1, 27), max_size=5),
    zone=st.sampled_from([KOLKATA, BERLIN, NEW_YORK, CAIRO]),
)
def test_never_none_never_late_never_disturbing(
    booked: int, ahead: int, hours: list[int], quiet: tuple[int, int], days: set[int], zone: str
) -> None:
    agreed_at = FIRST + timedelta(minutes=booked)
    start = agreed_at + timedelta(minutes=ahead)
    away = tuple(
        Interval(instant(date(2027, 4, day), 0, zone), instant(date(2027, 4, day + 1), 0, zone)) for day in days
    )
    rules = Rules(zone, tuple(hours), quiet, away)
    due = plan(start, agreed_at, rules)
    shut = closed(start, agreed_at, rules)
    assert due, "never none"
    assert all(agreed_at <= each.at < start for each in due), "never after the start"
    assert [each.at for each in due] == sorted({each.at for each in due})
    assert len({each.step for each in due}) == len(due)
    if not any(each.covers(Interval(agreed_at, start)) for each in shut):
        assert not any(each.at in night for each in due for night in shut), "never in quiet hours"
    assert all(each.step != LATE for each in due) or len(due) == 1
