"""Booking, moving, cancelling: what is refused, what is repeated, what is remembered."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from practice import DAY, NINE, NOW, Practice, open_practice
from pymongo.errors import DuplicateKeyError

from clinic import booking, diary
from clinic.appointment import ALPHABET, Appointment
from clinic.availability import Start, Visit
from clinic.desk import FrontDesk
from clinic.doctor import Doctor
from clinic.errors import (
    ClinicError,
    NotChangeable,
    NotFound,
    SlotNotOffered,
    SlotTaken,
    TooFarAhead,
    TooManyBookings,
    TooSoon,
)
from clinic.record import new_id
from clinic.schedule import Schedule
from clinic.seats import take
from clinic.views import Sender

MINUTE = timedelta(minutes=1)


async def book(
    practice: Practice, start: datetime = NINE, request_id: str = "", staff: bool = False, **more: int
) -> Appointment:
    asker = practice.asker(request_id, staff)
    return await booking.book(await practice.directory(), practice.place(start, **more), practice.patient(), asker, NOW)


async def test_a_booking_says_everything(practice: Practice) -> None:
    booked = await book(practice, request_id="r")
    stored = await Appointment.of(practice.id).get(booked.id)
    assert stored.status == "booked"
    assert stored.cells == [f"20270104T{hour}#0" for hour in ("0330", "0335", "0340", "0345", "0350", "0355")]
    assert (stored.time.start, stored.time.end) == (NINE, NINE + 30 * MINUTE)
    assert [(entry.what, entry.by, entry.via, entry.at) for entry in stored.history] == [
        ("booked", "patient", "whatsapp", NOW)
    ]
    assert len(stored.reference) == 7
    assert set(stored.reference) <= {*ALPHABET, "-"}


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        pytest.param(NOW + 59 * MINUTE, TooSoon, id="too soon"),
        pytest.param(NOW - timedelta(days=1), TooSoon, id="yesterday"),
        pytest.param(NINE + timedelta(days=31), TooFarAhead, id="beyond the horizon"),
        pytest.param(NINE + 5 * MINUTE, SlotNotOffered, id="off the grid"),
        pytest.param(NINE + timedelta(seconds=1), SlotNotOffered, id="off the minute"),
        pytest.param(NINE + timedelta(hours=3, minutes=45), SlotNotOffered, id="reaching beyond the hours"),
        pytest.param(NINE + timedelta(hours=12), SlotNotOffered, id="outside the hours"),
    ],
)
async def test_refused_times(practice: Practice, start: datetime, refusal: type[ClinicError]) -> None:
    with pytest.raises(refusal):
        await book(practice, start)
    assert await Appointment.of(practice.id).count() == 0


async def test_exactly_the_notice_and_exactly_the_horizon(database: object) -> None:
    practice = await open_practice(notice_minutes=90)
    await book(practice, NOW + 90 * MINUTE)
    await book(practice, NOW + timedelta(days=29, minutes=90))


async def test_unknown_and_unfit(practice: Practice) -> None:
    directory, someone = await practice.directory(), practice.patient()
    for place in (replace(practice.place(NINE), clinic_id="?"), replace(practice.place(NINE), service_id="?")):
        with pytest.raises((NotFound, SlotNotOffered)):
            await booking.book(directory, place, someone, practice.asker(), NOW)
    other = Doctor(tenant_id=practice.id, name="Dr Elsewhere", service_ids=[practice.services[0].id])
    await practice.add(other)
    place = replace(practice.place(NINE), doctor_id=other.id)
    with pytest.raises(SlotNotOffered):
        await booking.book(await practice.directory(), place, someone, practice.asker(), NOW)


async def test_leave_is_not_offered(practice: Practice) -> None:
    await practice.close(NINE, NINE + 20 * MINUTE)
    with pytest.raises(SlotNotOffered):
        await book(practice)
    await book(practice, NINE + 30 * MINUTE)


async def test_overlap_is_refused_and_the_edge_is_not(database: object) -> None:
    practice = await open_practice(minutes=(30, 45))
    await book(practice, NINE + 30 * MINUTE)
    with pytest.raises(SlotTaken):
        await book(practice, NINE, service=1)
    await book(practice, NINE)
    await book(practice, NINE + 60 * MINUTE, service=1)


async def test_buffers_are_locked_too(database: object) -> None:
    practice = await open_practice(minutes=(15,), buffers=(5, 5))
    await book(practice, NINE)
    with pytest.raises(SlotTaken):
        await book(practice, NINE + 15 * MINUTE)
    await book(practice, NINE + 30 * MINUTE)


async def test_a_doctor_is_in_one_place_only(practice: Practice) -> None:
    """The index knows the doctor, not the place."""
    second = practice.clinic.model_copy(update={"id": new_id()})
    schedule = (await practice.directory()).schedules[0].model_copy(update={"id": new_id(), "clinic_id": second.id})
    await practice.add(second, schedule)
    await book(practice)
    place = booking.Place(second.id, practice.services[0].id, practice.doctors[0].id, NINE + 15 * MINUTE)
    with pytest.raises(SlotTaken):
        await booking.book(await practice.directory(), place, practice.patient(), practice.asker(), NOW)


async def test_capacity_and_the_seats_of_staff(database: object) -> None:
    practice = await open_practice(capacity=2, overbooking=1)
    for _ in range(2):
        await book(practice)
    with pytest.raises(SlotTaken):
        await book(practice)
    await book(practice, staff=True)
    with pytest.raises(SlotTaken):
        await book(practice, staff=True)
    await book(practice, NINE + 30 * MINUTE)


async def test_an_overbooked_visit_alone_fills_the_place_of_a_patient(database: object) -> None:
    practice = await open_practice(overbooking=1)
    first = await book(practice)
    await book(practice, staff=True)
    await booking.cancel(practice.id, first.id, 0, practice.asker(), NOW)
    with pytest.raises(SlotTaken):
        await book(practice)


async def test_seats_are_chosen_cell_by_cell(database: object) -> None:
    """Two visits on different seats leave one seat in every cell, but no seat that is free all along."""
    practice = await open_practice(minutes=(15, 30), capacity=2)
    a = await book(practice, NINE)
    await book(practice, NINE)
    await book(practice, NINE + 15 * MINUTE)
    await booking.cancel(practice.id, a.id, 0, practice.asker(), NOW)
    mixed = await book(practice, NINE, service=1)
    assert {cell[-1] for cell in mixed.cells or ()} == {"0", "1"}


@pytest.mark.parametrize("days", [0, 60])
async def test_a_shrunk_capacity_counts_whoever_sits_there(database: object, days: int) -> None:
    """Also beyond the horizon, where only staff book and the diary in memory knows nothing."""
    practice, start = await open_practice(capacity=2), NINE + timedelta(days=days)
    first = await book(practice, start, staff=True)
    await book(practice, start, staff=True)
    await booking.cancel(practice.id, first.id, 0, practice.asker(), NOW)
    await Schedule.of(practice.id).change_all({}, {"$set": {"capacity": 1}})
    await practice.add()
    await diary.diary_of(practice.id, practice.doctors[0].id, NOW)
    with pytest.raises(SlotTaken):
        await book(practice, start, staff=True)


async def test_staff_are_not_held_to_the_patients_rules(practice: Practice) -> None:
    someone, directory = practice.patient(), await practice.directory()
    starts = [NINE, NINE + timedelta(days=40), *(NINE + number * 30 * MINUTE for number in range(1, 4))]
    late = NINE - 5 * MINUTE
    for start in starts:
        await booking.book(directory, practice.place(start), someone, practice.asker(staff=True), late)


async def test_the_limit_of_open_bookings(practice: Practice) -> None:
    someone, directory = practice.patient(), await practice.directory()
    booked = [
        await booking.book(directory, practice.place(NINE + number * 30 * MINUTE), someone, practice.asker(), NOW)
        for number in range(3)
    ]
    fourth = practice.place(NINE + 120 * MINUTE)
    with pytest.raises(TooManyBookings):
        await booking.book(directory, fourth, someone, practice.asker(), NOW)
    await booking.cancel(practice.id, booked[0].id, 0, practice.asker(), NOW)
    await booking.book(directory, fourth, someone, practice.asker(), NOW)
    after_the_first = booked[1].start + MINUTE
    later = practice.place(NINE + 180 * MINUTE)
    await booking.book(directory, later, someone, practice.asker(), after_the_first)


async def test_asking_again_changes_nothing(practice: Practice) -> None:
    first = await book(practice, request_id="again")
    assert (await book(practice, request_id="again")).id == first.id
    assert await Appointment.of(practice.id).count() == 1


async def test_asking_again_after_the_notice_has_passed(practice: Practice) -> None:
    first = await book(practice, request_id="again")
    late = NINE + 10 * MINUTE
    again = await booking.book(
        await practice.directory(), practice.place(NINE), practice.patient(), practice.asker("again"), late
    )
    assert again.id == first.id


async def test_asking_again_after_it_was_cancelled(practice: Practice) -> None:
    first = await book(practice, request_id="again")
    await booking.cancel(practice.id, first.id, 0, practice.asker(), NOW)
    again = await book(practice, request_id="again")
    assert (again.id, again.status) == (first.id, "cancelled")


async def test_asking_again_at_the_limit_with_room_left(database: object) -> None:
    practice = await open_practice(capacity=2, limit=1)
    directory, someone = await practice.directory(), practice.patient()
    first = await booking.book(directory, practice.place(NINE), someone, practice.asker("again"), NOW)
    assert (await booking.book(directory, practice.place(NINE), someone, practice.asker("again"), NOW)).id == first.id


@pytest.mark.parametrize("capacity", [1, 3])
async def test_asking_twice_at_once(database: object, capacity: int) -> None:
    practice = await open_practice(capacity=capacity)
    booked = await asyncio.gather(*(book(practice, request_id="same") for _ in range(8)))
    assert len({each.id for each in booked}) == 1
    assert await Appointment.of(practice.id).count() == 1


async def test_a_reference_that_is_taken_is_drawn_again(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dice are the outside world: the second visit first draws what the first one has."""
    letters = iter("AAAAAAAAAAAACCCCCC")
    monkeypatch.setattr(secrets, "choice", lambda _: next(letters))
    assert (await book(practice)).reference == "AAA-AAA"
    assert (await book(practice, NINE + 30 * MINUTE)).reference == "CCC-CCC"


