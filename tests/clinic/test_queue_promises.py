"""What the queue causes is told once: through clicks, ticks and repetitions, to those who agreed to be contacted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from practice import DAY, NINE, NOW, Practice, open_practice
from waiting import MINUTE, Day

from clinic import doctor_delay, queue, queue_promises
from clinic.appointment import Appointment
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification
from clinic.place import Clinic
from clinic.queue_entry import QueueEntry
from clinic.record import new_id
from clinic.views import PatientView, Slot

HALF = timedelta(minutes=30)


@pytest_asyncio.fixture
async def day(practice: Practice) -> Day:
    return Day(practice)


@pytest_asyncio.fixture
async def woken(database: object) -> AsyncIterator[list[str]]:
    """The promises that workers were told of at once."""
    ids: list[str] = []
    queue_promises.connect(ids.append)
    yield ids
    queue_promises.connect(None)


async def booked(day: Day, start: datetime = NINE, **more: Any) -> tuple[Appointment, FrontDesk, PatientView]:
    """By chat, some days ago."""
    desk, patient = await day.practice.guest()
    slot = Slot(start, start + HALF, day.practice.doctors[more.get("doctor", 0)].id)
    wish = day.practice.wish(doctor=more.get("doctor", 0))
    made = await desk.book(new_id(), patient.id, wish, slot, "en", NOW - timedelta(days=3))
    return await Appointment.of(day.practice.id).get(made.id), desk, patient


async def came(day: Day, start: datetime = NINE) -> QueueEntry:
    return await day.check_in((await booked(day, start))[0])


async def told(day: Day, *kinds: str) -> list[tuple[str, str]]:
    """(kind without the doctor, status) of what the queue caused, in order."""
    rows = await Notification.of(day.practice.id).find(sort=[("_id", 1)])
    caused = [each for each in rows if each.purpose in {"leave_home", "you_are_next", "come_in", "late"}]
    return [(each.kind if each.purpose == "late" else each.purpose, each.status) for each in caused]


async def tick(day: Day, at: datetime) -> list[str]:
    return await queue_promises.advance_all(day.practice.id, at)


async def test_up_to_the_door(day: Day, woken: list[str]) -> None:
    first, second = await came(day), await came(day, NINE + HALF)
    day.now = NINE
    await day.call_next()
    assert await told(day) == [("come_in", "due")]
    first = await day.press(first, "start")
    assert await told(day) == [("come_in", "due")], "the next one has half an hour to wait"
    day.now = NINE + HALF
    await day.press(first, "finish")
    assert await told(day) == [("come_in", "due"), ("you_are_next", "due")]
    await day.call_next()
    await day.press(second, "start")
    assert [kind for kind, _ in await told(day)] == ["come_in", "you_are_next", "come_in"]
    assert len(woken) == len(set(woken)) == 3


async def test_however_often_the_queue_is_looked_at(day: Day) -> None:
    await came(day)
    await booked(day, NINE + HALF)
    day.now = NINE
    entry = await day.call_next()
    for minute in (0, 1, 2):
        await asyncio.gather(*(tick(day, day.now + minute * MINUTE) for _ in range(3)))
    await day.press(entry, "recall")
    assert sorted(await told(day)) == [("come_in", "due"), ("leave_home", "due")]
    [leave] = await Notification.of(day.practice.id).find({"kind": "leave_home"})
    assert leave.minutes == 30


async def test_who_stood_before_two_doors_is_called_to_both(database: object) -> None:
    day = Day(await open_practice(doctors=2))
    entry, other = await came(day), day.practice.doctors[1].id
    entry = await day.press(entry, "call")
    await queue.transfer(await day.practice.directory(), entry, other, day.step("transfer", "full"))
    day.now = NINE
    await day.call_next(doctor=1)
    kinds = [each.kind for each in await Notification.of(day.practice.id).find({"kind": {"$regex": "^come_in"}})]
    assert sorted(kinds) == sorted(f"come_in:{doctor.id}" for doctor in day.practice.doctors)


async def test_what_did_not_leave_before_the_queue_moved_on_is_told_when_it_is_so_again(day: Day) -> None:
    entry = await day.press(await came(day), "call")
    [promise] = await Notification.of(day.practice.id).find({"kind": {"$regex": "^come_in"}})
    visit = await day.visit(entry)
    assert not await queue_promises.moved_on(promise, visit, day.now)
    entry = await day.press(entry, "return")
    assert await queue_promises.moved_on(promise, visit, day.now)
    withdrawn = {"status": "withdrawn", "error": queue_promises.MOVED_ON}
    await Notification.of(day.practice.id).change({"_id": promise.id}, {"$set": withdrawn})
    await tick(day, day.now)
    assert (await Notification.of(day.practice.id).get(promise.id)).status == "withdrawn"
    await day.press(entry, "call")
    assert (await Notification.of(day.practice.id).get(promise.id)).status == "due"


async def test_who_is_next_only_as_long_as_nobody_goes_before(day: Day) -> None:
    first = await came(day)
    second = await came(day, NINE + HALF)
    day.now = NINE
    await tick(day, day.now)
    [promise] = await Notification.of(day.practice.id).find({"kind": {"$regex": "^you_are_next"}})
    visit = await day.visit(first)
    assert promise.appointment_id == visit.id
    assert not await queue_promises.moved_on(promise, visit, day.now)
    await queue.prioritize(second, 2, day.step("priority", "in pain"))
    assert await queue_promises.moved_on(promise, visit, day.now)


async def test_who_did_not_agree_is_told_nothing(day: Day) -> None:
    visit, desk, _ = await booked(day)
    await desk.record_consent("1", False, NOW)
    entry = await day.check_in(visit)
    await day.press(entry, "call")
    assert await told(day) == []
    await day.press(await day.walks_in(), "call")
    assert await told(day) == []


async def test_a_doctor_who_does_not_begin_runs_late_by_degrees(day: Day) -> None:
    visit, _, _ = await booked(day, NINE + 5 * HALF)
    for number in range(5):
        await came(day, NINE + number * HALF)
    assert await told(day) == []
    late = []
    for minutes in (20, 31, 40, 59, 61, 90):
        await tick(day, NINE + minutes * MINUTE)
        late.append([kind for kind, _ in await told(day) if kind.startswith("late")])
    assert late == [[], ["late:1"], ["late:1"], ["late:1"], ["late:1", "late:2"], ["late:1", "late:2"]]
    [first, second] = await Notification.of(day.practice.id).find({"kind": {"$regex": "^late"}}, sort=[("_id", 1)])
    assert (first.minutes, second.minutes, first.appointment_id) == (35, 65, visit.id)


async def test_staff_say_that_the_doctor_is_late(day: Day) -> None:
    near, far = await booked(day), await booked(day, NINE + 6 * HALF)
    directory = await day.practice.directory()
    doctor = day.practice.doctors[0].id
    now = NINE - 45 * MINUTE
    word = await doctor_delay.say_late(directory, doctor, day.practice.clinic.id, 40, "staff:1", now)
    assert word.ready_at == NINE + 40 * MINUTE, "from when the doctor should have begun"
    await queue_promises.follow(day.practice.id, doctor, DAY, now)
    ledger = await Notification.of(day.practice.id).find({"kind": "late:1"})
    assert [(each.appointment_id, each.minutes) for each in ledger] == [(near[0].id, 40)], "a gap takes it up"
    assert (await near[1].today(now))[0].late == 40
    assert (await far[1].today(now))[0].late == 0
    await doctor_delay.say_late(directory, doctor, day.practice.clinic.id, 0, "staff:1", now)
    assert (await near[1].today(now))[0].late == 0


async def test_the_word_of_staff_is_void_once_somebody_has_gone_in(day: Day) -> None:
    first = await came(day)
    _, desk, _ = await booked(day, NINE + HALF)
    directory, doctor = await day.practice.directory(), day.practice.doctors[0].id
    await doctor_delay.say_late(directory, doctor, day.practice.clinic.id, 90, "staff:1", NINE - HALF)
    waiting = await queue.entry_of(day.practice.id, first.appointment_id or "")
    assert waiting
    assert (await desk.today(NINE))[0].late == 90
    day.now = NINE
    await day.press(first, "start")
    assert (await desk.today(day.now))[0].late <= 5


@pytest.mark.parametrize(("halves", "kinds"), [(-14, []), (-5, ["leave_home"])])
async def test_who_is_at_home_sleeps_at_night(database: object, halves: int, kinds: list[str]) -> None:
    """At two, and at half past six in the morning."""
    practice = await open_practice(hours=(("02:00", "10:00"),))
    day, start = Day(practice), NINE + halves * HALF
    await booked(day, start)
    await tick(day, start - 20 * MINUTE)
    assert [kind for kind, _ in await told(day)] == kinds


async def test_a_clinic_may_switch_it_off(day: Day) -> None:
    quiet = {"leave_home_minutes": 0, "late_minutes": 0}
    await Clinic.of(day.practice.id).change({"_id": day.practice.clinic.id}, {"$set": quiet})
    DIRECTORIES.forget(day.practice.id)
    await booked(day)
    for minute in (-20, 5):
        await tick(day, NINE + minute * MINUTE)
    assert await told(day) == []


async def test_a_moved_visit_is_told_anew(day: Day) -> None:
    visit, desk, _ = await booked(day)
    await tick(day, NINE - 20 * MINUTE)
    later = NINE + 6 * HALF
    slot = Slot(later, later + HALF, day.practice.doctors[0].id)
    await desk.move(new_id(), visit.id, visit.version, day.practice.wish(doctor=0), slot, NINE - 100 * MINUTE)
    await tick(day, later - 20 * MINUTE)
    versions = [each.start_version for each in await Notification.of(day.practice.id).find({"kind": "leave_home"})]
    assert sorted(versions) == [0, 1]


async def test_a_fault_of_ours_does_not_undo_the_click(day: Day) -> None:
    queue_promises.connect(lambda _: 1 // 0)  # type: ignore[arg-type,return-value]
    try:
        entry = await day.press(await came(day), "call")
    finally:
        queue_promises.connect(None)
    assert entry.status == "called"
    assert await told(day) == [("come_in", "due")]
