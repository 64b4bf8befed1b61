"""By when somebody calls: half an hour of open time, over nights, week-ends, holidays and short shifts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from practice import open_practice

from clinic.desk import FrontDesk
from clinic.holiday import HolidayRules, OwnHoliday
from clinic.opening import CLOSED, calling, due_at
from clinic.opening_hours import OpeningHours
from clinic.views import Sender

ZONE = ZoneInfo("Asia/Kolkata")
WEEK = [
    OpeningHours(days=["MO", "TU", "WE", "TH", "FR"], hours=[("09:00", "13:00"), ("16:00", "18:00")]),
    OpeningHours(days=["SA"], hours=[("09:00", "09:20")]),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "due", "opens"),
    [
        ("2027-01-04 10:00", "2027-01-04 10:30", ""),  # a Monday
        ("2027-01-04 12:30", "2027-01-04 13:00", ""),
        ("2027-01-04 12:50", "2027-01-04 16:20", "2027-01-04 16:00"),  # ten minutes before the siesta
        ("2027-01-04 14:00", "2027-01-04 16:30", "2027-01-04 16:00"),
        ("2027-01-04 20:00", "2027-01-05 09:30", "2027-01-05 09:00"),
        ("2027-01-04 18:00", "2027-01-05 09:30", "2027-01-05 09:00"),  # closing time is closed
        ("2027-01-08 17:50", "2027-01-09 09:20", "2027-01-09 09:00"),  # Friday: ten minutes, and twenty on Saturday
        ("2027-01-08 17:55", "2027-01-11 09:05", "2027-01-11 09:00"),  # five, twenty, and five on Monday
        ("2027-01-09 12:00", "2027-01-11 09:30", "2027-01-11 09:00"),
        ("2027-01-12 20:00", "2027-01-14 09:30", "2027-01-14 09:00"),  # the 13th is a holiday of their own
    ],
)
async def test_half_an_hour_of_open_time(now: str, due: str, opens: str, database: object) -> None:
    rules = HolidayRules(own=[OwnHoliday(date=date(2027, 1, 13), name="Founding day")])
    practice = await open_practice(opening_hours=WEEK, holidays=rules)
    directory = await practice.directory()
    found = calling(directory, practice.clinic.id, at(now).astimezone(UTC))
    assert (found.due_at, found.opens_at) == (at(due), at(opens) if opens else None)
    assert due_at(directory, practice.clinic.id, at(now).astimezone(UTC)) == at(due)
    desk = FrontDesk(practice.id, Sender("u", "911"))
    local = await desk.calls_from(practice.clinic.id, at(now).astimezone(UTC))
    assert (local, local.utcoffset() if local else None) == (
        (at(opens), timedelta(hours=5, minutes=30)) if opens else (None, None)
    )


async def test_a_long_closure_is_looked_beyond(database: object) -> None:
    away = [OwnHoliday(date=date(2027, 1, 4) + timedelta(days=number), name="Holidays") for number in range(30)]
    practice = await open_practice(opening_hours=WEEK, holidays=HolidayRules(own=away))
    found = calling(await practice.directory(), practice.clinic.id, at("2027-01-04 10:00").astimezone(UTC))
    assert found.opens_at == at("2027-02-03 09:00")


async def test_where_no_hours_are_known_somebody_calls_within_a_day(database: Any) -> None:
    practice = await open_practice(opening_hours=[OpeningHours(days=["MO"], hours=[("09:00", "10:00")])])
    directory = await practice.directory()
    now = at("2027-01-05 10:00").astimezone(UTC)
    nowhere = directory.changed(clinics={})
    assert (calling(nowhere, "none", now).due_at, calling(nowhere, "none", now).opens_at) == (now + CLOSED, None)
    assert due_at(directory, "none", now) == at("2027-01-11 09:30"), "the first clinic's hours"
