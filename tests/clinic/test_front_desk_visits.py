"""What a chat sees of its household's visits and does about them: each once, no stranger's, promises following."""

import asyncio
from datetime import timedelta

import pytest
from practice import NINE, NOW, Practice, open_practice

from clinic.appointment import Appointment
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.errors import NotChangeable, NotFound, SlotTaken, TooLateToCancel, TooLateToMove
from clinic.feedback import Feedback
from clinic.notification import Notification
from clinic.patient import Contact, Patient
from clinic.record import new_id
from clinic.views import AppointmentView, PatientView, Sender, Slot

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def slot(practice: Practice, start: object = NINE, doctor: int = 0) -> Slot:
    return Slot(start, start + 30 * MINUTE, practice.doctors[doctor].id)  # type: ignore[operator, arg-type]


async def booked(
    practice: Practice, desk: FrontDesk, patient: PatientView, start: object = NINE + DAY
) -> AppointmentView:
    return await desk.book(new_id(), patient.id, practice.wish(doctor=0), slot(practice, start), "en", NOW)


async def household(practice: Practice) -> tuple[FrontDesk, FrontDesk, PatientView]:
    """Two chats, say of mother and father, behind which there is the same child."""
    first, child = await practice.guest("Child")
    second = FrontDesk(practice.id, Sender(new_id()))
    await second.record_consent("1", True, NOW)
    assert second.known
    contact = Contact(chat_id=second.known.chat.id, is_self=False).model_dump()
    await Patient.of(practice.id).change({"_id": child.id}, {"$push": {"contacts": contact}})
    return first, FrontDesk(practice.id, second.sender), child


async def promised(practice: Practice, visit: str) -> set[tuple[str, int, str]]:
    """(kind, version of the start, status), reminders by one name."""
    found = await Notification.of(practice.id).find({"appointment_id": visit})
    return {(each.kind.partition(":")[0], each.start_version, each.status) for each in found}


async def test_the_visits_ahead_come_first(practice: Practice) -> None:
    desk, patient = await practice.guest()
    early, late = await booked(practice, desk, patient), await booked(practice, desk, patient, NINE + 2 * DAY)
    gone = await booked(practice, desk, patient, NINE + 3 * DAY)
    await desk.cancel("c", gone.id, 0, "time", NOW)
    assert [visit.id for visit in await desk.appointments(NOW)] == [early.id, late.id]
    assert [visit.id for visit in await desk.appointments(NINE + DAY + 2 * HOUR)] == [late.id, early.id]
    assert await desk.appointment(gone.id) == await desk.cancel("c", gone.id, 0, "time", NOW)


async def test_nobody_who_is_unknown_has_visits(practice: Practice) -> None:
    assert await FrontDesk(practice.id, Sender(new_id())).appointments(NOW) == []


