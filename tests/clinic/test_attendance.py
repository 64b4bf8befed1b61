"""Who came: check-in, walk-ins, no-shows, and each of them taken back; new patients registered once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from practice import DAY, NINE, NOW, Practice, open_practice
from waiting import MINUTE, Day

from clinic import attendance, booking, reception, walk_in
from clinic.appointment import Appointment
from clinic.attendance import DayIsOver, NotExpected, NotStarted, WithTheDoctor
from clinic.edited import Stale
from clinic.errors import NotChangeable, NotFound, SlotNotOffered, SlotTaken
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.queue import ReasonMissing
from clinic.queue_entry import QueueEntry
from clinic.reception import Elsewhere
from clinic.record import new_id
from clinic.registration import Newcomer
from clinic.walk_in import DayIsFull

HALF = timedelta(minutes=30)


@pytest_asyncio.fixture
async def day(practice: Practice) -> Day:
    return Day(practice)


async def present(visit: Appointment) -> Appointment:
    return await Appointment.of(visit.tenant_id).get(visit.id)


async def test_checking_in_twice_gives_one_number(day: Day) -> None:
    visit = await day.booked()
    entries = await asyncio.gather(*(day.check_in(visit) for _ in range(6)))
    assert {(entry.id, entry.token) for entry in entries} == {(entries[0].id, 1)}
    assert len(await day.entries()) == 1
    history = (await present(visit)).history
    assert [each.what for each in history] == ["booked", "checked_in"]


async def test_the_chat_arrives_and_the_desk_checks_in(day: Day) -> None:
    visit, directory = await day.booked(), await day.practice.directory()
    patient = replace(day.asker(), by="patient", staff=False)
    arrived, entry = await attendance.check_in(directory, visit, patient, day.now)
    assert arrived.status == "arrived"
    checked_in, again = await attendance.check_in(directory, arrived, day.asker(), day.now)
    assert (checked_in.status, again.id, again.token) == ("checked-in", entry.id, 1)


async def test_a_check_in_that_a_crash_left_without_a_number_is_completed(day: Day) -> None:
    visit = await day.booked()
    visit = await attendance.mark(visit, "check_in", day.asker("crashed"), day.now)
    assert (await day.check_in(visit)).token == 1


async def test_nobody_is_checked_in_for_a_day_that_is_over(day: Day) -> None:
    visit = await day.booked()
    day.now = NINE + timedelta(days=1)
    with pytest.raises(DayIsOver):
        await day.check_in(visit)


async def test_nobody_is_checked_in_for_a_visit_that_was_cancelled(day: Day) -> None:
    visit = await day.booked()
    await reception.cancel(visit, day.asker(), day.now)
    with pytest.raises(NotExpected):
        await day.check_in(await present(visit))


async def test_a_stale_version_is_told(day: Day) -> None:
    visit = await day.booked()
    with pytest.raises(Stale):
        await day.check_in(visit, version=visit.version + 1)
    with pytest.raises(Stale):
        await reception.cancel(visit, day.asker(), day.now, version=visit.version + 1)


async def test_a_no_show_counts_from_the_start_on_and_frees_nothing(day: Day) -> None:
    visit = await day.booked()
    with pytest.raises(NotStarted):
        await attendance.no_show(visit, day.asker(), NINE - MINUTE)
    gone = await attendance.no_show(visit, day.asker(), NINE)
    assert (gone.status, gone.cells) == ("noshow", visit.cells)
    back = await attendance.undo(gone, day.asker(), NINE)
    assert back.status == "booked"


async def test_who_comes_after_all_is_checked_in(day: Day) -> None:
    gone = await attendance.no_show(await day.booked(), day.asker(), NINE)
    assert (await day.check_in(gone)).token == 1


async def test_who_left_before_being_seen_is_out_of_the_queue(day: Day) -> None:
    entry = await day.press(await day.came(), "park")
    await attendance.no_show(await day.visit(entry), day.asker(), NINE)
    (entry,) = await day.entries()
    assert (entry.status, (await day.visit(entry)).status) == ("missed", "noshow")


async def test_who_is_with_the_doctor_did_come(day: Day) -> None:
    entry = await day.press(await day.came(), "start")
    with pytest.raises(WithTheDoctor):
        await attendance.no_show(await day.visit(entry), day.asker(), NINE)
    with pytest.raises(WithTheDoctor):
        await attendance.undo(await day.visit(entry), day.asker(), NINE)


async def test_a_check_in_by_mistake_is_taken_back_and_its_number_kept(day: Day) -> None:
    entry = await day.came()
    visit = await attendance.undo(await day.visit(entry), day.asker(), day.now)
    assert visit.status == "booked"
    assert [each.status for each in await day.entries()] == ["missed"]
    again = await day.check_in(visit)
    assert (again.id, again.token, again.status) == (entry.id, 1, "waiting")


async def test_after_a_mistake_and_a_move_the_number_is_one_of_the_new_day(day: Day) -> None:
    visit = await attendance.undo(await day.visit(await day.came()), day.asker(), day.now)
    tomorrow = NINE + timedelta(days=1)
    directory = await day.practice.directory()
    await day.came(tomorrow)
    moved = await reception.move(directory, visit, Elsewhere(tomorrow + HALF), day.asker(), day.now)
    entry = await day.check_in(moved.visit)
    assert (entry.day, entry.token, entry.planned_at) == (DAY + timedelta(days=1), 2, tomorrow + HALF)
    assert (await day.came(NINE + HALF)).token == 2, "its first number stays given"


async def test_a_walk_in_gets_the_next_seat_and_a_number(day: Day) -> None:
    await day.booked(NINE)
    day.now = NINE - MINUTE
    entry = await day.walks_in()
    visit = await day.visit(entry)
    assert (visit.start, visit.status, visit.via, entry.token) == (NINE + HALF, "checked-in", "whatsapp", 1)
    patient = await Patient.of(day.practice.id).get(entry.patient_id)
    assert patient.name == entry.patient_name == "Mrs. Meera Example"


async def test_a_walk_in_that_is_repeated_is_one(day: Day) -> None:
    directory, asker, who = await day.practice.directory(), day.asker("again"), Newcomer("Meera")
    found = [
        (await walk_in.walk_in(directory, day.wanted(priority=1, reason="old"), who, asker, day.now))[0]
        for _ in range(3)
    ]
    assert {(entry.id, entry.token, entry.priority) for entry in found} == {(found[0].id, 1, 1)}
    assert await Appointment.of(day.practice.id).count() == 1
    assert await Patient.of(day.practice.id).count() == 1


async def full(**more: Any) -> Day:
    """A practice whose only seat of the day is taken."""
    day = Day(await open_practice(hours=(("09:00", "09:30"),), **more))
    await day.booked(NINE)
    return day


async def test_on_a_full_day_a_walk_in_waits_without_a_seat(database: object) -> None:
    day = await full()
    entry = await day.walks_in(priority=2, reason="bleeding")
    assert (entry.appointment_id, entry.token, entry.priority) == (None, 1, 2)
    done = await day.press(await day.press(entry, "start"), "finish")
    assert done.status == "done"


async def test_where_the_clinic_does_not_want_that_nobody_is_taken_nor_registered(database: object) -> None:
    day = await full(walk_ins_without_slot=False)
    with pytest.raises(DayIsFull):
        await day.walks_in()
    assert await Patient.of(day.practice.id).count() == 0


async def test_a_seat_beyond_the_capacity_is_taken_only_where_somebody_says_so(database: object) -> None:
    day = await full(overbooking=1)
    assert (await day.walks_in()).appointment_id is None
    directory, asker = await day.practice.directory(), replace(day.asker(), overbook=True)
    _, visit = await walk_in.walk_in(directory, day.wanted(), Newcomer("Meera"), asker, day.now)
    assert visit is not None
    assert visit.start == NINE
    place, patient = day.practice.place(NINE), day.practice.patient()
    with pytest.raises(SlotTaken):
        await booking.book(directory, place, patient, replace(day.asker(), overbook=True), day.now)


async def test_who_hurries_says_why(day: Day) -> None:
    with pytest.raises(ReasonMissing):
        await day.walks_in(priority=1)


async def test_a_walk_in_needs_a_doctor_who_does_it(day: Day) -> None:
    directory, wanted = await day.practice.directory(), day.wanted()
    for wrong, refusal in (({"service_id": new_id()}, SlotNotOffered), ({"doctor_id": new_id()}, NotFound)):
        with pytest.raises(refusal):
            await walk_in.walk_in(directory, replace(wanted, **wrong), Newcomer("A"), day.asker(), day.now)


async def test_a_booking_that_is_refused_registers_nobody(day: Day) -> None:
    directory, place = await day.practice.directory(), day.practice.place(NINE)
    await day.booked(NINE)
    with pytest.raises(SlotTaken):
        await reception.book(directory, place, Newcomer("Meera"), day.asker(), NOW)
    assert await Patient.of(day.practice.id).count() == 0


async def test_a_new_patient_is_registered_once(day: Day) -> None:
    directory, place, asker = await day.practice.directory(), day.practice.place(NINE), day.asker("once")
    kept = [await reception.book(directory, place, Newcomer("Meera"), asker, NOW) for _ in range(3)]
    assert len({each.visit.id for each in kept}) == 1
    (patient,) = await Patient.of(day.practice.id).find()
    assert (patient.name, patient.id) == ("Meera", kept[0].visit.patient_id)


async def test_a_new_patients_number_is_kept_as_the_world_dials_it(database: object) -> None:
    day = Day(await open_practice(phone="+912255500001"))
    directory, who = await day.practice.directory(), Newcomer("Meera", "098200 12345")
    kept = await reception.book(directory, day.practice.place(NINE), who, day.asker(), NOW)
    assert (await Patient.of(day.practice.id).get(kept.visit.patient_id)).phones == ["+919820012345"]


async def test_for_a_patient_who_was_merged_the_other_record_is_booked(day: Day) -> None:
    directory, first = await day.practice.directory(), await day.walks_in()
    second = await day.walks_in()
    merged = {"$set": {"status": "merged", "merged_into": first.patient_id}}
    await Patient.of(day.practice.id).change({"_id": second.patient_id}, merged)
    place = day.practice.place(NINE + timedelta(days=1))
    kept = await reception.book(directory, place, second.patient_id, day.asker(), NOW)
    assert kept.visit.patient_id == first.patient_id


async def kinds(visit: Appointment, status: str) -> list[str]:
    found = await Notification.of(visit.tenant_id).find({"appointment_id": visit.id, "status": status}, [("kind", 1)])
    return [f"{each.kind} {each.start_version}" for each in found if "reminder" not in each.kind]


async def test_what_the_desk_books_moves_and_cancels_the_patient_is_told(practice: Practice) -> None:
    day, (_, patient) = Day(practice, NOW - timedelta(days=3)), await practice.guest()
    directory = await practice.directory()
    kept = await reception.book(directory, practice.place(NINE), patient.id, day.asker(), day.now)
    assert kept.due
    assert await kinds(kept.visit, "due") == ["confirmation 0"]
    moved = await reception.move(directory, kept.visit, Elsewhere(NINE + HALF), day.asker("move"), day.now)
    assert await kinds(kept.visit, "withdrawn") == ["confirmation 0"]
    assert await kinds(kept.visit, "due") == ["moved 1"]
    await reception.move(directory, kept.visit, Elsewhere(NINE + HALF), day.asker("move"), day.now)
    assert await kinds(kept.visit, "due") == ["moved 1"], "a repetition changes nothing"
    await reception.cancel(moved.visit, day.asker(), day.now, "the doctor is ill")
    assert await kinds(kept.visit, "due") == ["cancelled 1"]
    stored = await present(kept.visit)
    assert [(each.what, each.reason) for each in stored.history][1:] == [
        ("moved", ""), ("cancelled", "the doctor is ill"),
    ]  # fmt: skip


async def test_a_visit_that_has_begun_is_not_moved(day: Day) -> None:
    visit = await day.visit(await day.came())
    with pytest.raises(NotChangeable):
        await reception.move(await day.practice.directory(), visit, Elsewhere(NINE + HALF), day.asker(), day.now)


async def test_what_is_anothers_is_not_there(day: Day) -> None:
    other = await open_practice()
    stranger = await Day(other).came()
    directory = await day.practice.directory()
    with pytest.raises(NotFound):
        await reception.book(directory, day.practice.place(NINE), stranger.patient_id, day.asker(), NOW)
    with pytest.raises(NotFound):
        await QueueEntry.of(day.practice.id).get(stranger.id)
    assert await day.entries() == []