async def test_a_move_frees_the_old_time_in_the_same_write(practice: Practice) -> None:
    booked, directory = await book(practice), await practice.directory()
    later = practice.place(NINE + 15 * MINUTE)
    moved = await booking.move(directory, booked.id, 0, later, practice.asker("m"), NOW)
    assert (moved.start, moved.version, moved.start_version) == (NINE + 15 * MINUTE, 1, 1)
    assert (moved.reference, moved.link_key) == (booked.reference, booked.link_key)
    assert (moved.history[-1].what, moved.history[-1].was) == ("moved", NINE)
    again = await booking.move(directory, booked.id, 0, later, practice.asker("m"), NOW)
    assert again.version == 1
    with pytest.raises(SlotTaken):
        await book(practice, NINE + 30 * MINUTE)
    with pytest.raises(SlotTaken):
        await book(practice, NINE)
    await book(practice, NINE + 45 * MINUTE)


async def test_a_move_to_a_taken_time_leaves_everything_as_it_was(practice: Practice) -> None:
    booked = await book(practice)
    await book(practice, NINE + 30 * MINUTE)
    with pytest.raises(SlotTaken):
        await booking.move(
            await practice.directory(), booked.id, 0, practice.place(NINE + 30 * MINUTE), practice.asker(), NOW
        )
    assert await Appointment.of(practice.id).get(booked.id) == booked


