"""Which doctor, or whoever is free first."""

from flows import wish
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import Step
from flows.talk import Talk

ANY = "any_doctor"


async def ask(talk: Talk) -> Question | str:
    """Not where there is only one."""
    if "doctor" in talk.choices:
        return "next"
    doctors = await talk.doctors()
    if wished := await wish.among(talk, "doctor"):
        doctors = [doctor for doctor in doctors if doctor.id in wished]
    if not doctors:
        return "none"
    if len(doctors) == 1:
        wish.chosen(talk, "doctor", doctors[0].id)
        return "next"
    any_doctor = Option(ANY, talk.say("any_doctor"), talk.say("any_doctor_why"))
    options = (Option(doctor.id, doctor.name, doctor.specialty) for doctor in doctors)
    return Question(talk.say("ask_doctor"), (any_doctor, *options))


async def answer(talk: Talk, said: Said) -> str | None:
    """ "Any doctor" is remembered as an empty choice."""
    if not said.option:
        return None
    forget(talk.choices, "doctor")
    wish.chosen(talk, "doctor", "" if said.option == ANY else said.option)
    return "next"


DOCTOR = Step("doctor", ask, answer, gives="doctor", needs=("clinic", "service"), revisited=True)
