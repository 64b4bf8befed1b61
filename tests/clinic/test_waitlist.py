"""The waitlist keeps its word: one at a time, nobody twice, in time, and never a time that is somebody else's."""

import asyncio
from datetime import timedelta

import pytest
from practice import DAY, NOW
from waitlist_world import HALF_HOUR, HOUR, WaitingRoom, waiting_room

from clinic import booking, held_slot
from clinic.appointment import Appointment
from clinic.booking import Asker, For
from clinic.chat import Chat
from clinic.errors import NotFound, OfferOver, SlotTaken, TooManyWaits
from clinic.exception import ScheduleException
from clinic.notification import Notification
from clinic.slot_offer import SlotOffer
from clinic.views import Slot, WaitTerms
from clinic.waitlist import MOST, Wait, suits
from clinic.waitlist_answer import accept, decline, leave, stop, unreachable
from clinic.waitlist_match import told_at
from clinic.wall_clock import MINUTE

TAP = Asker("tap", "patient", "whatsapp")


@pytest.fixture
async def room(database: object) -> WaitingRoom:
    return await waiting_room()


async def test_a_freed_slot_is_held_and_offered_to_who_waits_longest(room: WaitingRoom) -> None:
    first, _ = await room.wait(), await room.wait(NOW + MINUTE)
    assert await room.step() == []
    await room.free(3)
    (letter,) = await room.step()
    offer = await room.the_offer()
    assert (offer.patient_id, offer.start, offer.until) == (first.patient_id, room.at(3), NOW + 20 * MINUTE)
    (stored,) = await room.letters()
    assert (stored.id, stored.chat_id, stored.appointment_id) == (letter, first.chat_id, offer.hold_id)
    with pytest.raises(SlotTaken):
        await room.fill(3)


async def test_it_is_offered_to_nobody_else_and_only_once_however_often_it_is_looked_at(room: WaitingRoom) -> None:
    for minute in range(3):
        await room.wait(NOW + minute * MINUTE)
    await room.free(3)
    await asyncio.gather(*(room.step() for _ in range(5)))
    assert await room.step() == []
    assert len(await room.offers()) == len(await room.letters()) == len(await room.held()) == 1


async def test_yes_books_it(room: WaitingRoom) -> None:
    wait = await room.wait()
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    visit, due = await accept(room.id, offer.id, wait.chat_id, TAP, NOW)
    assert (visit.status, visit.start, visit.patient_id) == ("booked", room.at(3), wait.patient_id)
    assert visit.cells
    assert visit.offer_until is None
    assert await room.standing(wait) == "booked"
    kinds = {each.kind for each in await Notification.of(room.id).find({"appointment_id": visit.id})}
    assert kinds == {"offer", "confirmation", "reminder:2h"}
    assert len(due) == 1, "the confirmation"
    again, _ = await accept(room.id, offer.id, wait.chat_id, TAP, NOW + HOUR)
    assert again == visit, "a repeated tap finds the same visit"
    assert await room.step(NOW + HOUR) == []


async def test_no_passes_it_on_without_a_gap_and_not_back(room: WaitingRoom) -> None:
    first, second = await room.wait(), await room.wait(NOW + MINUTE)
    await room.free(3)
    await room.step()
    refused = await room.the_offer()
    (letter,) = await decline(room.id, refused.id, first.chat_id, NOW)
    offer = await room.the_offer()
    assert (offer.patient_id, offer.hold_id) == (second.patient_id, refused.hold_id), "the same hold, handed on"
    assert letter
    assert await decline(room.id, refused.id, first.chat_id, NOW) == [], "once"
    with pytest.raises(OfferOver):
        await accept(room.id, refused.id, first.chat_id, TAP, NOW)
    await decline(room.id, offer.id, second.chat_id, NOW)
    assert await room.held() == []
    assert await room.step() == [], "neither of them is asked again"
    await room.fill(3)
    assert (await room.standing(first), await room.standing(second)) == ("waiting", "waiting")


