"""Free times as a conversation names, filters and spreads them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.views import Slot
from flows.slots import PARTS, Hours, around, during, parts, read_slot, slot_id, spread, within

INDIA, BERLIN = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin")


def slots(zone: ZoneInfo, *moments: str) -> list[Slot]:
    starts = [datetime.fromisoformat(moment).replace(tzinfo=zone).astimezone(UTC) for moment in moments]
    return [Slot(start, start + timedelta(minutes=15), "sharma") for start in starts]


@pytest.mark.parametrize("doctor", ["sharma", "65a1b2c3d4e5f60718293a4b", "with.dots"])
def test_a_slot_survives_its_name(doctor: str) -> None:
    [slot] = slots(INDIA, "2026-11-24T09:30")
    slot = Slot(slot.start, slot.end, doctor)
    assert read_slot(slot_id(slot)) == slot


def test_both_hours_of_an_autumn_night_keep_their_own_names() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    twice = [first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)]
    assert len({slot_id(Slot(start, start + timedelta(minutes=15), "x")) for start in twice}) == 2


@pytest.mark.parametrize(
    ("hours", "moment", "inside"),
    [
        ("12:00-17:00", "12:00", True),
        ("12:00-17:00", "17:00", False),
        ("17:00-", "23:59", True),
        ("-12:00", "00:00", True),
        ("-", "03:00", True),
    ],
)
def test_hours(hours: str, moment: str, inside: bool) -> None:
    assert (time.fromisoformat(moment) in Hours.read(hours)) is inside
    assert str(Hours.read(hours)) == hours


@pytest.mark.parametrize(("moment", "hours"), [("10:15", "08:15-12:16"), ("01:00", "00:00-03:01"), ("23:00", "21:00-")])
def test_around_stays_within_the_day(moment: str, hours: str) -> None:
    assert str(around(time.fromisoformat(moment))) == hours


def test_a_day_and_its_parts_are_those_of_the_clinic() -> None:
    found = slots(INDIA, "2026-11-24T00:15", "2026-11-24T11:59", "2026-11-24T12:00", "2026-11-24T17:00")
    assert parts(found, INDIA) == {"morning": 2, "afternoon": 1, "evening": 1}
    assert within(found, INDIA, date(2026, 11, 24), date(2026, 11, 24)) == found
    assert len(within(found, ZoneInfo("UTC"), date(2026, 11, 24), date(2026, 11, 24))) == 3
    assert during(found, INDIA, PARTS["evening"]) == found[-1:]


def test_the_first_times_are_spread_over_the_next_half_days() -> None:
    day = [f"2026-11-24T{hour:02}:{minute:02}" for hour in (9, 10, 17, 18) for minute in (0, 15, 30, 45)]
    next_day = [moment.replace("-24T", "-25T") for moment in day]
    shown = spread(slots(INDIA, *day, *next_day), INDIA, 8)
    hours = [slot.start.astimezone(INDIA).strftime("%d %H:%M") for slot in shown]
    assert hours == ["24 09:00", "24 09:15", "24 17:00", "24 17:15", "25 09:00", "25 09:15", "25 17:00", "25 17:15"]


@given(st.lists(st.integers(0, 400), unique=True, max_size=60), st.integers(1, 9))
def test_what_is_shown_does_not_hang_on_how_many_come_later(quarters: list[int], room: int) -> None:
    first = datetime(2026, 11, 24, 3, tzinfo=UTC)
    starts = [first + timedelta(minutes=15) * number for number in sorted(quarters)]
    free = [Slot(start, start + timedelta(minutes=15), "sharma") for start in starts]
    shown = spread(free, INDIA, room)
    halves = {(at.date(), (at.hour >= 12) + (at.hour >= 17)) for at in (each.start.astimezone(INDIA) for each in free)}
    each = max(2, -(-room // max(len(halves), 1)))
    seen: dict[tuple[date, int], int] = {}
    wanted = list[Slot]()
    for slot in free:
        at = slot.start.astimezone(INDIA)
        half = at.date(), (at.hour >= 12) + (at.hour >= 17)
        seen[half] = seen.get(half, 0) + 1
        wanted += [slot] if seen[half] <= each else []
    assert shown == wanted[:room]


def test_few_times_are_all_shown() -> None:
    found = slots(INDIA, "2026-11-24T09:00", "2026-11-24T09:15", "2026-11-24T09:30")
    assert spread(found, INDIA, 8) == found
    assert spread([], INDIA, 8) == []
