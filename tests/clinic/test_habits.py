"""Which other time suits a patient: named rows, each a choice between two times."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.habits import WEIGHTS, Habits, Time, habits, ranked, trouble
from clinic.views import Slot

ZONE = "Asia/Kolkata"
MONDAY = datetime(2027, 1, 4, tzinfo=ZoneInfo(ZONE))


def at(when: str, doctor: str = "own", clinic: str = "here") -> Time:
    """ "+7 09:30": days after that Monday, and the time of day."""
    days, clock = when.split()
    hour, minute = map(int, clock.split(":"))
    start = MONDAY + timedelta(days=int(days), hours=hour, minutes=minute)
    return Time(Slot(start, start + timedelta(minutes=30), doctor), clinic, ZONE)


VISIT = at("0 09:30")
MONDAYS = habits([at("0 09:30"), at("-7 09:00"), at("-14 10:00")])
EVENINGS = habits([at("0 09:30"), at("-3 18:00"), at("-5 18:30"), at("-9 19:00")])


@pytest.mark.parametrize(
    ("rather", "than", "usual", "kept"),
    [
        pytest.param("+1 09:30", "+2 09:30", MONDAYS, [], id="sooner rather than later"),
        pytest.param("+1 09:30", "+1 12:30", MONDAYS, [], id="the hour that they had chosen"),
        pytest.param("+1 09:30", "+1 17:30", MONDAYS, [], id="in the morning, as always"),
        pytest.param("+1 18:00", "+1 14:00", EVENINGS, [], id="in the evening, as mostly"),
        pytest.param("+7 09:30", "+6 17:30", MONDAYS, [], id="on a Monday, as always"),
        pytest.param("0 09:30 other", "+7 09:30", MONDAYS, [], id="another doctor on the day itself, not a week later"),
        pytest.param("+1 09:30", "+1 09:30 other", MONDAYS, [], id="the own doctor, all else equal"),
        pytest.param("+3 09:30", "+1 17:00 other", MONDAYS, [], id="the own doctor, not a stranger's evening"),
        pytest.param("+5 09:30", "0 09:30 own there", MONDAYS, [], id="a week's patience rather than another clinic"),
        pytest.param("+2 09:30", "+1 10:00", MONDAYS, ["+1 09:30"], id="another day where one of that day is kept"),
        pytest.param("+1 09:30", "-1 09:30", MONDAYS, [], id="a day later rather than a day sooner"),
    ],
)  # fmt: skip
def test_what_suits_better(rather: str, than: str, usual: Habits, kept: list[str]) -> None:
    times = [_read(rather), _read(than)]
    for order in (times, times[::-1]):
        assert ranked(order, VISIT, usual, [at(each) for each in kept])[0] == times[0]


def _read(text: str) -> Time:
    days, clock, *more = text.split()
    return at(f"{days} {clock}", *more)


def test_the_visit_itself_is_no_trouble() -> None:
    assert trouble(VISIT, VISIT, habits([VISIT])) == 0


def test_without_a_past_nothing_is_a_habit() -> None:
    assert habits([]) == Habits({}, {})
    assert trouble(VISIT, VISIT, habits([])) == WEIGHTS["other_weekday"] + WEIGHTS["other_part"]


def test_of_equals_the_earliest() -> None:
    later, earlier = at("0 10:00"), at("0 09:00")
    assert ranked([later, earlier], VISIT, MONDAYS) == [earlier, later]


def test_a_habit_is_counted_on_the_clinics_own_calendar() -> None:
    late = Time(Slot(MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3), "own"), "here", ZONE)
    assert (late.weekday, late.part) == (0, "morning"), "it is still Sunday in UTC"


def test_the_page_for_owners_tells_the_same_weights() -> None:
    page = (Path(__file__).parents[2] / "docs" / "leave.md").read_text()
    for name, weight in WEIGHTS.items():
        assert f"| `{name}` | {weight:g} |" in page
