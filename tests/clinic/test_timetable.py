"""Which days a rule picks, and which rules are no schedule's."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.interval import Interval
from clinic.rule import check_rule
from clinic.timetable import Shift, Terms, Timetable, clock_minutes
from clinic.wall_clock import days_from, minutes

JANUARY = days_from(date(2027, 1, 1), 31)


def picked(rule: str, since: date = date(2026, 12, 1), until: date | None = None) -> list[int]:
    table = Timetable(rule, ((540, 600),), "Asia/Kolkata", since, until)
    return [shift.time.start.day for shift in table.shifts(JANUARY)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        pytest.param("FREQ=MONTHLY;BYDAY=2SA,4SA", [9, 23], id="every second and fourth Saturday"),
        pytest.param("FREQ=WEEKLY;BYDAY=MO", [4, 11, 18, 25], id="Mondays"),
        pytest.param("RRULE:FREQ=WEEKLY;BYDAY=MO;INTERVAL=2", [11, 25], id="every other Monday, with the prefix"),
        pytest.param("freq=monthly;bymonthday=-1", [31], id="the last of the month, in small letters"),
        pytest.param("FREQ=DAILY;UNTIL=20270103", [1, 2, 3], id="until a day"),
        pytest.param("FREQ=DAILY;UNTIL=20270103T235959Z", [1, 2, 3], id="until a moment"),
        pytest.param("FREQ=WEEKLY;BYDAY=MO;COUNT=6", [4, 11], id="counted from the beginning"),
        pytest.param("FREQ=DAILY;UNTIL=20261231", [], id="over"),
    ],
)
def test_days(rule: str, days: list[int]) -> None:
    assert picked(rule) == days


def test_validity() -> None:
    assert picked("FREQ=DAILY", since=date(2027, 1, 30)) == [30, 31]
    assert picked("FREQ=DAILY", until=date(2027, 1, 2)) == [1, 2]
    assert Timetable("FREQ=DAILY", ((540, 600),), "Asia/Kolkata", date(2027, 1, 1)).shifts([]) == []


@pytest.mark.parametrize(
    "rule",
    [
        "", "nonsense", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=9,10", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0",
        "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY\nEXDATE:20270101T000000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    ],
)  # fmt: skip
def test_refused_rules(rule: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        check_rule(rule, date(2026, 1, 1))


def test_a_rule_may_wait_for_its_first_day() -> None:
    assert check_rule(rule := "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", date(2028, 1, 1)) == rule


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("09:30", 570), ("24:00", 1440)])
def test_clock(text: str, minute: int) -> None:
    assert clock_minutes(text) == minute


@pytest.mark.parametrize("text", ["24:01", "9:60", "-1:00", "nine"])
def test_no_clock(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        clock_minutes(text)


def test_a_cut_shift_keeps_its_grid() -> None:
    nine = datetime(2027, 1, 4, 9, tzinfo=UTC)
    shift = Shift(Interval(nine, nine + timedelta(hours=2)), Terms(step=20), nine)
    (first, second) = shift.without([Interval(nine + timedelta(minutes=30), nine + timedelta(minutes=50))])
    assert [minute - minutes(nine) for minute in first.starts(20)] == [0]
    assert [minute - minutes(nine) for minute in second.starts(20)] == [60, 80, 100]