async def test_time_is_limited(room: WaitingRoom) -> None:
    first, second = await room.wait(), await room.wait(NOW + MINUTE)
    await room.free(3)
    await room.step()
    stale = await room.the_offer()
    assert await room.step(NOW + 19 * MINUTE) == []
    assert len(await room.step(NOW + 20 * MINUTE)) == 1
    assert (await room.the_offer()).patient_id == second.patient_id
    with pytest.raises(OfferOver):
        await accept(room.id, stale.id, first.chat_id, TAP, NOW + 21 * MINUTE)
    await room.step(NOW + 40 * MINUTE)
    assert await room.held() == []
    assert [each.status for each in await room.offers()] == ["expired", "expired"]


async def test_a_late_yes_counts_as_long_as_nobody_else_was_asked(room: WaitingRoom) -> None:
    wait = await room.wait()
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    visit, _ = await accept(room.id, offer.id, wait.chat_id, TAP, NOW + 25 * MINUTE)
    assert visit.status == "booked"


async def test_nobody_is_offered_two_slots_at_once(room: WaitingRoom) -> None:
    first, second = await room.wait(), await room.wait(NOW + MINUTE)
    for each in (3, 4, 5):
        await room.free(each)
    await room.step()
    offers = {each.patient_id: each.start for each in await room.offers(status="open")}
    assert offers == {first.patient_id: room.at(3), second.patient_id: room.at(4)}
    await room.wait(NOW + 2 * MINUTE, patient_id=first.patient_id, chat_id=first.chat_id)
    await room.step()
    assert len(await room.offers(status="open")) == 2, "also of a patient with two wishes"


async def test_not_within_the_cutoff(room: WaitingRoom) -> None:
    await room.wait()
    await room.free(3)
    assert await room.step(room.at(3) - 59 * MINUTE) == []
    assert await room.offers() == []
    assert len(await room.step(room.at(3) - 60 * MINUTE)) == 1


async def test_what_was_free_already_is_not_offered_until_it_is_freed_anew(database: object) -> None:
    room = await waiting_room()
    await room.free(3)
    await room.wait()
    assert await room.step() == []
    await room.fill(3)
    await room.step()
    await room.free(3)
    assert len(await room.step()) == 1


@pytest.mark.parametrize("what", ["leave withdrawn", "extra hours"])
async def test_any_new_time_counts(room: WaitingRoom, what: str) -> None:
    afternoon = (room.at(10), room.at(12))
    await room.wait()
    assert await room.step() == []
    doctor = room.practice.doctors[0].id
    if what == "extra hours":
        clinic_id = room.practice.clinic.id
        await room.practice.close(*afternoon, kind="extra_hours", doctor_id=doctor, clinic_id=clinic_id)
    else:
        await room.free(3)
        await room.practice.close(room.at(0), room.at(8))
        assert await room.step() == []
        await ScheduleException.of(room.id).delete({})
        await room.practice.add()
    assert len(await room.step()) == 1


async def test_a_leave_ends_what_is_offered_in_it(room: WaitingRoom) -> None:
    wait = await room.wait()
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    await room.practice.close(room.at(0), room.at(8))
    with pytest.raises(OfferOver):
        await accept(room.id, offer.id, wait.chat_id, TAP, NOW)
    await room.step()
    assert await room.held() == []
    assert (await room.offers())[0].status == "withdrawn"


async def test_who_has_no_consent_too_many_visits_or_one_at_that_time_is_passed_over(room: WaitingRoom) -> None:
    silent = await room.wait(consent=False)
    busy = await room.wait(NOW + MINUTE)
    directory = await room.practice.directory()
    await room.free(7)
    await booking.book(
        directory, room.practice.place(room.at(7)), For(busy.patient_id), room.practice.asker(staff=True), NOW
    )
    await room.practice.close(room.at(3), room.at(4), kind="extra_hours", clinic_id=room.practice.clinic.id, capacity=2)
    assert len(await room.step()) == 1, "busy may come at another time"
    assert (await room.the_offer()).patient_id == busy.patient_id
    assert await room.standing(silent) == "waiting"


