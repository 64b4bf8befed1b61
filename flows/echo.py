"""What was understood of a sentence, said back in one line before the next question."""

from clinic.views import ClinicView, DoctorView, PatientView, ServiceView
from flows.slots import PARTS, Hours
from flows.speech import COMMAS
from flows.speech import day as say_day
from flows.speech import time as say_time
from flows.talk import Talk
from flows.understanding import Understood

RELATIONS = {
    "son": "for_son", "daughter": "for_daughter", "wife": "for_wife", "husband": "for_husband",
    "mother": "for_mother", "father": "for_father", "child": "for_child", "me": "for_me",
}  # fmt: skip


async def echo(talk: Talk, said: Understood) -> None:
    """Above the question."""
    practice, chat = await talk.practice(), await talk.chat()
    whom = _name(chat.patients, said.patient) or _low(_whom(talk, said.for_whom), said.for_whom in RELATIONS)
    facts = [
        _name(practice.doctors, said.doctor) or said.specialty,
        _name(practice.services, said.service),
        _name(tuple(await talk.clinics()), said.clinic),
        when(talk, said),
        whom,
    ]
    if any(facts):
        comma = f"{COMMAS.get(talk.language, ',')} "
        talk.note("understood", facts=comma.join(fact for fact in facts if fact))


Named = tuple[DoctorView, ...] | tuple[ServiceView, ...] | tuple[ClinicView, ...] | tuple[PatientView, ...]


def _name(records: Named, id: str) -> str:
    return next((each.name for each in records if each.id == id), "")


def _whom(talk: Talk, whom: str) -> str:
    """A relation in the patient's language; a name as it was written."""
    if whom in RELATIONS:
        return talk.say(RELATIONS[whom])
    return talk.say("for_other") if whom and whom.islower() and whom.isascii() else whom


def _low(text: str, ours: bool) -> str:
    """The words of a button in the middle of a sentence."""
    return text[:1].lower() + text[1:] if ours else text


def when(talk: Talk, said: Understood) -> str:
    """ "Tomorrow, Tue 24 Nov, after 5:00 pm"."""
    comma = f"{COMMAS.get(talk.language, ',')} "
    return comma.join(part for part in (_days(talk, said), _not_days(talk, said), _hours(talk, said)) if part)


def _days(talk: Talk, said: Understood) -> str:
    if said.date_from is None:
        return ""
    today = talk.now.date()
    first = say_day(said.date_from, talk.language, today)
    if said.date_to in (None, said.date_from):
        return first
    return talk.say("from_to", first=first, last=say_day(said.date_to, talk.language, today))


def _not_days(talk: Talk, said: Understood) -> str:
    today = talk.now.date()
    comma = f"{COMMAS.get(talk.language, ',')} "
    days = comma.join(say_day(day, talk.language, today) for day in said.not_dates)
    return talk.say("but_not", days=days) if days else ""


def _hours(talk: Talk, said: Understood) -> str:
    start, end = said.time_from, said.time_to
    for part, hours in PARTS.items():
        if Hours(start, end) in (hours, SPOKEN.get(part)):
            return _low(talk.say(part), ours=True)
    if start and end:
        if start == end:
            return say_time(start, talk.language)
        return talk.say("from_to", first=say_time(start, talk.language), last=say_time(end, talk.language))
    if start:
        return talk.say("after_time", time=say_time(start, talk.language))
    return talk.say("before_time", time=say_time(end, talk.language)) if end else ""


SPOKEN = {"morning": Hours.read("06:00-12:00"), "evening": Hours.read("17:00-21:00")}  # as the sentence's reader says
