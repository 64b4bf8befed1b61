"""Booking, and what the patient holds afterwards."""

from datetime import date

from clinic.errors import ClinicError
from clinic.views import AppointmentView, Slot
from flows.choices import forget, start_over
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.slots import read_slot
from flows.steps.confirm import VISIT
from flows.steps.person import NEW
from flows.table import STAY, Step
from flows.talk import Talk
from flows.visit import told
from flows.wanted import when_text

NOTES = {"slot_taken": "taken", "slot_not_offered": "not_offered", "too_soon": "too_soon", "too_far_ahead": "too_far"}


async def book(talk: Talk) -> str:
    """Every refusal is a move. The message's id makes a second run of this turn harmless."""
    slot = read_slot(talk.choices["slot"])
    try:
        talk.appointment = await _order(talk, slot)
    except ClinicError as refusal:
        return await _refused(talk, slot, refusal)
    return "done"


async def _order(talk: Talk, slot: Slot) -> AppointmentView:
    desk, request_id = talk.desk, talk.inbound.id
    patient_id = talk.choices["patient"]
    if patient_id == NEW:
        patient_id = await register(talk)
    return await desk.book(request_id, patient_id, talk.wish(), slot, talk.language, talk.now)


async def register(talk: Talk) -> str:
    """Only now is a new person written down: who leaves before leaves no record."""
    choices = talk.choices
    born = choices.get("birth_date")
    patient = await talk.desk.register(
        talk.inbound.id,
        choices["name"],
        date.fromisoformat(born) if born else None,
        choices.get("self") != "no",
        talk.now,
    )
    choices["patient"] = patient.id
    return patient.id


async def _refused(talk: Talk, slot: Slot, refusal: ClinicError) -> str:
    if refusal.code in ("too_many_bookings", "code_needed"):
        return refusal.code
    if refusal.code not in NOTES:
        raise refusal
    talk.note(NOTES[refusal.code], when=await when_text(talk, slot))
    forget(talk.choices, "slot")
    talk.look_again()
    return refusal.code


BOOKING = Step("booking", book, needs=VISIT)


async def ask(talk: Talk) -> Question:
    """The whole confirmation once; a short word when the patient writes again."""
    options = (
        Option("yes", talk.say("book_another")),
        Option("appointments", talk.say("my_appointments")),
        Option("human", talk.say("talk_to_person")),
    )
    if talk.appointment is None:
        return Question(talk.say("booked_before", reference=talk.choices.get("reference", "")), options)
    text = told(talk, "booked", talk.appointment)
    start_over(talk.choices)
    talk.choices["reference"] = talk.appointment.reference
    return Question(text, options)


async def answer(talk: Talk, said: Said) -> str | None:
    """Nothing more to do is an answer too."""
    if said.command == "no":
        talk.note("welcome")
        return STAY
    return "next" if said.option == "yes" else None


BOOKED = Step("booked", ask, answer, ends=True)
