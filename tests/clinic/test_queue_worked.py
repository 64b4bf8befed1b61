"""The queue as staff work it: called once, moved by the table, kept in order, followed by the visit."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from practice import DAY, NINE, Practice, open_practice
from waiting import MINUTE, Day

from clinic import queue, queue_day
from clinic.edited import Stale
from clinic.errors import NotFound
from clinic.queue import DoctorBusy, NobodyWaiting, ReasonMissing, SameDoctor
from clinic.queue_entry import QueueEntry
from clinic.queue_moves import MoveRefused
from clinic.record import new_id

HALF = timedelta(minutes=30)


@pytest_asyncio.fixture
async def day(practice: Practice) -> Day:
    return Day(practice)


async def test_numbers_follow_each_other_as_patients_come(day: Day) -> None:
    late = await day.booked(NINE + HALF)
    first = await day.booked(NINE)
    assert (await day.check_in(late)).token == 1
    assert (await day.check_in(first)).token == 2


async def test_the_next_is_whose_turn_it_is(day: Day) -> None:
    await day.came(NINE + HALF)
    first = await day.came(NINE)
    assert (await day.call_next()).id == first.id
    assert (await day.visit(first)).status == "checked-in"


async def test_two_clicks_at_once_call_one_patient(day: Day) -> None:
    for number in range(4):
        await day.came(NINE + number * HALF)
    now, doctor = day.later(), day.practice.doctors[0].id
    called = await asyncio.gather(
        *(queue.call_next(day.practice.id, doctor, [DAY], day.asker(), now) for _ in range(8))
    )
    assert len({entry.id for entry in called}) == 1
    assert [entry.status for entry in await day.entries()].count("called") == 1


async def test_a_click_a_moment_later_is_the_same_click_and_a_later_one_is_not(day: Day) -> None:
    await day.came(NINE)
    await day.came(NINE + HALF)
    doctor, now = day.practice.doctors[0].id, day.now
    ids = [
        (await queue.call_next(day.practice.id, doctor, [DAY], day.asker(), now + timedelta(seconds=wait))).id
        for wait in (0, 2, 10)
    ]
    assert ids[0] == ids[1] != ids[2]


async def test_one_request_calls_one_patient_however_often_and_late_it_comes(day: Day) -> None:
    await day.came(NINE)
    await day.came(NINE + HALF)
    first = await day.call_next(request_id="click")
    assert (await day.call_next(request_id="click")).id == first.id
    await day.press(first, "return")
    assert (await day.call_next(request_id="click")).status == "waiting"
    assert [entry.status for entry in await day.entries()] == ["waiting", "waiting"]


async def test_nobody_waits(day: Day) -> None:
    with pytest.raises(NobodyWaiting):
        await day.call_next()


async def test_what_may_not_be_seen_is_not_called(day: Day) -> None:
    await day.came(NINE)
    doctor = day.practice.doctors[0].id
    with pytest.raises(NobodyWaiting):
        await queue.call_next(day.practice.id, doctor, [DAY], day.asker(), day.now, {"clinic_id": {"$in": []}})


async def test_a_whole_visit(day: Day) -> None:
    entry = await day.came(NINE)
    entry = await day.call_next()
    entry = await day.press(entry, "start")
    entry = await day.press(entry, "finish")
    assert (await day.visit(entry)).status == "fulfilled"
    assert [each.what for each in entry.history] == ["checked_in", "call", "start", "finish"]
    assert entry.started_at is not None
    assert entry.finished_at == entry.started_at + MINUTE
    visit = await day.visit(entry)
    assert [each.what for each in visit.history] == ["booked", "checked_in", "fulfilled"]
    assert {each.by for each in visit.history} == {"staff:1"}


async def test_a_visit_that_was_not_over(day: Day) -> None:
    entry = await day.press(await day.press(await day.came(), "start"), "finish")
    entry = await day.press(entry, "reopen")
    assert (entry.status, entry.finished_at, (await day.visit(entry)).status) == ("with_doctor", None, "checked-in")
    other = await day.came(NINE + HALF)
    with pytest.raises(DoctorBusy):
        await day.press(other, "start")


async def test_finishing_again_completes_what_a_crash_left_out(day: Day) -> None:
    entry = await day.press(await day.came(), "start")
    done = await queue.move(entry, day.step("finish", request_id="crashed"))
    assert (await day.visit(done)).status == "checked-in"
    await day.press(done, "finish", request_id="crashed")
    assert (await day.visit(done)).status == "fulfilled"


async def test_one_patient_at_a_time_unless_staff_say_otherwise(day: Day) -> None:
    first, second, third = [await day.came(NINE + number * HALF) for number in range(3)]
    attempts = [queue.start(each, day.step("start")) for each in (first, second)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["DoctorBusy", "QueueEntry"]
    assert (await queue.start(third, day.step("start"), beside=True)).status == "with_doctor"


async def test_who_was_set_aside_keeps_the_place_and_who_missed_it_does_not(day: Day) -> None:
    first, second, third = [await day.came(NINE + number * 5 * MINUTE) for number in (0, 6, 12)]
    first = await day.press(first, "park")
    second = await day.press(await day.call_next(), "skip")
    day.now = NINE + 300 * MINUTE
    await day.press(first, "return")
    await day.press(second, "return")
    assert [(await day.call_next()).id for _ in range(3)] == [first.id, third.id, second.id]


async def test_a_missed_patient_can_be_called_again(day: Day) -> None:
    await day.came()
    missed = await day.press(await day.call_next(), "skip")
    assert (await day.press(missed, "recall")).status == "called"


async def test_another_order_with_a_reason_and_who_gave_it(day: Day) -> None:
    first, second, third = [await day.came(NINE + number * HALF) for number in range(3)]
    with pytest.raises(ReasonMissing):
        await queue.reorder(third, first.id, day.step("reorder"))
    moved = await queue.reorder(third, first.id, day.step("reorder", "in pain"))
    told = moved.history[-1]
    assert (told.what, told.reason, told.by) == ("reorder", "in pain", "staff:1")
    await queue.reorder(first, "", day.step("reorder", "at the laboratory"))
    assert [(await day.call_next()).id for _ in range(3)] == [third.id, second.id, first.id]
    stranger = new_id()
    with pytest.raises((NotFound, MoveRefused)):
        await queue.reorder(second, stranger, day.step("reorder", "why"))


async def test_priority_goes_first_with_a_reason(day: Day) -> None:
    await day.came(NINE)
    second = await day.came(NINE + HALF)
    with pytest.raises(ReasonMissing):
        await queue.prioritize(second, 2, day.step("priority"))
    second = await queue.prioritize(second, 2, day.step("priority", "chest pain"))
    assert second.history[-1].detail == "0 > 2"
    assert (await day.call_next()).id == second.id


async def test_to_another_doctor_with_a_number_of_theirs(database: object) -> None:
    practice = await open_practice(doctors=2)
    day = Day(practice)
    await day.came(NINE, doctor=1)
    entry = await day.came(NINE, doctor=0)
    other = await day.came(NINE + HALF, doctor=0)
    with pytest.raises(SameDoctor):
        await queue.transfer(await day.practice.directory(), entry, practice.doctors[0].id, day.step("transfer"))
    step = day.step("transfer", "a child", request_id="once")
    moved = await queue.transfer(await day.practice.directory(), entry, practice.doctors[1].id, step)
    again = await queue.transfer(await day.practice.directory(), moved, practice.doctors[1].id, step)
    assert (moved.doctor_id, moved.token, moved.place) == (practice.doctors[1].id, 2, entry.place)
    assert again == moved
    assert moved.history[-1].detail == f"{practice.doctors[0].id} > {practice.doctors[1].id}"
    assert (other.token, (await day.came(NINE + 2 * HALF, doctor=0)).token) == (2, 3), "a number is given once"


async def test_the_highest_number_is_not_given_again_after_its_holder_went_to_another_doctor(database: object) -> None:
    practice = await open_practice(doctors=2)
    day = Day(practice)
    await day.came(NINE)
    last = await day.came(NINE + HALF)
    await queue.transfer(await day.practice.directory(), last, practice.doctors[1].id, day.step("transfer", "sooner"))
    assert (await day.came(NINE + 2 * HALF)).token == 3


async def test_two_who_move_the_same_patient(day: Day) -> None:
    entry = await day.came()
    moves = [queue.move(entry, day.step(move, version=entry.version)) for move in ("park", "skip")]  # type: ignore[arg-type]
    results = await asyncio.gather(*moves, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["QueueEntry", "Stale"]
    stale = next(each for each in results if isinstance(each, Stale))
    assert stale.current.version == entry.version + 1


async def test_two_who_park_the_same_patient_without_looking(day: Day) -> None:
    entry = await day.came()
    results = await asyncio.gather(*(queue.move(entry, day.step("park")) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["MoveRefused", "QueueEntry"]


async def test_everybodys_place_and_wait(day: Day) -> None:
    inside, called, first, second = [await day.came(NINE + number * HALF) for number in range(4)]
    day.now = NINE
    await day.press(inside, "start")
    await day.call_next()
    gone = await day.came(NINE + 4 * HALF)
    await day.press(gone, "skip")
    shown = await queue_day.day_queue(await day.practice.directory(), [DAY], day.now)
    assert [place.row["_id"] for place in shown] == [inside.id, called.id, first.id, second.id, gone.id]
    assert [place.position for place in shown] == [None, None, 1, 2, None]
    waits = [place.wait for place in shown if place.wait]
    assert waits[0].optimistic < waits[0].pessimistic < waits[1].pessimistic
    assert waits[1].optimistic > waits[0].optimistic
    one = await queue_day.position(await day.practice.directory(), second, day.now)
    assert one is not None
    assert (one.position, one.wait) == (2, waits[1])


async def test_who_is_booked_for_before_and_not_here_counts_at_worst(day: Day) -> None:
    absent = await day.booked(NINE + HALF)
    await day.came(NINE + 2 * HALF)
    day.now = NINE + HALF

    async def wait() -> tuple[int, int]:
        (place,) = await queue_day.day_queue(await day.practice.directory(), [DAY], day.now)
        assert place.wait is not None
        return place.wait.optimistic, place.wait.pessimistic

    assert await wait() == (0, 42)
    day.now = absent.start + 31 * MINUTE
    assert await wait() == (0, 0)


async def test_before_the_hours_begin_the_time_until_then_is_added(day: Day) -> None:
    day.now = NINE - 60 * MINUTE
    await day.came(NINE)
    (place,) = await queue_day.day_queue(await day.practice.directory(), [DAY], day.now)
    assert place.wait is not None
    assert place.wait.optimistic == 60


NIGHTS = {
    # name: (zone, now, day)
    "the clinic's day, not UTC's": ("Asia/Kolkata", datetime(2027, 1, 4, 19, 0, tzinfo=UTC), "2027-01-05"),
    "the night the clock goes forward": ("Europe/Berlin", datetime(2027, 3, 27, 23, 30, tzinfo=UTC), "2027-03-28"),
    "the last hour of that day": ("Europe/Berlin", datetime(2027, 3, 28, 21, 30, tzinfo=UTC), "2027-03-28"),
    "the night the clock goes back": ("Europe/Berlin", datetime(2027, 10, 30, 22, 30, tzinfo=UTC), "2027-10-31"),
    "the last hour of a day of 25": ("Europe/Berlin", datetime(2027, 10, 31, 22, 30, tzinfo=UTC), "2027-10-31"),
}


@pytest.mark.parametrize("name", NIGHTS)
async def test_the_day_of_a_number_is_the_clinics_local_day(database: object, name: str) -> None:
    zone, now, expected = NIGHTS[name]
    practice = await open_practice(zone=zone, hours=(("00:00", "24:00"),), minutes=(15,), walk_ins_without_slot=True)
    day = Day(practice, now)
    entry = await day.walks_in()
    assert entry.day.isoformat() == expected
    visit = await day.visit(entry)
    assert visit.start >= now
    assert await QueueEntry.of(practice.id).count({"day": expected}) == 1
    assert queue_day.days_now(await practice.directory(), now) == [entry.day]


async def test_who_comes_back_to_a_doctor_has_their_own_number_again(database: object) -> None:
    practice = await open_practice(doctors=2)
    day, (first, second) = Day(practice), practice.doctors
    directory = await practice.directory()
    entry = await day.came(NINE)
    for doctor in (second, first, second, first):
        entry = await queue.transfer(directory, entry, doctor.id, day.step("transfer", "where they belong"))
    assert (entry.doctor_id, entry.token, len(entry.tokens)) == (first.id, 1, 2)
