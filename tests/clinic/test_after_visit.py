"""After the visit: who was seen is asked once how it was, who did not come gets one kind word, and nobody at night."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from practice import NINE, NOW, Practice, open_practice
from waiting import MINUTE, Day

from clinic import after_visit, attendance
from clinic.appointment import Appointment
from clinic.exception import ScheduleException
from clinic.notification import Notification
from clinic.record import new_id
from clinic.reminder import Rules, open_from
from clinic.views import Slot

HALF = timedelta(minutes=30)


@pytest_asyncio.fixture
async def day(practice: Practice) -> Day:
    return Day(practice)


async def booked(day: Day, start: datetime = NINE, *, consent: bool = True) -> Appointment:
    desk, patient = await day.practice.guest()
    slot = Slot(start, start + HALF, day.practice.doctors[0].id)
    made = await desk.book(new_id(), patient.id, day.practice.wish(doctor=0), slot, "en", NOW)
    if not consent:
        await desk.record_consent("2", False, NOW)
    return await Appointment.of(day.practice.id).get(made.id)


async def seen(day: Day, visit: Appointment) -> None:
    entry = await day.check_in(visit)
    await day.call_next()
    entry = await day.press(entry, "start")
    await attendance.finish(entry, day.step("finish"))


async def told(day: Day) -> list[Notification]:
    return await Notification.of(day.practice.id).find({"kind": {"$in": sorted(after_visit.AFTER)}})


async def missed(day: Day, visit: Appointment, after: timedelta = HALF) -> Appointment:
    day.now = visit.start + after
    return await attendance.no_show(visit, day.asker(), day.now)


async def test_who_was_seen_is_asked_how_it_was(day: Day) -> None:
    await seen(day, await booked(day))
    [promise] = await told(day)
    assert (promise.kind, promise.due_at) == ("satisfaction", day.now + after_visit.PAUSE)


async def test_who_did_not_come_gets_a_kind_word(day: Day) -> None:
    await missed(day, await booked(day))
    [promise] = await told(day)
    assert (promise.kind, promise.due_at) == ("no_show", day.now + after_visit.PAUSE)


async def test_nothing_without_consent(day: Day) -> None:
    await missed(day, await booked(day, consent=False))
    assert await after_visit.complete(day.practice.id, day.now) == []
    assert await told(day) == []


async def test_what_a_crash_left_out_is_completed_once(day: Day) -> None:
    await missed(day, await booked(day))
    await Notification.of(day.practice.id).delete({"kind": "no_show"})
    later = day.now + timedelta(hours=2)
    first, *others = await asyncio.gather(*(after_visit.complete(day.practice.id, later) for _ in range(4)))
    [promise] = await told(day)
    assert promise.due_at == later, "it is late, but not yet forgotten"
    assert promise.id in {*first, *(due for each in others for due in each)}
    assert await after_visit.complete(day.practice.id, later) == []


async def test_nobody_is_asked_days_later(day: Day) -> None:
    await missed(day, await booked(day))
    await Notification.of(day.practice.id).delete({"kind": "no_show"})
    await after_visit.complete(day.practice.id, day.now + after_visit.LOOKED_BACK + HALF)
    assert await told(day) == []


async def test_what_was_taken_back_is_not_wanted(day: Day) -> None:
    visit = await missed(day, await booked(day))
    [promise] = await told(day)
    assert not any(after_visit.unwanted(promise, visit).values())
    undone = await attendance.undo(visit, day.asker(), day.now + MINUTE)
    assert after_visit.unwanted(promise, undone) == {"taken_back": True}


async def test_at_night_and_on_the_holiday_after_it_waits(database: object) -> None:
    day = Day(await open_practice(hours=[("09:00", "22:00")]))
    evening = NINE + timedelta(hours=12)  # nine in the evening
    midnight = datetime(2027, 1, 4, 18, 30, tzinfo=UTC)
    holiday = {"kind": "holiday", "clinic_id": day.practice.clinic.id}
    await day.practice.add(
        ScheduleException(tenant_id=day.practice.id, start=midnight, end=midnight + timedelta(days=1), **holiday)
    )
    await missed(day, await booked(day, evening), MINUTE)
    [promise] = await told(day)
    assert promise.due_at == midnight + timedelta(days=1, hours=8)


RULES = Rules("Asia/Kolkata")
ROWS = {
    "by day": ("2027-01-04T10:00", "2027-01-04T10:00"),
    "just before": ("2027-01-04T20:59", "2027-01-04T20:59"),
    "in the evening": ("2027-01-04T21:00", "2027-01-05T08:00"),
    "after midnight": ("2027-01-05T00:30", "2027-01-05T08:00"),
}


@pytest.mark.parametrize("row", ROWS)
def test_open_from(row: str) -> None:
    at, expected = (datetime.fromisoformat(f"{each}+05:30") for each in ROWS[row])
    assert open_from(at, NINE, RULES) == expected


async def test_a_failure_here_never_undoes_the_mark(day: Day) -> None:
    visit = await booked(day)
    gone = visit.model_copy(update={"status": "noshow", "clinic_id": "no such clinic"})
    await after_visit.follow(gone, day.now)
    assert await told(day) == []
    assert (await missed(day, visit)).status == "noshow"
