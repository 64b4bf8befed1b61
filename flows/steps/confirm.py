"""The visit in full, before it is booked; and what of it to change."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clinic.views import ClinicView, DoctorView, ServiceView, Slot
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.shown import Shown
from flows.slots import read_slot
from flows.speech import money
from flows.steps.person import NEW
from flows.table import Step
from flows.talk import Talk, find
from flows.wanted import moment_text, when_text

VISIT = ("patient", "clinic", "service", "doctor", "slot")
FORGETS = {"day": "day", "doctor": "doctor", "service": "service", "clinic": "clinic", "patient": "self"}


@dataclass(frozen=True, slots=True)
class Visit:
    """All that a patient is told about a visit."""

    clinic: ClinicView
    service: ServiceView
    doctor: DoctorView
    slot: Slot
    patient: str


async def visit(talk: Talk) -> Visit:
    """The visit that was chosen. Raises ``NotFound`` where a part of it is no longer offered."""
    slot = read_slot(talk.choices["slot"])
    service = find(await talk.services(), talk.choices["service"])
    doctor = find(await talk.doctors(), slot.doctor_id)
    return Visit(await talk.clinic(), doctor.offering(service), doctor, slot, await patient_name(talk))


async def patient_name(talk: Talk) -> str:
    """Of a known patient, or as it was just written."""
    if talk.choices["patient"] == NEW:
        return talk.choices["name"]
    return find(list((await talk.chat()).patients), talk.choices["patient"]).name


def summary(talk: Talk, visit: Visit) -> str:
    """Service, doctor, local time, place, person and, where it is told, the price."""
    clinic, service = visit.clinic, visit.service
    text = talk.say(
        "summary",
        service=service.name,
        doctor=visit.doctor.name,
        when=moment_text(talk, visit.slot.start, ZoneInfo(clinic.zone)),
        place=", ".join(part for part in (clinic.name, clinic.address) if part),
        patient=visit.patient,
    )
    if service.price is None:
        return text
    return f"{text}\n{talk.say('summary_price', price=money(service.price, clinic.currency, talk.language))}"


async def ask(talk: Talk) -> Question:
    """Two buttons."""
    text = talk.say("ask_confirm", summary=summary(talk, await visit(talk)))
    return Question(text, (Option("yes", talk.say("yes_book")), Option("change", talk.say("change"))))


async def shown(talk: Talk) -> Shown:
    """The visit that was chosen. Raises ``NotFound`` as ``visit`` does."""
    now, patient = await visit(talk), talk.choices["patient"]
    mine = any(each.is_self and each.id == patient for each in (await talk.chat()).patients)
    names = (now.doctor.name, now.clinic.name, now.service.name, now.patient)
    return Shown(
        now.doctor.id,
        now.clinic.id,
        now.service.id,
        patient,
        mine or talk.choices.get("self") == "yes",
        now.slot.start.astimezone(ZoneInfo(now.clinic.zone)),
        names,
    )


async def answer(_talk: Talk, said: Said) -> str | None:
    """A plain "no" means: not like this."""
    return "change" if said.command == "no" else said.option or None


CONFIRM = Step("confirm", ask, answer, needs=VISIT, revisited=True, shows=shown)


async def ask_change(talk: Talk) -> Question:
    """What can be changed, with what is chosen now below it."""
    now = await visit(talk)
    rows = {
        "day": ("change_time", await when_text(talk, now.slot)),
        "doctor": ("change_doctor", now.doctor.name),
        "service": ("change_service", now.service.name),
        "clinic": ("change_clinic", now.clinic.name),
        "patient": ("change_patient", now.patient),
    }
    options = tuple(Option(part, talk.say(key), value) for part, (key, value) in rows.items())
    return Question(talk.say("ask_change"), options, (Option("keep", talk.say("change_nothing")),))


async def answer_change(talk: Talk, said: Said) -> str | None:
    """What hangs on the changed part is forgotten and asked anew; all else stays."""
    if said.option in FORGETS:
        forget(talk.choices, FORGETS[said.option])
    return said.option or None


CHANGE = Step("change", ask_change, answer_change, needs=VISIT, revisited=True)
