"""At which clinic: the nearest first, once the patient has shared a location."""

from math import inf

from clinic.distance import Point, metres
from clinic.views import ClinicView
from flows import wish
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import STAY, Step
from flows.talk import Talk


def distance(clinic: ClinicView, here: Point) -> float:
    """In km; a clinic that nobody put on the map comes last."""
    if clinic.latitude is None or clinic.longitude is None:
        return inf
    return metres(here, (clinic.latitude, clinic.longitude)) / 1000


async def ask(talk: Talk) -> Question | str:
    """Not where there is only one."""
    clinics = await talk.clinics()
    if "clinic" not in talk.choices and (wished := await wish.among(talk, "clinic")):
        clinics = [clinic for clinic in clinics if clinic.id in wished]
    if "clinic" not in talk.choices and len(clinics) == 1:
        wish.chosen(talk, "clinic", clinics[0].id)
    if "clinic" in talk.choices:
        return "next"
    return _question(talk, clinics, talk.choices.get("near", "")) if clinics else "none"


def _question(talk: Talk, clinics: list[ClinicView], near: str) -> Question:
    if not near:
        return Question(talk.say("ask_clinic"), tuple(_row(talk, clinic) for clinic in clinics))
    latitude, longitude = map(float, near.split(","))
    away = sorted((distance(clinic, (latitude, longitude)), n) for n, clinic in enumerate(clinics))
    return Question(talk.say("ask_clinic_nearest"), tuple(_row(talk, clinics[n], km) for km, n in away))


def _row(talk: Talk, clinic: ClinicView, away: float = inf) -> Option:
    where = clinic.address
    if away < inf:
        where = talk.say("clinic_distance", distance=max(1, round(away)), address=where)
    return Option(clinic.id, clinic.name, where)


async def answer(talk: Talk, said: Said) -> str | None:
    """A clinic, or the place to look from: that is kept to about a kilometre, and only until a clinic is chosen."""
    if said.location:
        talk.choices["near"] = "{:.2f},{:.2f}".format(*said.location)
        return STAY
    if not said.option:
        return None
    forget(talk.choices, "clinic")
    wish.chosen(talk, "clinic", said.option)
    return "next"


CLINIC = Step("clinic", ask, answer, gives="clinic", revisited=True, takes_location=True)
