"""A receptionist finishes the patient's own half-done booking, from wherever it stopped."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from office import Office

from clinic import booking
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.desk import FrontDesk
from clinic.doctor import Doctor
from clinic.notification import Notification
from clinic.record import new_id
from clinic.views import PatientView, Sender, Slot
from flows.booking import BOOKING
from flows.slots import slot_id

# How many of the choices are made where the conversation stands at a step.
MADE = {
    "start": 0, "language": 0, "consent": 0, "who": 0, "person": 0, "clinic": 1, "service": 2, "doctor": 3, "time": 4,
    "day": 4, "part": 5, "slot": 5, "confirm": 6, "change": 6, "booking": 6, "booked": 0, "stuck": 4, "full": 6,
    "calling": 4, "handoff": 4, "menu": 4, "resume": 4, "wait_days": 4, "wait_part": 4, "wait_until": 4,
    "wait_consent": 4, "waiting": 4, "anew": 0, "form": 6, "book_code": 6, "emergency": 4, "unsure": 4,
}  # fmt: skip
CHOICES = ("patient", "clinic", "service", "doctor", "day", "slot")


@dataclass
class Called:
    """A card, and the receptionist who holds it."""

    office: Office
    client: httpx.AsyncClient
    user_id: str
    card: Callback
    patient: PatientView
    desk: FrontDesk
    slot: Slot

    async def post(self, what: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/callbacks/{self.card.id}/{what}", json=body)

    async def good(self, what: str, **body: Any) -> dict[str, Any]:
        answer = await self.post(what, **body)
        assert answer.status_code in (200, 201), answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def to_the_end(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer with the first option, or with a name, until something is booked."""
        for _ in range(12):
            if question["done"]:
                return question
            options = question["options"]
            said = {"choice": options[0]["id"]} if options else {"text": "Asha Verma"}
            question = await self.good("answer", **said)
        raise AssertionError(f"no way to a booking from {question}")

    async def now(self) -> Callback:
        return await Callback.of(self.office.tenant_id).get(self.card.id)


async def called(office: Office, step: str = "confirm", made: int | None = None, **choices: str) -> Called:
    practice = office.practice
    desk, patient = await practice.guest("Asha Verma")
    now = datetime.now(UTC)
    slot = (await desk.slots(practice.wish(doctor=0), now))[40]
    day = slot.start.astimezone(UTC).date().isoformat()
    known = (patient.id, practice.clinic.id, practice.services[0].id, practice.doctors[0].id, day, slot_id(slot))
    count = MADE[step] if made is None else made
    chosen = dict(zip(CHOICES[:count], known[:count], strict=True)) | choices
    await desk.call_back(new_id(), "no_slots", step, chosen, "hi", now)
    (card,) = await Callback.of(office.tenant_id).find({"status": "open"})
    user_id = new_id()
    came = Called(office, office.as_("receptionist", user_id=user_id), user_id, card, patient, desk, slot)
    await came.good("claim")
    return came


def test_every_step_of_the_table_is_tried() -> None:
    assert set(MADE) == set(BOOKING.steps)


@pytest.mark.parametrize("step", sorted(MADE))
async def test_from_every_step_to_a_visit(office: Office, step: str) -> None:
    came = await called(office, step)
    done = await came.to_the_end(await came.good("resume"))
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert (visit.status, visit.patient_id, visit.language) == ("booked", came.patient.id, "hi")
    assert (visit.history[0].by, visit.history[0].via) == (f"staff:{came.user_id}", "api")
    card = await came.now()
    assert (card.recovered, card.appointment_id, card.status, card.resolution) == (True, visit.id, "done", "booked")
    promises = await Notification.of(office.tenant_id).find({"appointment_id": visit.id, "kind": "confirmation"})
    assert [each.language for each in promises] == ["hi"], "the patient gets the confirmation"
    assert await Callback.of(office.tenant_id).count() == 1


async def test_what_was_chosen_is_not_asked_again(office: Office) -> None:
    came = await called(office, "confirm")
    question = await came.good("resume", language="en")
    assert (question["step"], question["done"]) == ("confirm", False)
    assert "Asha Verma" in question["text"]
    done = await came.good("answer", choice=question["options"][0]["id"])
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert visit.start == came.slot.start


