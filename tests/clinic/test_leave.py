"""A doctor's leave: whom it hits is offered other times, chosen in one write; nobody loses a visit, no time is given
twice, and the silent are called, once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from leave_world import AWAY, DAY, HALF_HOUR, HOUR, Ward, ward
from practice import NOW

from clinic import alternative, booking, leave, leave_round
from clinic.alternative import kept_for
from clinic.appointment import Appointment
from clinic.booking import Asker, compare_and_set
from clinic.errors import (
    AlternativeGone,
    ClinicError,
    DoctorBack,
    Impossible,
    NotChangeable,
    NotFound,
    SlotTaken,
)
from clinic.exception import ScheduleException
from clinic.leave import Leave, share
from clinic.leave_answer import call_me
from clinic.leave_visit import LeaveVisit
from clinic.notification import Notification
from clinic.views import Slot

LATE = NOW + 25 * HOUR  # nothing is kept so long


@pytest.fixture
async def hit(database: object) -> Ward:
    """Two visits on the morning of the leave, and one on the day after."""
    room = await ward()
    for start in (room.at(2), room.at(1), room.at(0, days=1)):
        await room.book(start)
    return room


async def test_whom_it_hits_is_listed_and_offered_three_times_that_are_kept(hit: Ward) -> None:
    made = await hit.leave()
    assert await hit.standing(made) == ["found", "found"]
    due = await hit.step()
    assert await hit.standing(made) == ["offered", "offered"]
    assert sorted(due) == sorted(each.id for each in await hit.letters())
    for visit in hit.visits[:2]:
        kept = await hit.kept(visit)
        assert [alternative.number_of(each) for each in kept] == [1, 2, 3]
        assert {each.patient_id for each in kept} == {visit.patient_id}
        assert len({each.start.date() for each in kept}) > 1, "not three of one day"
        place = hit.practice.place(kept[0].start, doctor=_doctor(hit, kept[0]))
        directory = await hit.practice.directory()
        with pytest.raises(SlotTaken):
            await booking.book(directory, place, hit.practice.patient(), hit.practice.asker(), NOW)
    assert (await hit.kept(hit.visits[0]))[0].start == hit.at(2), "the same time of that day, with the other doctor"


def _doctor(room: Ward, visit: Appointment) -> int:
    return [each.id for each in room.practice.doctors].index(visit.doctor_id)


async def test_however_often_it_is_looked_at_and_by_however_many(hit: Ward) -> None:
    made = await hit.leave()
    await asyncio.gather(*(hit.step() for _ in range(4)))
    await hit.step()
    assert len(await hit.letters()) == 2
    assert [len(await hit.kept(visit)) for visit in hit.visits] == [3, 3, 0]
    assert len(await hit.found(made)) == 2
    assert Counter(await hit.seats()).most_common(1)[0][1] == 1


async def test_a_tap_moves_the_visit_and_frees_the_other_times(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    wanted = (await hit.kept(visit))[1]
    moved, _ = await hit.tap(visit, 2)
    assert moved.reference == visit.reference
    assert (moved.id, moved.status, moved.start, moved.replaces) == (wanted.id, "booked", wanted.start, visit.id)
    assert (moved.start_version, moved.history[-1].what, moved.history[-1].was) == (1, "moved", visit.start)
    old = await hit.now_is(visit)
    assert (old.status, old.replaced_by, old.cells) == ("cancelled", moved.id, None)
    assert await hit.kept(visit) == []
    assert await hit.standing(made) == ["offered", "moved"]
    counted = share(await hit.found(made))
    assert (counted.hit, counted.share) == (2, 0.5)
    kinds = {each.kind.split(":")[0] for each in await Notification.of(hit.id).find({"appointment_id": moved.id})}
    assert kinds == {"reminder"}, "the new start is reminded of; the chat has just confirmed it"
    assert all(each.status != "due" for each in await Notification.of(hit.id).find({"appointment_id": visit.id}))


async def test_the_visit_keeps_its_reference_whenever_a_process_dies(hit: Ward) -> None:
    await hit.leave()
    await hit.step()
    for visit in hit.visits[:2]:
        (kept, *_), asker = await hit.kept(visit), hit.practice.asker()
        assert await alternative.choose(kept, visit, asker, NOW)  # and died
        await hit.step()
        moved, old = await hit.now_is(kept), await hit.now_is(visit)
        assert (moved.reference, old.reference_given) == (visit.reference, visit.reference)
        assert old.reference != visit.reference
        await Appointment.of(hit.id).change({"_id": moved.id}, {"$set": {"reference": kept.reference}})  # or here
        assert await alternative.complete(await hit.now_is(kept), asker, NOW)
        assert (await hit.now_is(kept)).reference == visit.reference
        assert (await hit.now_is(visit)).reference == old.reference


async def test_a_repeated_message_finds_the_same_visit(hit: Ward) -> None:
    await hit.leave()
    await hit.step()
    first, _ = await hit.tap(hit.visits[0], 1, request_id="m1")
    again, _ = await hit.tap(hit.visits[0], 1, request_id="m1")
    assert again.id == first.id
    with pytest.raises(NotChangeable):
        await hit.tap(hit.visits[0], 1)


async def test_two_alternatives_tapped_at_once_are_one_visit(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    answers = await asyncio.gather(*(hit.tap(visit, number) for number in (1, 2, 3)), return_exceptions=True)
    moved = [each[0] for each in answers if not isinstance(each, BaseException)]
    assert len(moved) == 1
    assert all(isinstance(each, tuple | ClinicError) for each in answers)
    await hit.step()
    assert [each.id for each in await kept_for(hit.id, [visit.id])] == [moved[0].id]
    assert (await hit.now_is(visit)).replaced_by == moved[0].id
    assert "moved" in await hit.standing(made)


async def test_staff_move_the_visit_meanwhile(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    place, asker = hit.practice.place(hit.at(5, days=2)), hit.practice.asker(staff=True)
    await booking.move(await hit.practice.directory(), visit.id, visit.version, place, asker, NOW)
    with pytest.raises(NotChangeable):
        await hit.tap(visit, 1)
    assert await hit.standing(made) == ["offered", "moved"], "seen at once"
    await hit.step()
    assert await hit.kept(visit) == []
    assert share(await hit.found(made)).by_status == {"offered": 1, "moved": 1}


async def test_staff_and_the_tap_at_the_same_moment_leave_one_visit(hit: Ward) -> None:
    await hit.leave()
    await hit.step()
    directory = await hit.practice.directory()
    for number, visit in enumerate(hit.visits[:2]):
        place, asker = hit.practice.place(hit.at(5 + number, days=2)), hit.practice.asker(staff=True)
        await asyncio.gather(
            hit.tap(visit, 1), booking.move(directory, visit.id, visit.version, place, asker, NOW),
            return_exceptions=True,
        )  # fmt: skip
        await hit.step()
        mine = await Appointment.of(hit.id).find({"patient_id": visit.patient_id})
        assert len([each for each in mine if each.status == "booked"]) == 1
        assert [each for each in mine if each.status == "waitlist"] == []


async def test_killed_between_choosing_and_giving_up_the_old_visit(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    chosen = (await hit.kept(visit))[0]
    assert await alternative.choose(chosen, visit, Asker("m1", "patient", "whatsapp"), NOW)
    await hit.step()
    assert (await hit.now_is(visit)).replaced_by == chosen.id
    assert await hit.kept(visit) == []
    assert await hit.standing(made) == ["offered", "moved"]
    assert await Notification.of(hit.id).count({"appointment_id": chosen.id}) == 2, "both reminders"


async def test_and_staff_were_faster_then(hit: Ward) -> None:
    await hit.leave()
    await hit.step()
    visit = hit.visits[0]
    chosen = (await hit.kept(visit))[0]
    await alternative.choose(chosen, visit, Asker("m1", "patient", "whatsapp"), NOW)
    await booking.cancel(hit.id, visit.id, visit.version, hit.practice.asker(staff=True), NOW)
    await hit.step()
    assert await kept_for(hit.id, [visit.id]) == [], "freed: the visit is what staff have made of it"


async def test_killed_while_times_are_being_kept(hit: Ward) -> None:
    made = await hit.leave()
    directory = await hit.practice.directory()
    (case, *_) = [each.case for each in await hit.found(made)]
    visit = await Appointment.of(hit.id).get(case.appointment_id)
    search = await leave_round.search(directory, case, visit, NOW + 24 * HOUR, NOW)
    time = search.best("Asia/Kolkata")[0]
    await alternative.keep(directory, visit, alternative.alternative_id(case.id, 1), time, NOW + 24 * HOUR, NOW)
    await hit.step()
    assert len(await hit.kept(visit)) == 3


async def test_the_silent_become_cards_once_and_their_times_are_free(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    await hit.tap(hit.visits[1], 1)
    await asyncio.gather(*(hit.step(LATE) for _ in range(3)))
    await hit.step(LATE + HOUR)
    (card,) = await hit.cards()
    assert (card.reason, card.appointment_id) == ("leave_silent", hit.visits[0].id)
    assert card.due_at < hit.visits[0].start
    assert await hit.kept(hit.visits[0]) == []
    assert await hit.standing(made) == ["moved", "to_call"]
    with pytest.raises(AlternativeGone):
        await hit.tap(hit.visits[0], 1, LATE)


async def test_the_receptionist_who_calls_resolves_it(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    await hit.step(LATE)
    await booking.cancel(hit.id, visit.id, visit.version, hit.practice.asker(staff=True), LATE)
    assert await hit.standing(made) == ["to_call", "cancelled"]
    await hit.step(LATE)
    assert share(await hit.found(made)).share == 0.5


async def test_call_me_asks_for_a_call_at_once(hit: Ward) -> None:
    made, visit = await hit.leave(), hit.visits[0]
    await hit.step()
    assert await call_me(visit, NOW)
    assert [card.reason for card in await hit.cards()] == ["leave_asked"]
    assert await hit.standing(made) == ["offered", "to_call"]
    assert await hit.kept(visit) == []


async def test_scarce_times_are_shared_out_the_earliest_visit_first(database: object) -> None:
    room = await ward(doctors=1, horizon_days=9, minutes=(120,), step=120)
    for half_hour in (0, 4):
        await room.book(room.at(half_hour))
    others = [room.at(half_hour, days) for days in range(-7, 2) for half_hour in (0, 4) if days]
    for start in others[:-3]:
        await room.book(start)
    made = await room.leave()
    await room.step()
    assert [len(await room.kept(visit)) for visit in room.visits[:2]] == [2, 1]
    assert await room.standing(made) == ["offered", "offered"]


async def test_where_nothing_is_free_somebody_calls(database: object) -> None:
    room = await ward(doctors=1, horizon_days=7)
    await room.book(room.at(0))
    for days in range(-7, 0):
        for half_hour in range(8):
            await room.book(room.at(half_hour, days))
    made = await room.leave()
    await room.step()
    assert [card.reason for card in await room.cards()] == ["leave_no_times"]
    assert await room.standing(made) == ["to_call"]
    assert await room.letters() == []


async def test_who_cannot_be_written_to_is_called(database: object) -> None:
    room = await ward()
    await room.book(room.at(0), consent=False)
    await room.leave()
    assert await room.step() == []
    assert [card.reason for card in await room.cards()] == ["leave_no_chat"]


async def test_ill_today_there_is_still_half_of_the_time(database: object) -> None:
    room = await ward()
    soon, later = NOW + 30 * timedelta(minutes=1) + HOUR, NOW + 4 * HOUR + HALF_HOUR
    for start in (soon, later):
        await room.book(start)
    made = await room.leave(start=NOW, length=8 * HOUR)
    await room.step()
    (first, second) = await room.found(made)
    assert first.case.answer_by == NOW + 45 * timedelta(minutes=1)
    assert second.case.answer_by == NOW + 2 * HOUR + 15 * timedelta(minutes=1)
    assert all(each.start > first.case.answer_by for each in await room.kept(room.visits[0]))


async def test_a_withdrawn_leave_frees_all_and_tells_who_had_heard_of_it(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    moved, _ = await hit.tap(hit.visits[1], 1)
    await Notification.of(hit.id).change_all({"kind": {"$regex": "^leave_offer"}}, {"$set": {"status": "delivered"}})
    await hit.withdraw(made)
    due = await hit.step()
    assert await hit.standing(made) == ["moved", "kept"]
    assert await hit.kept(hit.visits[0]) == []
    (told,) = await hit.letters("leave_over")
    assert (due, told.appointment_id) == ([told.id], hit.visits[0].id)
    assert (await hit.now_is(hit.visits[0])).status == "booked"
    with pytest.raises(DoctorBack):
        await hit.tap(hit.visits[0], 1)
    assert (await hit.now_is(moved)).status == "booked", "who has moved, has moved"
    assert (await Leave.of(hit.id).get(made.id)).status == "withdrawn"
    assert await hit.step() == []


async def test_who_had_not_heard_of_it_is_told_nothing(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    await hit.withdraw(made)
    assert await hit.step() == []
    assert await hit.letters("leave_over") == []
    assert {each.status for each in await hit.letters()} == {"withdrawn"}


async def test_a_shortened_leave_keeps_whom_it_hits_no_more(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    await ScheduleException.of(hit.id).change({"_id": made.id}, {"$set": {"end": AWAY + HOUR}})
    await hit.step()
    assert await hit.standing(made) == ["offered", "kept"]


async def test_a_longer_leave_finds_more(hit: Ward) -> None:
    made = await hit.leave()
    await ScheduleException.of(hit.id).change({"_id": made.id}, {"$set": {"end": AWAY + DAY + HOUR}})
    await hit.step()
    assert await hit.standing(made) == ["offered"] * 3


async def test_of_two_leaves_one_sees_to_a_visit(hit: Ward) -> None:
    first = await hit.leave()
    facts = {"kind": "block", "doctor_id": hit.practice.doctors[0].id, "start": AWAY, "end": AWAY + 2 * HOUR}
    await hit.practice.add(other := ScheduleException(tenant_id=hit.id, **facts))
    second = await leave.begin(await hit.practice.directory(), other, "staff:1", NOW)
    await hit.step()
    assert (await hit.standing(first), await hit.standing(second)) == (["offered", "offered"], [])
    assert len(await hit.letters()) == 2


async def test_after_the_leave_it_is_over(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    await hit.step(AWAY + 5 * HOUR)
    assert (await Leave.of(hit.id).get(made.id)).status == "over"
    assert await LeaveVisit.of(hit.id).count({"open_for": {"$exists": True}}) == 0
    assert [await hit.kept(visit) for visit in hit.visits] == [[], [], []]


async def test_what_a_lost_worker_left_behind_is_freed_when_its_time_is_over(hit: Ward) -> None:
    made = await hit.leave()
    await hit.step()
    await Leave.of(hit.id).change({"_id": made.id}, {"$set": {"status": "over"}})
    await hit.step(LATE)
    assert await hit.kept(hit.visits[0]) == []


async def test_one_who_said_that_they_come_may_still_choose(hit: Ward) -> None:
    await hit.leave()
    await hit.step()
    visit, tap = hit.visits[0], hit.practice.asker()
    await compare_and_set(
        visit, {"$set": {"coming_at": NOW}, "$inc": {"version": 1}}, tap.change("confirmed", NOW), NOW
    )
    moved, _ = await hit.tap(visit, 1)
    assert (moved.status, moved.coming_at) == ("booked", None)


async def test_extra_hours_and_what_is_over_are_no_leave(hit: Ward) -> None:
    facts = {"doctor_id": hit.practice.doctors[0].id, "clinic_id": hit.practice.clinic.id, "tenant_id": hit.id}
    extra = ScheduleException(kind="extra_hours", start=AWAY, end=AWAY + HOUR, **facts)
    past = ScheduleException(kind="leave", start=NOW - DAY, end=NOW, **facts)
    for wrong in (extra, past):
        with pytest.raises(Impossible):
            await leave.begin(await hit.practice.directory(), wrong, "staff:1", NOW)


async def test_by_chat_the_visit_is_found_under_either_name(database: object) -> None:
    room = await ward()
    desk, patient = await room.practice.guest()
    slot = Slot(room.at(0), room.at(1), room.practice.doctors[0].id)
    visit = await desk.book("m1", patient.id, room.practice.wish(), slot, "en", NOW)
    made = await room.leave()
    await room.step()
    moved = await desk.take_alternative("m2", visit.id, 0, 1, NOW)
    assert (await desk.take_alternative("m2", visit.id, 0, 1, NOW)).id == moved.id, "the same message once more"
    assert moved.id != visit.id
    assert await desk.appointment(visit.id) == await desk.appointment(moved.id), "an old button shows how it stands"
    assert [each.id for each in await desk.appointments(NOW)] == [moved.id]
    stranger, _ = await room.practice.guest()
    with pytest.raises(NotFound):
        await stranger.take_alternative("m3", visit.id, 0, 2, NOW)
    assert await room.standing(made) == ["moved"]


async def test_call_me_by_chat_joins_one_card(database: object) -> None:
    room = await ward()
    desk, patient = await room.practice.guest()
    slot = Slot(room.at(0), room.at(1), room.practice.doctors[0].id)
    visit = await desk.book("m1", patient.id, room.practice.wish(), slot, "en", NOW)
    made = await room.leave()
    await room.step()
    await desk.call_back("m2", "doctor_away", "visit", {"visit": visit.id}, "en", NOW)
    (card,) = await room.cards()
    assert {each.reason for each in card.reasons} == {"doctor_away", "leave_asked"}
    assert await room.standing(made) == ["to_call"]
