"""Forms at the real desk: two patients who want the same time, whoever is faster, and by whichever way."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from practice import NOW, Practice, open_practice
from redis.asyncio import Redis

from clinic.appointment import Appointment
from clinic.desk import FrontDesk
from clinic.hold import Holds
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.views import Sender
from flows.conversations import CONVERSATIONS
from flows.form.answer import Asked, Filled, Over, Screen, answer
from flows.inbound import Inbound, Kind
from flows.reply import Reply
from flows.session import Session
from flows.texts import say
from flows.turn import turn


class Patient:
    """Somebody known, with a form in the hand."""

    def __init__(self, practice: Practice, redis: "Redis") -> None:
        self.practice, self.redis, self.sender = practice, redis, Sender(new_id())
        self.session, self.count = Session(), 0
        self.shown = Screen("", {})

    @property
    def desk(self) -> FrontDesk:
        """A new one for each turn, as in the bot."""
        return FrontDesk(self.practice.id, self.sender, holds=Holds(self.redis))

    async def known(self) -> "Patient":
        await self.desk.record_consent("1", True, NOW)
        await self.desk.register(new_id(), "Ann Example", None, True, NOW)
        await self.turn(Kind.TEXT, text="hello")
        reply = await self.turn(Kind.CHOICE, choice=f"{self.session.asked}:me")
        assert reply.form is not None
        self.form = str(reply.form.asked)
        return self

    async def turn(self, kind: Kind, **fields: Any) -> Reply:
        self.count += 1
        inbound = Inbound(f"{self.sender.user_id}.{self.count}", NOW, kind, **fields)
        self.session, [reply] = await turn(CONVERSATIONS, self.session, inbound, self.desk, NOW)
        self.session = Session.from_json(self.session.to_json())
        return reply

    async def ask(self, **fields: str) -> Screen | Filled | Over:
        hidden = {name: self.shown.data[name] for name in ("clinic", "service", "doctor", "day", "slot")
                  if name in self.shown.data}  # fmt: skip
        action = "data_exchange" if self.shown.name else "INIT"
        asked = Asked(self.form, action, self.shown.name, hidden | fields)
        found = await answer(self.session, asked, self.desk, NOW)
        if isinstance(found, Screen):
            self.shown = found
        return found

    async def to_times(self) -> list[str]:
        """As far as the list of times; their ids."""
        await self.ask()
        await self.ask(day=self.shown.data["first"])
        return [each["id"] for each in self.shown.data["slots"]]


@pytest_asyncio.fixture
async def two(database: object, redis: "Redis") -> tuple[Patient, Patient]:
    practice = await open_practice()
    await Tenant.itself().change({"_id": practice.id}, {"$set": {"booking_form": True}})
    first, second = Patient(practice, redis), Patient(practice, redis)
    return await first.known(), await second.known()


async def visits(patient: Patient) -> list[Appointment]:
    return await Appointment.of(patient.practice.id).find({"doctor_id": patient.practice.doctors[0].id})


async def test_a_form_books_the_very_same_visit_as_the_chat(two: tuple[Patient, Patient]) -> None:
    patient, _ = two
    [slot, *_] = await patient.to_times()
    await patient.ask(slot=slot)
    done = await patient.ask()
    assert isinstance(done, Filled)
    reply = await patient.turn(Kind.FORM, choice=done.choice)
    [visit] = await visits(patient)
    assert visit.reference in reply.text
    assert visit.start.astimezone(UTC) == datetime.strptime(slot[:13], "%Y%m%dT%H%M").replace(tzinfo=UTC)


async def test_who_is_shown_the_last_screen_keeps_the_time_for_a_moment(two: tuple[Patient, Patient]) -> None:
    first, second = two
    [slot, *_], [same, *_] = await first.to_times(), await second.to_times()
    assert slot == same
    assert isinstance(await first.ask(slot=slot), Screen)
    found = await second.ask(slot=slot)
    assert isinstance(found, Screen)
    assert found.data["error_message"] == say("en", "form_taken")
    assert slot not in [each["id"] for each in found.data["slots"]]


async def test_of_two_forms_for_one_time_one_books_and_the_other_is_offered_more(
    two: tuple[Patient, Patient], redis: "Redis"
) -> None:
    lines = []
    for patient in two:
        [slot, *_] = await patient.to_times()
        await patient.ask(slot=slot)
        done = await patient.ask()
        assert isinstance(done, Filled)
        lines.append(done.choice)
        await redis.flushdb()  # the courtesy ends before either sends
    replies = await asyncio.gather(*(p.turn(Kind.FORM, choice=line) for p, line in zip(two, lines, strict=True)))
    assert len(await visits(two[0])) == 1
    assert sorted(each.session.step for each in two) == ["booked", "time"]
    assert all(reply.options for reply in replies)


async def test_a_booking_between_the_last_two_screens_is_seen(two: tuple[Patient, Patient], redis: "Redis") -> None:
    first, second = two
    [slot, *_] = await first.to_times()
    await first.ask(slot=slot)
    await redis.flushdb()
    await second.to_times()
    await second.ask(slot=slot)
    done = await second.ask()
    assert isinstance(done, Filled)
    await second.turn(Kind.FORM, choice=done.choice)
    await redis.flushdb()
    found = await first.ask()
    assert isinstance(found, Screen)
    assert (found.name, found.data["error_message"]) == ("CONFIRM", say("en", "form_taken_back"))
    assert len(await visits(first)) == 1