async def test_a_move_to_another_doctor(database: object) -> None:
    practice = await open_practice(doctors=2)
    booked = await book(practice)
    await book(practice, doctor=1)
    directory = await practice.directory()
    with pytest.raises(SlotTaken):
        await booking.move(directory, booked.id, 0, practice.place(NINE, doctor=1), practice.asker(), NOW)
    there = practice.place(NINE + 30 * MINUTE, doctor=1)
    assert (await booking.move(directory, booked.id, 0, there, practice.asker(), NOW)).doctor_id == practice.doctors[
        1
    ].id
    await book(practice)


async def test_cancelling_frees_the_time_and_is_remembered(practice: Practice) -> None:
    booked = await book(practice)
    gone = await booking.cancel(practice.id, booked.id, 0, practice.asker("c"), NOW, "ill")
    assert (gone.status, gone.cells, gone.version) == ("cancelled", None, 1)
    assert (gone.history[-1].what, gone.history[-1].reason) == ("cancelled", "ill")
    assert (await booking.cancel(practice.id, booked.id, 0, practice.asker("c"), NOW)).version == 1
    await book(practice)


Change = Callable[..., Awaitable[Appointment]]


async def _move(practice: Practice, booked: Appointment, version: int, now: datetime, request: str = "") -> Appointment:
    place = practice.place(NINE + 60 * MINUTE)
    return await booking.move(await practice.directory(), booked.id, version, place, practice.asker(request), now)


async def _cancel(
    practice: Practice, booked: Appointment, version: int, now: datetime, request: str = ""
) -> Appointment:
    return await booking.cancel(practice.id, booked.id, version, practice.asker(request), now)


@pytest.mark.parametrize("change", [_move, _cancel])
async def test_what_was_changed_meanwhile_cannot_be_changed(practice: Practice, change: Change) -> None:
    booked = await book(practice)
    with pytest.raises(NotChangeable):
        await change(practice, booked, 7, NOW)
    with pytest.raises(NotChangeable):
        await change(practice, booked, 0, NINE)
    await booking.cancel(practice.id, booked.id, 0, practice.asker(), NOW)
    with pytest.raises(NotChangeable):
        await change(practice, booked, 1, NOW)


async def test_of_many_changes_at_once_one_wins(practice: Practice) -> None:
    booked = await book(practice)
    changes = [_move(practice, booked, 0, NOW), *(_cancel(practice, booked, 0, NOW) for _ in range(4))]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(result, Appointment) for result in results) == 1
    assert sum(isinstance(result, NotChangeable) for result in results) == 4
    assert len((await Appointment.of(practice.id).get(booked.id)).history) == 2


