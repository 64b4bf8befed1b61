"""What the conversation asks of the desk, and what it orders."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from practice import DAY, NINE, NOW, Practice, open_practice

from clinic.appointment import Appointment
from clinic.booking import cancel
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.errors import NotFound, SlotTaken
from clinic.hold import Holds
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.record import new_id
from clinic.views import ChatView, LastVisit, PatientView, Sender, Slot, Wish

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def starts(slots: list[Slot]) -> list[int]:
    """Minutes after nine."""
    return [(slot.start - NINE) // MINUTE for slot in slots]


async def test_the_lists_come_in_their_order(database: object) -> None:
    practice = await open_practice(minutes=(30, 15), doctors=2)
    desk = FrontDesk(practice.id, Sender("x"))
    assert await desk.tenant() == practice.tenant.view()
    assert await desk.clinics() == [practice.clinic.view()]
    assert await desk.services(practice.clinic.id) == [service.view() for service in practice.services]
    doctors = await desk.doctors(practice.clinic.id, practice.services[0].id)
    assert doctors == [doctor.view() for doctor in practice.doctors]
    assert await desk.doctors(practice.clinic.id, "?") == []
    assert await desk.services("?") == []


async def test_free_times_of_a_day(practice: Practice) -> None:
    desk, patient = await practice.guest()
    wish = practice.wish(doctor=0)
    free = await desk.slots(wish, NOW, DAY)
    assert starts(free) == list(range(0, 211, 15))
    assert free[0] == Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    await desk.book("r", patient.id, wish, free[2], "en", NOW)
    assert starts(await desk.slots(wish, NOW, DAY, limit=3)) == [0, 60, 75]


async def test_notice_and_horizon(practice: Practice) -> None:
    desk = FrontDesk(practice.id, Sender("x"))
    now = NINE + timedelta(seconds=1)
    assert starts(await desk.slots(practice.wish(), now, DAY))[0] == 75, "an hour's notice, to the second"
    days = await desk.days(practice.wish(), now)
    assert (days[0], days[-1], len(days)) == (DAY, DAY + timedelta(days=30), 31)
    everything = await desk.slots(practice.wish(), now)
    assert (everything[0].start, len(everything)) == (NINE + 75 * MINUTE, 31 * 15 - 5 - 14)
    assert everything[-1].start == NINE + timedelta(days=30)


async def test_days_without_a_free_time_are_left_out(practice: Practice) -> None:
    start = NINE + timedelta(days=1)
    await practice.close(start, start + 4 * HOUR, kind="holiday", doctor_id="")
    await practice.close(start + 24 * HOUR, start + 28 * HOUR, kind="block")
    days = await FrontDesk(practice.id, Sender("x")).days(practice.wish(), NOW)
    assert days[:3] == [DAY, DAY + timedelta(days=3), DAY + timedelta(days=4)]


async def test_extra_hours_on_a_holiday(practice: Practice) -> None:
    await practice.close(NINE, NINE + 12 * HOUR, kind="holiday", doctor_id="")
    extra = {"kind": "extra_hours", "clinic_id": practice.clinic.id, "slot_minutes": 30}
    await practice.close(NINE + 8 * HOUR, NINE + 9 * HOUR, **extra)
    assert starts(await FrontDesk(practice.id, Sender("x")).slots(practice.wish(), NOW, DAY)) == [480, 510]


async def test_hospital_rounds_take_the_doctor_away(practice: Practice) -> None:
    schedule = (await practice.directory()).schedules[0]
    rounds = {"id": new_id(), "kind": "hospital_round", "hours": [("09:00", "12:00")], "clinic_id": "the hospital"}
    await practice.add(schedule.model_copy(update=rounds))
    assert starts(await FrontDesk(practice.id, Sender("x")).slots(practice.wish(), NOW, DAY)) == [180, 195, 210]


async def test_a_night_shift_reaches_into_today(database: object) -> None:
    practice = await open_practice(hours=(("22:00", "08:30"),), notice_minutes=0)
    free = await FrontDesk(practice.id, Sender("x")).slots(practice.wish(), NOW, DAY)
    assert starts(free)[:4] == [-90, -75, -60, 780], "until 08:30, and again from 22:00"


async def test_midnight_belongs_to_the_day_that_begins(database: object) -> None:
    practice = await open_practice(hours=(("23:30", "00:30"),))
    desk, midnight = FrontDesk(practice.id, Sender("x")), NINE + 15 * HOUR
    today, tomorrow = [await desk.slots(practice.wish(), NOW, DAY + timedelta(days=number)) for number in (0, 1)]
    assert [slot.start for slot in today] == [midnight - 30 * MINUTE, midnight - 15 * MINUTE]
    assert tomorrow[0].start == midnight


async def test_any_doctor_is_the_one_with_least_to_do_that_day(database: object) -> None:
    practice = await open_practice(doctors=2)
    desk, patient = await practice.guest()
    any_wish, names = practice.wish(), [doctor.id for doctor in practice.doctors]
    assert {slot.doctor_id for slot in await desk.slots(any_wish, NOW, DAY)} == {names[0]}
    first = await desk.slots(practice.wish(doctor=0), NOW, DAY)
    await desk.book("r", patient.id, any_wish, first[-1], "en", NOW)
    free = await desk.slots(any_wish, NOW, DAY)
    assert {slot.doctor_id for slot in free} == {names[1]}
    assert len({slot.start for slot in free}) == len(free) == 15, "each start once"
    tomorrow = await desk.slots(any_wish, NOW, DAY + timedelta(days=1))
    assert {slot.doctor_id for slot in tomorrow} == {names[0]}, "busy today is not busy tomorrow"


async def test_unknown_wishes(practice: Practice) -> None:
    desk = FrontDesk(practice.id, Sender("x"))
    assert await desk.days(practice.wish(doctor=0), NOW)
    assert await desk.days(Wish(practice.clinic.id, practice.services[0].id, "?"), NOW) == []
    with pytest.raises(NotFound):
        await desk.days(Wish("?", practice.services[0].id), NOW)
    with pytest.raises(NotFound):
        await FrontDesk("?", Sender("x")).tenant()


async def test_somebody_new(practice: Practice) -> None:
    desk = FrontDesk(practice.id, Sender(new_id()))
    assert await desk.chat() == ChatView()
    await desk.set_language("hi")
    await desk.set_language("hi")
    await desk.record_consent("1", True, NOW)
    await desk.record_consent("1", True, NOW + HOUR)
    me = await desk.register("a", "Ann", date(1980, 2, 29), True, NOW)
    son = await desk.register("b", "Bo", None, False, NOW)
    assert await desk.chat() == ChatView("hi", "1", (me, son), None)
    assert son == PatientView(son.id, "Bo", False)
    stored = await Patient.of(practice.id).get(me.id)
    assert stored.birth_date == date(1980, 2, 29)


async def test_consent_can_be_withdrawn_and_all_of_it_is_kept(practice: Practice) -> None:
    desk, _ = await practice.guest()
    await desk.record_consent("1", False, NOW + HOUR)
    assert (await desk.chat()).consent_version == ""
    await desk.record_consent("2", True, NOW + 2 * HOUR)
    assert (await desk.chat()).consent_version == "2"
    stored = await Chat.of(practice.id).find_one({"user_id": desk.sender.user_id})
    assert stored is not None
    assert [(each.version, each.given) for each in stored.consents] == [("1", True), ("1", False), ("2", True)]


async def test_registering_again_makes_nobody(practice: Practice) -> None:
    desk = FrontDesk(practice.id, Sender(new_id()))
    people = await asyncio.gather(*(desk.register("same", "Ann", None, True, NOW) for _ in range(5)))
    assert len({each.id for each in people}) == 1
    assert len((await desk.chat()).patients) == 1


async def test_two_processes_meet_somebody_at_once(practice: Practice) -> None:
    sender = Sender(new_id())
    one, other = FrontDesk(practice.id, sender), FrontDesk(practice.id, sender)
    assert await one.chat() == await other.chat()
    await one.set_language("hi")
    await one.record_consent("1", False, NOW)
    await other.record_consent("1", True, NOW + HOUR)
    assert await other.chat() == await FrontDesk(practice.id, sender).chat() == ChatView("hi", "1")


async def test_what_one_desk_did_another_one_knows(practice: Practice) -> None:
    sender = Sender(new_id())
    desk = FrontDesk(practice.id, sender)
    await desk.set_language("hi")
    assert await Chat.of(practice.id).find_one({"user_id": sender.user_id}) is None, "a hello leaves no record"
    await desk.record_consent("1", True, NOW)
    patient = await desk.register("same", "Ann", None, True, NOW)
    assert await FrontDesk(practice.id, sender).chat() == await desk.chat() == ChatView("hi", "1", (patient,))
    await desk.set_language("es")
    assert (await FrontDesk(practice.id, sender).chat()).language == "es"


async def test_booking_promises_a_confirmation(practice: Practice) -> None:
    told: list[str] = []
    desk, patient = await practice.guest(on_promise=told.append, public_url="https://desk.test/")
    wish = practice.wish(doctor=0)
    slot = Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    booked = await desk.book("r", patient.id, wish, slot, "hi", NOW)
    assert (booked.start, booked.end, booked.patient, booked.status) == (slot.start, slot.end, patient, "booked")
    assert (booked.clinic, booked.doctor.id) == (practice.clinic.view(), slot.doctor_id)
    (promise,) = await Notification.of(practice.id).find({"kind": "confirmation"})
    (reminder,) = await Notification.of(practice.id).find({"kind": {"$ne": "confirmation"}})
    assert (reminder.kind, reminder.status, reminder.chat_id) == ("reminder:late", "due", promise.chat_id)
    assert NOW < reminder.due_at < booked.start, "a visit in an hour and a half has its reminder on the way"
    assert (promise.appointment_id, promise.kind, promise.language) == (booked.id, "confirmation", "hi")
    assert (promise.status, promise.due_at, promise.start_version) == ("due", NOW, 0)
    assert told == [promise.id]
    stored = await Appointment.of(practice.id).get(booked.id)
    assert booked.ics_url == f"https://desk.test/visits/{stored.link_key}.ics"
    last = LastVisit(patient.id, wish.clinic_id, wish.service_id, slot.doctor_id)
    assert (await desk.chat()).last_visit == (await FrontDesk(practice.id, desk.sender).chat()).last_visit == last


async def test_booking_again_is_completed_after_a_crash_between_its_writes(practice: Practice) -> None:
    """Killed after the appointment, before the promise: the message is handled again."""
    desk, patient = await practice.guest()
    slot = Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    booked = await desk.book("r", patient.id, practice.wish(), slot, "en", NOW)
    await Notification.of(practice.id).delete({})
    for _ in range(2):
        assert await desk.book("r", patient.id, practice.wish(), slot, "en", NOW + MINUTE) == booked
    assert sorted(each.kind for each in await Notification.of(practice.id).find()) == ["confirmation", "reminder:late"]
    assert await Appointment.of(practice.id).count() == 1
    assert (await FrontDesk(practice.id, desk.sender).chat()).last_visit is not None


async def test_booking_again_promises_nothing_about_a_visit_that_is_gone(practice: Practice) -> None:
    desk, patient = await practice.guest()
    slot = Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    booked = await desk.book("r", patient.id, practice.wish(), slot, "en", NOW)
    await Notification.of(practice.id).delete({})
    await cancel(practice.id, booked.id, 0, practice.asker(), NOW)
    assert (await desk.book("r", patient.id, practice.wish(), slot, "en", NOW)).status == "cancelled"
    assert await Notification.of(practice.id).count() == 0


async def test_without_consent_nothing_is_promised(practice: Practice) -> None:
    desk, patient = await practice.guest()
    await desk.record_consent("1", False, NOW)
    slot = Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    await desk.book("r", patient.id, practice.wish(), slot, "en", NOW)
    assert await Notification.of(practice.id).count() == 0


async def test_nobody_books_for_a_stranger(practice: Practice) -> None:
    desk, _ = await practice.guest()
    _, stranger = await practice.guest()
    slot = Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    with pytest.raises(NotFound):
        await desk.book("r", stranger.id, practice.wish(), slot, "en", NOW)


async def test_the_loser_is_offered_other_times(practice: Practice) -> None:
    guests = [await practice.guest() for _ in range(6)]
    wish, slot = practice.wish(doctor=0), Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id)
    results = await asyncio.gather(
        *(desk.book(f"r{number}", patient.id, wish, slot, "en", NOW) for number, (desk, patient) in enumerate(guests)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, SlotTaken) for result in results) == 5
    free = await guests[0][0].slots(wish, NOW, DAY)
    assert starts(free)[:2] == [30, 45]


async def test_a_card_for_a_person(practice: Practice) -> None:
    desk, _ = await practice.guest()
    choices = {"clinic": practice.clinic.id, "service": practice.services[0].id}
    for _ in range(2):
        await desk.call_back("r", "asked", "day", choices, "hi", NOW)
    (card,) = await Callback.of(practice.id).find()
    assert (card.reason, card.step, card.choices, card.language, card.status) == ("asked", "day", choices, "hi", "open")
    chat = await Chat.of(practice.id).get(card.chat_id)
    assert chat.user_id == desk.sender.user_id


@pytest.mark.parametrize(
    ("now", "due"),
    [
        pytest.param(NOW, NINE + 30 * MINUTE, id="before opening"),
        pytest.param(NINE + HOUR, NINE + 90 * MINUTE, id="while open"),
        pytest.param(NINE + 4 * HOUR, NINE + 24.5 * HOUR, id="after closing"),
    ],
)
async def test_by_when_somebody_calls(practice: Practice, now: datetime, due: datetime) -> None:
    one, other = FrontDesk(practice.id, Sender(new_id())), FrontDesk(practice.id, Sender(new_id()))
    await one.call_back("known", "asked", "day", {"clinic": practice.clinic.id}, "en", now)
    await other.call_back("unknown", "asked", "language", {}, "en", now)
    assert [card.due_at for card in await Callback.of(practice.id).find()] == [due, due]


async def test_by_when_somebody_calls_where_nobody_is_ever_there(database: object) -> None:
    never = await open_practice(rule="FREQ=DAILY;UNTIL=20261231")
    await FrontDesk(never.id, Sender("x")).call_back("r", "asked", "day", {}, "en", NOW)
    assert [card.due_at for card in await Callback.of(never.id).find()] == [NOW + 24 * HOUR]
    await type(never.clinic).of(never.id).delete({})
    DIRECTORIES.forget(never.id)
    await FrontDesk(never.id, Sender("y")).call_back("r2", "asked", "day", {}, "en", NOW)
    assert [card.due_at for card in await Callback.of(never.id).find()] == [NOW + 24 * HOUR] * 2


async def test_a_held_time_is_kept_off_other_lists(practice: Practice, redis: object) -> None:
    holds = Holds(redis)  # type: ignore[arg-type]
    one, _ = await practice.guest(holds=holds)
    other, patient = await practice.guest(holds=holds)
    wish = practice.wish()
    slot, *_ = await one.slots(wish, NOW, DAY)
    later = Slot(slot.start + 15 * MINUTE, slot.end + 15 * MINUTE, slot.doctor_id)
    assert await one.hold(wish, slot, NOW)
    assert await one.hold(wish, slot, NOW), "its owner may ask again"
    assert not await other.hold(wish, later, NOW), "overlapping is held, too"
    assert starts(await one.slots(wish, NOW, DAY))[0] == 0
    assert starts(await other.slots(wish, NOW, DAY))[0] == 30
    assert not await other.hold(wish, slot, NOW)
    assert await one.hold(wish, later, NOW), "the refused one left nothing behind"
    await other.book("r", patient.id, wish, slot, "en", NOW)  # a courtesy, no guarantee
    assert await other.slots(practice.wish(doctor=0), NOW, DAY + timedelta(days=300)) == []


async def test_where_several_may_sit_a_hold_says_nothing(database: object, redis: object) -> None:
    practice = await open_practice(capacity=2)
    holds = Holds(redis)  # type: ignore[arg-type]
    one, _ = await practice.guest(holds=holds)
    other, _ = await practice.guest(holds=holds)
    slot, *_ = await one.slots(practice.wish(), NOW, DAY)
    await one.hold(practice.wish(), slot, NOW)
    assert slot in await other.slots(practice.wish(), NOW, DAY)


async def test_without_holds_everything_may_be_held(practice: Practice) -> None:
    desk, _ = await practice.guest()
    assert await desk.hold(practice.wish(), Slot(NINE, NINE + 30 * MINUTE, practice.doctors[0].id), NOW)