async def test_somebody_new_is_registered_only_once(office: Office) -> None:
    came = await called(office, "clinic", made=0, patient="new", name="Ravi Verma", self="no")
    done = await came.to_the_end(await came.good("resume"))
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert (visit.patient_name, visit.patient_id != came.patient.id) == ("Ravi Verma", True)
    meanwhile = await called(office, "clinic", made=0, patient="new", name="asha verma")
    done = await meanwhile.to_the_end(await meanwhile.good("resume"))
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert visit.patient_id == meanwhile.patient.id, "the chat knows this name by now"


async def _somebody_else_books(office: Office, slot: Slot) -> None:
    practice = office.practice
    place = booking.Place(practice.clinic.id, practice.services[0].id, slot.doctor_id, slot.start)
    asker = booking.Asker(new_id(), "patient", "whatsapp")
    await booking.book(await practice.directory(), place, practice.patient(), asker, datetime.now(UTC))


async def test_a_time_that_was_taken_meanwhile_is_asked_anew(office: Office) -> None:
    came = await called(office, "confirm")
    await _somebody_else_books(office, came.slot)
    question = await came.good("resume")
    assert question["step"] != "confirm"
    done = await came.to_the_end(question)
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert visit.start != came.slot.start


async def test_staff_meet_a_time_that_was_taken_this_moment(office: Office) -> None:
    """Although there would be a seat beyond the capacity: that is another permission's."""
    came = await called(office, "confirm")
    question = await came.good("resume", language="en")
    await _somebody_else_books(office, came.slot)
    again = await came.good("answer", choice=question["options"][0]["id"])
    assert not again["done"]
    assert "taken" in again["text"].lower() or "faster" in again["text"].lower()
    visit = await Appointment.of(office.tenant_id).get((await came.to_the_end(again))["appointment_id"])
    assert visit.start != came.slot.start


async def test_what_the_clinic_has_withdrawn_is_chosen_anew(office: Office) -> None:
    came = await called(office, "confirm")
    old = office.practice.doctors[0]
    await office.practice.add(Doctor(tenant_id=office.tenant_id, name="Dr New", service_ids=old.service_ids))
    await Doctor.of(office.tenant_id).change({"_id": old.id}, {"$set": {"active": False}})
    schedule = (await office.practice.directory()).schedules[0]
    new = next(iter(await Doctor.of(office.tenant_id).find({"name": "Dr New"})))
    await office.practice.add(schedule.model_copy(update={"id": new_id(), "doctor_id": new.id}))
    done = await came.to_the_end(await came.good("resume"))
    visit = await Appointment.of(office.tenant_id).get(done["appointment_id"])
    assert visit.doctor_id == new.id


async def test_two_answers_at_once_book_once(office: Office) -> None:
    came = await called(office, "confirm")
    question = await came.good("resume")
    choice = question["options"][0]["id"]
    answers = await asyncio.gather(*(came.post("answer", choice=choice) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    assert await Appointment.of(office.tenant_id).count() == 1
    assert (await came.now()).recovered


async def test_who_does_not_hold_the_card_does_not_book(office: Office) -> None:
    came = await called(office, "confirm")
    other = office.as_("receptionist")
    for what, body in (("resume", {}), ("answer", {"text": "yes"})):
        refused = await other.post(f"/callbacks/{came.card.id}/{what}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_claimed")
    refused = await came.post("answer", text="yes")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_resumed")
    for body in ({}, {"text": "yes", "choice": "1:yes"}):
        assert (await came.post("answer", **body)).status_code == 422


async def test_begun_anew_it_asks_in_another_language(office: Office) -> None:
    came = await called(office, "service")
    first = await came.good("resume", language="en")
    second = await came.good("resume", language="fr")
    assert first["step"] == second["step"] == "time", "one service and one doctor need no question"
    assert first["text"] != second["text"]
    stale = await came.good("answer", choice="99:yes")
    assert not stale["done"]
    assert await FrontDesk(office.tenant_id, Sender(came.desk.sender.user_id)).chat() == await came.desk.chat()


async def test_figures_count_what_was_recovered(office: Office) -> None:
    came = await called(office, "confirm")
    await came.to_the_end(await came.good("resume"))
    period = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    answer = await came.client.get("/callbacks/figures", params=period)
    told = answer.json()
    assert (told["opened"], told["open"], told["recovered"], told["by_resolution"]) == (1, 0, 1, {"booked": 1})
    assert told["minutes_to_first_call"] is not None
