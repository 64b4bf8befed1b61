"""Holidays close a clinic from midnight to midnight on its own clock, in both hemispheres, and can be worked."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from practice import Practice, open_practice
from pydantic import ValidationError

from clinic.holiday import HolidayRules, OwnHoliday, regions
from clinic.opening import due_at
from clinic.opening_hours import OpeningHours
from clinic.place import Clinic
from clinic.rule import check_rule
from clinic.wall_clock import days_from

HOUR = timedelta(hours=1)


def clinic(zone: str, **rules: object) -> Clinic:
    return Clinic(
        tenant_id="t", name="C", address="A", zone=zone, currency="EUR", holidays=HolidayRules.model_validate(rules)
    )


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "name"),
    [
        ("IN", "MH", date(2027, 5, 1), "Maharashtra Day"),
        ("DE", "BY", date(2027, 1, 6), "Epiphany"),
        ("AU", "NSW", date(2027, 1, 26), "Australia Day"),
        ("NZ", "", date(2027, 2, 6), "Waitangi Day"),
        ("GB", "SCT", date(2027, 11, 30), "Saint Andrew's Day"),
        ("CL", "", date(2027, 9, 18), "Independence Day"),
    ],
)
def test_a_region_has_its_own_days(country: str, subdivision: str, day: date, name: str) -> None:
    rules = HolidayRules(country=country, subdivision=subdivision)
    [found] = [each for each in rules.of_year(day.year) if each.date == day]
    assert (found.name, found.public, found.worked) == (name, True, False)
    assert rules.closes(day)


def test_without_a_country_only_its_own_days_count() -> None:
    rules = HolidayRules(own=[OwnHoliday(date=date(2027, 3, 1), name="Founding day")])
    assert [(each.date, each.name, each.public) for each in rules.of_year(2027)] == [
        (date(2027, 3, 1), "Founding day", False)
    ]
    assert rules.of_year(2028) == []
    assert not rules.closes(date(2027, 12, 25))


def test_a_single_holiday_can_be_worked() -> None:
    rules = HolidayRules(country="IN", subdivision="MH", worked=[date(2027, 5, 1)])
    [day] = [each for each in rules.of_year(2027) if each.date == date(2027, 5, 1)]
    assert day.worked
    assert not rules.closes(day.date)
    assert rules.closes(date(2027, 1, 26))


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"country": "XX"}, "not known"),
        ({"country": "india"}, "two capital letters"),
        ({"subdivision": "MH"}, "needs its country"),
        ({"country": "IN", "subdivision": "Bayern"}, "is one of AN, AP"),
    ],
)
def test_an_unknown_region_is_refused_with_what_to_write(rules: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        HolidayRules.model_validate(rules)


def test_many_regions_are_known() -> None:
    assert len(regions()) > 150
    assert "MH" in regions()["IN"]


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Berlin", date(2027, 3, 28), datetime(2027, 3, 27, 23, tzinfo=UTC), 23),  # the clock jumps ahead
        ("Europe/Berlin", date(2027, 10, 31), datetime(2027, 10, 30, 22, tzinfo=UTC), 25),  # and back
        ("Australia/Sydney", date(2027, 4, 4), datetime(2027, 4, 3, 13, tzinfo=UTC), 25),  # the other way round
        ("Australia/Sydney", date(2027, 10, 3), datetime(2027, 10, 2, 14, tzinfo=UTC), 23),
        ("America/Santiago", date(2027, 9, 5), datetime(2027, 9, 5, 4, tzinfo=UTC), 23),  # its midnight is skipped
        ("Asia/Kolkata", date(2027, 1, 26), datetime(2027, 1, 25, 18, 30, tzinfo=UTC), 24),
        ("Pacific/Kiritimati", date(2027, 1, 1), datetime(2026, 12, 31, 10, tzinfo=UTC), 24),
    ],
)
async def test_a_holiday_lasts_from_midnight_to_midnight(
    database: object, zone: str, day: date, start: datetime, hours: int
) -> None:
    [closed] = clinic(zone, own=[{"date": day}]).closed([day - timedelta(days=1), day])
    assert (closed.start, closed.length) == (start, hours * HOUR)


async def test_a_night_before_a_holiday_ends_at_midnight(database: object) -> None:
    place = clinic("Asia/Kolkata", own=[{"date": date(2027, 1, 26)}])
    assert [each.start for each in place.closed([date(2027, 1, 25)])] == [datetime(2027, 1, 25, 18, 30, tzinfo=UTC)]


async def test_a_day_that_a_zone_skipped_closes_nothing(database: object) -> None:
    day = date(2011, 12, 30)
    assert clinic("Pacific/Apia", own=[{"date": day}]).closed([day]) == []


async def test_holidays_close_what_can_be_booked(database: object) -> None:
    practice = await open_practice(holidays=HolidayRules(country="IN", subdivision="MH"))
    assert await offered(practice, date(2027, 1, 25), 3) == [date(2027, 1, 25), date(2027, 1, 27)]


async def test_extra_hours_hold_on_a_holiday(database: object) -> None:
    practice = await open_practice(holidays=HolidayRules(country="IN", subdivision="MH"))
    extra = datetime(2027, 1, 26, 4, tzinfo=UTC)
    await practice.close(extra, extra + 2 * HOUR, kind="extra_hours", clinic_id=practice.clinic.id)
    assert await offered(practice, date(2027, 1, 26), 1) == [date(2027, 1, 26)]


async def offered(practice: Practice, first: date, count: int) -> list[date]:
    """The days on which the doctor can be booked."""
    directory = await practice.directory()
    shifts = directory.hours(practice.doctors[0].id, practice.clinic.id, days_from(first, count))
    return [shift.time.start.date() for shift in shifts]


async def test_stated_opening_hours_are_told_less_the_holidays(database: object) -> None:
    stated = [
        OpeningHours(days=["MO", "TU"], hours=[("08:00", "12:00")]),
        OpeningHours(days=["MO"], hours=[("22:00", "02:00")]),
    ]
    rules = HolidayRules(country="IN", subdivision="MH")  # Tuesday 26 January is one
    practice = await open_practice(opening_hours=stated, holidays=rules)
    directory = await practice.directory()
    found = directory.opening(practice.clinic.id, days_from(date(2027, 1, 24), 7))
    kolkata = timedelta(hours=5, minutes=30)
    assert [(each.start + kolkata, each.end + kolkata) for each in found] == [
        (datetime(2027, 1, 25, 8, tzinfo=UTC), datetime(2027, 1, 25, 12, tzinfo=UTC)),
        (datetime(2027, 1, 25, 22, tzinfo=UTC), datetime(2027, 1, 26, tzinfo=UTC)),  # the night ends with the holiday
    ]
    sunday = datetime(2027, 1, 24, 6, tzinfo=UTC)
    assert due_at(directory, practice.clinic.id, sunday) == datetime(2027, 1, 25, 3, tzinfo=UTC)  # 08:30


async def test_without_stated_hours_the_doctors_tell(practice: Practice) -> None:
    directory = await practice.directory()
    [open_] = directory.opening(practice.clinic.id, [date(2027, 1, 25)])
    assert (open_.start, open_.length) == (datetime(2027, 1, 25, 3, 30, tzinfo=UTC), 4 * HOUR)


def test_the_rules_that_the_owners_page_shows_are_taken() -> None:
    page = (Path(__file__).parents[2] / "docs" / "owner.md").read_text()
    shown = re.findall(r"\| `(FREQ=[^`]+)` \|", page)
    assert len(shown) == 9
    for rule in shown:
        assert check_rule(rule, date(2027, 1, 4)) == rule