async def test_leaving_and_stopping(room: WaitingRoom) -> None:
    first, second = await room.wait(), await room.wait(NOW + MINUTE)
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    await stop(room.id, offer.id, first.chat_id, NOW)
    assert await room.standing(first) == "withdrawn"
    assert (await room.the_offer()).patient_id == second.patient_id
    await leave(second, NOW)
    assert await room.held() == []
    assert [each.status for each in await room.offers()] == ["withdrawn", "withdrawn"]


async def test_whom_no_message_reaches_loses_no_time(room: WaitingRoom) -> None:
    await room.wait()
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    await unreachable(room.id, offer.hold_id, offer.hold_version, NOW)
    assert (await room.held(), (await room.offers())[0].status) == ([], "unreachable")
    assert await unreachable(room.id, offer.hold_id, offer.hold_version, NOW) == []


async def test_anothers_offer_is_not_mine(room: WaitingRoom) -> None:
    await room.wait()
    await room.free(3)
    await room.step()
    offer = await room.the_offer()
    for answer in (accept(room.id, offer.id, "x", TAP, NOW), decline(room.id, offer.id, "x", NOW)):
        with pytest.raises(NotFound):
            await answer


async def test_yes_and_expiry_at_once_are_one_or_the_other(room: WaitingRoom) -> None:
    for half_hour in range(3, 8):
        wait = await room.wait(NOW - half_hour * MINUTE, doctor_id=room.practice.doctors[0].id)
        await room.free(half_hour)
        await room.step()
        offer = await room.the_offer()
        answers = await asyncio.gather(
            accept(room.id, offer.id, wait.chat_id, TAP, NOW), room.step(offer.until), return_exceptions=True
        )
        booked = not isinstance(answers[0], OfferOver)
        stored = await Appointment.of(room.id).find_one({"_id": offer.hold_id})
        assert (stored is not None and stored.status == "booked") == booked
        await room.step(offer.until)
        assert (await SlotOffer.of(room.id).get(offer.id)).status == ("accepted" if booked else "expired")
        await leave(wait, NOW)


@pytest.mark.parametrize("answered", [True, False])
async def test_a_crash_between_hold_and_offer_is_made_good(room: WaitingRoom, answered: bool) -> None:
    wait = await room.wait()
    await room.free(3)
    directory = await room.practice.directory()
    held = await held_slot.hold(directory, wait, room.slot(3), NOW + 20 * MINUTE, NOW)
    assert held
    assert await room.offers() == []
    if answered:  # the process that died was just booking it
        await room.step()
        await held_slot.claim(held.id, room.id, held.version, TAP, NOW)
        await room.step()
        assert await room.standing(wait) == "booked"
        assert (await room.offers())[0].status == "accepted"
        assert await Notification.of(room.id).count({"kind": "confirmation"}) == 1
    else:
        assert len(await room.step()) == len(await room.offers()) == len(await room.letters()) == 1


async def test_a_crash_after_handing_on_is_made_good(room: WaitingRoom) -> None:
    _, second = await room.wait(), await room.wait(NOW + MINUTE)
    await room.free(3)
    await room.step()
    (held,) = await room.held()
    assert await held_slot.hand_on(await room.practice.directory(), held, second, NOW + HOUR, NOW)
    assert len(await room.step()) == 1
    assert sorted(each.status for each in await room.offers()) == ["expired", "open"]
    assert (await room.the_offer()).patient_id == second.patient_id


async def test_at_night_it_is_told_in_the_morning(database: object) -> None:
    room = await waiting_room(quiet_from="21:00", quiet_until="08:00")
    await room.wait()
    await room.free(6)
    assert await room.step() == [], "nothing now"
    offer, (letter,) = await room.the_offer(), await room.letters()
    eight = NOW + HALF_HOUR
    assert (letter.due_at, offer.until) == (eight, eight + 20 * MINUTE)
    assert told_at(room.practice.clinic, eight) == eight


async def test_a_wish_ends(room: WaitingRoom) -> None:
    wait = await room.wait()
    await room.step(wait.ends_at)
    assert await room.standing(wait) == "expired"


