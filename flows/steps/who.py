"""Who the visit is for, where the chat is known: the same as last time, the one who writes, one of the household."""

from clinic.errors import NotFound
from clinic.views import LastVisit, PatientView
from flows import wish
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.steps.person import NEW
from flows.table import Step
from flows.talk import Talk, find
from flows.words.pick import pick


async def ask(talk: Talk) -> Question | str:
    """The quickest way to a booking stands first."""
    chat = await talk.chat()
    if talk.choices.get("patient", NEW) not in {NEW, *(patient.id for patient in chat.patients)}:
        forget(talk.choices, "self")  # removed from the chat meanwhile
    if "patient" in talk.choices:
        return "next"
    other = talk.choices.get("self") == "no"
    if not chat.patients or (other and all(patient.is_self for patient in chat.patients)):
        return "new"
    same = () if "clinic" in talk.choices or wish.pending(talk) or other else await _same(talk, chat.last_visit)
    people = sorted(chat.patients, key=lambda patient: patient.is_self == other)
    own = next((patient.id for patient in people if patient.is_self), "")
    options = (*same, *(_person(talk, patient, own) for patient in people))
    text = talk.say("ask_who_same" if same else "ask_who")
    booked = (Option("appointments", talk.say("my_appointments")),) if chat.last_visit else ()
    return Question(text, options, (Option("other_person", talk.say("someone_else")), *booked))


def _person(talk: Talk, patient: PatientView, own: str) -> Option:
    """Only one is "me", whatever was written down: no message may have two rows of one name."""
    if patient.id == own:
        return Option("me", talk.say("for_me"), patient.name)
    return Option(patient.id, patient.name)


async def _same(talk: Talk, last: LastVisit | None) -> tuple[Option, ...]:
    """Nothing where the doctor, service or place of the last visit is no longer offered."""
    if not last:
        return ()
    try:
        clinic = find(await talk.clinics(), last.clinic_id)
        service = find(await talk.services(clinic.id), last.service_id)
        doctor = find(await talk.doctors(clinic.id, service.id), last.doctor_id)
    except NotFound:
        return ()
    what = talk.say("same_as_last_what", doctor=doctor.name, service=service.name, clinic=clinic.name)
    return (Option("same", talk.say("same_as_last"), what),)


async def answer(talk: Talk, said: Said) -> str | None:
    """A name of the household may be typed, also one's own."""
    chat = await talk.chat()
    option = said.option or pick(said.text, [(patient.id, patient.name) for patient in chat.patients])
    match option:
        case None | "":
            return None
        case "other_person":
            talk.choices["self"] = "no"
            return "new"
        case "same" if chat.last_visit:
            last = chat.last_visit
            talk.choices.update(
                patient=last.patient_id, clinic=last.clinic_id, service=last.service_id, doctor=last.doctor_id
            )
        case "me":
            talk.choices["patient"] = next(patient.id for patient in chat.patients if patient.is_self)
        case _:
            talk.choices["patient"] = option
    return "next"


WHO = Step("who", ask, answer, gives="self", revisited=True)
