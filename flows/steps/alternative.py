"""The doctor will be away: the patient has chosen one of the times that are kept for the visit."""

from clinic.errors import ClinicError, NotFound
from flows.steps.visits import refused
from flows.table import Step
from flows.talk import Talk

NUMBERS = {"first": 1, "second": 2, "third": 3}


async def alternative(talk: Talk) -> str:
    """Theirs in one write; or it is said honestly that it is not, and what else can be done."""
    choices = talk.choices
    number, start_version = NUMBERS[choices["tapped"]], int(choices["start_version"])
    try:
        visit = await talk.desk.take_alternative(talk.inbound.id, choices["visit"], start_version, number, talk.now)
    except NotFound:
        talk.note("not_yours")
        return "missing"
    except ClinicError as refusal:
        return await _not_theirs(talk, refusal)
    talk.look_again()
    talk.appointment = visit
    return "done"


async def _not_theirs(talk: Talk, refusal: ClinicError) -> str:
    """The doctor will be there after all, or the time has been freed: then another one is looked for."""
    talk.look_again()
    if refusal.code not in NOTES:
        return refused(talk, refusal)
    note, move = NOTES[refusal.code]
    talk.note(note, doctor=(await talk.visit()).doctor.name)
    return move


NOTES = {"alternative_gone": ("alternative_gone", "to_move"), "doctor_back": ("doctor_back", "show")}
ALTERNATIVE = Step("alternative", alternative, needs=("visit", "start_version", "tapped"))