async def test_few_wishes_a_patient(room: WaitingRoom) -> None:
    first = await room.wait()
    for _ in range(MOST - 1):
        await room.wait(patient_id=first.patient_id)
    with pytest.raises(TooManyWaits):
        await room.wait(patient_id=first.patient_id)


async def test_another_service_gets_it_where_it_fits(database: object) -> None:
    """The next one's visit is longer than the gap: it is passed over; a shorter one's is not."""
    room = await waiting_room(minutes=(30, 45, 15))
    services = room.practice.services
    first = await room.wait()
    await room.wait(NOW + MINUTE, service_id=services[1].id)
    short = await room.wait(NOW + 2 * MINUTE, service_id=services[2].id)
    await room.free(3)
    await room.step()
    await decline(room.id, (await room.the_offer()).id, first.chat_id, NOW)
    offer = await room.the_offer()
    assert offer.patient_id == short.patient_id
    (held,) = await room.held()
    assert (held.end - held.start, len(held.cells or ())) == (15 * MINUTE, 3)


SUITS = [
    ({}, 0, True),
    ({"parts": ["morning"]}, 0, True),
    ({"parts": ["afternoon"]}, 0, False),
    ({"parts": ["afternoon", "evening"]}, 8, True),
    ({"parts": ["morning"]}, 6, False),
    ({"weekdays": [0]}, 0, True),
    ({"weekdays": [1, 2]}, 0, False),
    ({"first_day": DAY + timedelta(days=1), "last_day": DAY + timedelta(days=2)}, 0, False),
    ({"last_day": DAY - timedelta(days=1)}, 0, False),
    ({"doctor_id": "d"}, 0, True),
    ({"doctor_id": "another"}, 0, False),
]


@pytest.mark.parametrize(("wish", "half_hour", "expected"), SUITS)
def test_what_suits(wish: dict[str, object], half_hour: int, expected: bool) -> None:
    facts: dict[str, object] = {"first_day": DAY, "last_day": DAY, **wish}
    wait = Wait(
        tenant_id="t", request_id="r", patient_id="p", chat_id="c", clinic_id="x", service_id="s", created_at=NOW,
        ends_at=NOW, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    start = NOW + 90 * MINUTE + half_hour * HALF_HOUR
    assert suits(wait, Slot(start, start + HALF_HOUR, "d"), "Asia/Kolkata") == expected


async def test_the_chat_is_looked_at_when_it_is_offered(room: WaitingRoom) -> None:
    wait = await room.wait()
    await Chat.of(room.id).change({"_id": wait.chat_id}, {"$set": {"consent.given": False}})
    await room.free(3)
    assert await room.step() == []


async def test_by_chat_from_the_wish_to_the_visit(room: WaitingRoom) -> None:
    """As a patient meets it: no time suits, another patient cancels, one tap."""
    told: list[str] = []
    desk, patient = await room.practice.guest(on_promise=told.append)
    owner, other = await room.practice.guest()
    await room.free(3)
    taken = await owner.book("b", other.id, room.practice.wish(), room.slot(3), "en", NOW)
    await desk.wait("w", patient.id, room.practice.wish(), WaitTerms(DAY, DAY, (), ("morning",)), "hi", NOW)
    assert await Wait.of(room.id).count({"request_id": "w", "status": "waiting"}) == 1
    await owner.cancel("c", taken.id, 0, "time", NOW)
    offer = await room.the_offer()
    (letter,) = await room.letters()
    assert (offer.patient_id, letter.language) == (patient.id, "hi")
    visit = await desk.accept_offer("yes", offer.id, NOW)
    assert (visit.status, visit.start, visit.patient.id) == ("booked", room.at(3), patient.id)
    assert len(told) == 1, "the confirmation goes at once"
    with pytest.raises(NotFound):
        await owner.accept_offer("mine", offer.id, NOW)
    await desk.decline_offer(offer.id, NOW)
    assert (await desk.appointment(visit.id)).status == "booked", "a late no changes nothing"