async def test_a_strangers_visit_does_not_exist(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    stranger, _ = await practice.guest("Bob")
    free = slot(practice, NINE + 2 * DAY)
    for attempt in (
        stranger.appointment(visit.id),
        stranger.cancel("x", visit.id, 0, "", NOW),
        stranger.move("x", visit.id, 0, practice.wish(doctor=0), free, NOW),
        stranger.confirm_coming("x", visit.id, 0, NOW),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await desk.appointment(visit.id)).version == 0


async def test_a_move_takes_its_promises_along(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    assert ("reminder", 0, "due") in await promised(practice, visit.id)
    moved = await desk.move("m", visit.id, 0, practice.wish(doctor=0), slot(practice, NINE + 5 * DAY), NOW)
    assert (moved.start, moved.start_version, moved.reference) == (NINE + 5 * DAY, 1, visit.reference)
    after = await promised(practice, visit.id)
    assert ("reminder", 1, "due") in after
    assert ("reminder", 0, "due") not in after
    assert await desk.move("m", visit.id, 0, practice.wish(doctor=0), slot(practice, NINE + 5 * DAY), NOW) == moved


async def test_a_cancelled_visit_is_promised_nothing(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    gone = await desk.cancel("c", visit.id, 0, "elsewhere", NOW)
    assert gone.status == "cancelled"
    assert {status for _, _, status in await promised(practice, visit.id)} == {"withdrawn"}
    stored = await Appointment.of(practice.id).get(visit.id)
    assert (stored.history[-1].reason, stored.history[-1].by) == ("elsewhere", "patient")
    assert [start.start for start in await desk.slots(practice.wish(doctor=0), NOW, (NINE + DAY).date(), 1)] == [
        NINE + DAY
    ]


async def test_a_time_that_is_taken_leaves_the_visit_where_it_was(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    other, bob = await practice.guest("Bob")
    await booked(practice, other, bob, NINE + 2 * DAY)
    with pytest.raises(SlotTaken):
        await desk.move("m", visit.id, 0, practice.wish(doctor=0), slot(practice, NINE + 2 * DAY), NOW)
    assert await desk.appointment(visit.id) == visit


async def test_coming_is_written_down_once_and_forgotten_with_a_move(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    coming = await desk.confirm_coming("k", visit.id, 0, NOW)
    assert coming.coming_at == NOW
    assert await desk.confirm_coming("k", visit.id, 0, NOW + HOUR) == coming
    assert await desk.confirm_coming("k2", visit.id, 0, NOW + HOUR) == coming
    moved = await desk.move("m", visit.id, 1, practice.wish(doctor=0), slot(practice, NINE + 2 * DAY), NOW)
    assert moved.coming_at is None
    with pytest.raises(NotChangeable):
        await desk.confirm_coming("k3", visit.id, 0, NOW)
    stored = await Appointment.of(practice.id).get(visit.id)
    assert [entry.what for entry in stored.history] == ["booked", "confirmed", "moved"]


async def test_after_the_start_nobody_says_that_they_will_come(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    with pytest.raises(NotChangeable):
        await desk.confirm_coming("k", visit.id, 0, visit.start)


async def test_the_clinics_limits(database: object) -> None:
    practice = await open_practice(cancel_limit_minutes=120, move_limit_minutes=60)
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    assert (visit.cancel_until, visit.move_until) == (visit.start - 2 * HOUR, visit.start - HOUR)
    DIRECTORIES.forget(practice.id)
    free = slot(practice, NINE + 2 * DAY)
    with pytest.raises(TooLateToCancel):
        await desk.cancel("c", visit.id, 0, "", visit.start - 119 * MINUTE)
    with pytest.raises(TooLateToMove):
        await desk.move("m", visit.id, 0, practice.wish(doctor=0), free, visit.start - 59 * MINUTE)
    assert (await desk.move("m2", visit.id, 0, practice.wish(doctor=0), free, visit.start - HOUR)).start == free.start


async def test_two_of_a_household_cancel_the_same_visit(practice: Practice) -> None:
    mother, father, child = await household(practice)
    visit = await booked(practice, mother, child)
    assert [each.id for each in await father.appointments(NOW)] == [visit.id]
    ends = await asyncio.gather(
        mother.cancel("a", visit.id, 0, "time", NOW), father.cancel("b", visit.id, 0, "other", NOW),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(end, AppointmentView) for end in ends) == 1
    assert sum(isinstance(end, NotChangeable) for end in ends) == 1
    stored = await Appointment.of(practice.id).get(visit.id)
    assert [entry.what for entry in stored.history] == ["booked", "cancelled"]


async def test_two_of_a_household_move_the_same_visit(practice: Practice) -> None:
    mother, father, child = await household(practice)
    visit = await booked(practice, mother, child)
    wish = practice.wish(doctor=0)
    ends = await asyncio.gather(
        *(
            desk.move(f"r{number}", visit.id, 0, wish, slot(practice, NINE + (2 + number) * DAY), NOW)
            for number, desk in enumerate((mother, father))
        ),
        return_exceptions=True,
    )
    won = [end for end in ends if isinstance(end, AppointmentView)]
    assert len(won) == 1
    assert sum(isinstance(end, NotChangeable) for end in ends) == 1
    stored = await Appointment.of(practice.id).get(visit.id)
    assert (stored.start, stored.start_version) == (won[0].start, 1)
    cells = [row["cells"] for row in await Appointment.of(practice.id).rows({}, fields=("cells",))]
    assert len(cells) == 1


async def test_one_moves_and_the_other_cancels(practice: Practice) -> None:
    mother, father, child = await household(practice)
    visit = await booked(practice, mother, child)
    ends = await asyncio.gather(
        mother.move("m", visit.id, 0, practice.wish(doctor=0), slot(practice, NINE + 2 * DAY), NOW),
        father.cancel("c", visit.id, 0, "", NOW),
        return_exceptions=True,
    )
    assert sum(isinstance(end, NotChangeable) for end in ends) == 1


async def test_who_booked_is_told_what_another_of_the_household_did(practice: Practice) -> None:
    mother, father, child = await household(practice)
    visit = await booked(practice, mother, child)
    await father.move("m", visit.id, 0, practice.wish(doctor=0), slot(practice, NINE + 2 * DAY), NOW)
    assert ("moved", 1, "due") in await promised(practice, visit.id)
    await father.cancel("c", visit.id, 1, "", NOW)
    assert ("cancelled", 1, "due") in await promised(practice, visit.id)


async def test_one_mark_for_each_visit(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visit = await booked(practice, desk, patient)
    with pytest.raises(NotChangeable):
        await desk.mark(visit.id, 5, NOW)
    await desk.mark(visit.id, 5, visit.end)
    await desk.add_words(visit.id, "Very kind. " * 200)
    await desk.mark(visit.id, 2, visit.end + HOUR)
    [kept] = await Feedback.of(practice.id).find({})
    assert (kept.appointment_id, kept.mark, kept.at) == (visit.id, 2, visit.end + HOUR)
    assert len(kept.words) == 1000
    stranger, _ = await practice.guest("Bob")
    with pytest.raises(NotFound):
        await stranger.mark(visit.id, 1, visit.end)
    with pytest.raises(NotFound):
        await stranger.add_words(visit.id, "Terrible")


async def test_what_one_message_told_together(practice: Practice) -> None:
    desk, patient = await practice.guest()
    visits = [await booked(practice, desk, patient, NINE + DAY + hours * HOUR) for hours in (0, 1)]
    reminders = await Notification.of(practice.id).find({"kind": "reminder:24h"})
    first, second = sorted(reminders, key=lambda each: each.appointment_id != visits[0].id)
    assert await desk.told_together(first.id) == [(visits[0].id, 0)]
    included = {"$set": {"included_in": first.id, "status": "included"}}
    await Notification.of(practice.id).change({"_id": second.id}, included)
    assert await desk.told_together(first.id) == [(visits[0].id, 0), (visits[1].id, 0)]
    stranger, _ = await practice.guest("Bob")
    assert await stranger.told_together(first.id) == []
    assert await desk.told_together("?") == []