@pytest.mark.parametrize("change", [_move, _cancel])
async def test_the_same_change_twice_at_once_is_one(practice: Practice, change: Change) -> None:
    booked = await book(practice)
    results = await asyncio.gather(*(change(practice, booked, 0, NOW, "same") for _ in range(16)))
    assert {result.version for result in results} == {1}
    assert len((await Appointment.of(practice.id).get(booked.id)).history) == 2


async def test_another_tenants_visit_cannot_be_touched(practice: Practice) -> None:
    booked = await book(practice)
    other = await open_practice()
    with pytest.raises(NotFound):
        await booking.cancel(other.id, booked.id, 0, other.asker(), NOW)


async def test_the_diary_knows_own_bookings_at_once(practice: Practice) -> None:
    doctor = practice.doctors[0].id
    known = await diary.diary_of(practice.id, doctor, NOW)
    booked = await book(practice)
    assert await diary.diary_of(practice.id, doctor, NOW) is known
    assert sum(known.busy.values()) == len(booked.cells or ())
    await booking.cancel(practice.id, booked.id, 0, practice.asker(), NOW)
    assert not (await diary.diary_of(practice.id, doctor, NOW)).busy


async def test_an_old_diary_is_no_guarantee_and_needs_none(practice: Practice) -> None:
    """Another process has booked: the diary in memory says free, the index says no."""
    await diary.diary_of(practice.id, practice.doctors[0].id, NOW)
    theirs = Appointment(
        tenant_id=practice.id, request_id="theirs", clinic_id=practice.clinic.id, doctor_id=practice.doctors[0].id,
        service_id=practice.services[0].id, patient_id="p", start=NINE, end=NINE + 30 * MINUTE,
        cells=["20270104T0345#0"],
    )  # fmt: skip
    await Appointment.of(practice.id).insert(theirs)
    with pytest.raises(SlotTaken):
        await book(practice)
    free = await FrontDesk(practice.id, Sender("x")).slots(practice.wish(), NOW, DAY)
    assert free[0].start == NINE + 30 * MINUTE, "the loser sees what the winner took"
    await book(practice, NINE + 30 * MINUTE)


def refusal(field: str) -> DuplicateKeyError:
    return DuplicateKeyError("duplicate", 11000, {"keyPattern": {"tenant_id": 1, field: 1}})


@pytest.mark.parametrize(("field", "raised"), [("cells", SlotTaken), ("something else", DuplicateKeyError)])
async def test_seats_are_not_tried_for_ever(practice: Practice, field: str, raised: type[Exception]) -> None:
    room = booking.room_for(await practice.directory(), practice.place(NINE), practice.asker(), NOW)
    tries = 0

    async def refused(cells: list[str]) -> None:
        nonlocal tries
        tries += 1
        raise refusal(field)

    with pytest.raises(raised):
        await take(room, refused, NOW)
    assert tries == (7 if field == "cells" else 1)


async def test_a_diary_read_again_is_the_same_one_only_while_nobody_changed_it(practice: Practice) -> None:
    doctor = practice.doctors[0].id
    known = await diary.diary_of(practice.id, doctor, NOW)
    await book(practice)
    diary.forget(practice.id, doctor, NOW)
    assert not known.calm
    assert await diary.diary_of(practice.id, doctor, NOW) is known, "what was booked here was entered"
    assert known.calm, "nobody else has booked, so that it is read less often"
    theirs = Appointment(
        tenant_id=practice.id, request_id="theirs", clinic_id=practice.clinic.id, doctor_id=doctor,
        service_id=practice.services[0].id, patient_id="p", start=NINE + 60 * MINUTE, end=NINE + 90 * MINUTE,
        cells=["20270104T0445#0"],
    )  # fmt: skip
    await Appointment.of(practice.id).insert(theirs)
    diary.forget(practice.id, doctor, NOW)
    fresh = await diary.diary_of(practice.id, doctor, NOW)
    assert fresh is not known
    assert not fresh.calm
    assert sum(fresh.busy.values()) == sum(known.busy.values()) + 1
    await Appointment.of(practice.id).delete({"_id": theirs.id})
    diary.forget(practice.id, doctor, NOW)
    assert (await diary.diary_of(practice.id, doctor, NOW)).busy == known.busy


async def test_a_diary_keeps_few_lists_of_what_was_free() -> None:
    kept = diary.Diary(Counter(), range(10))
    visit = Visit(30)
    lists = [[Start(n, 1, 1)] for n in range(3 * diary.LISTS)]
    assert [kept.free(offered, visit) for offered in lists] == lists
    assert len(kept._free) <= diary.LISTS
