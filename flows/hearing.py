"""What a message says: the sentence read by the names of this practice and this household, on the clinic's clock."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from clinic.views import ChatView, ClinicView, PracticeView
from flows.talk import Talk
from flows.understanding import Known, Understood, understand

SURE = 0.7  # from here on it is acted upon
CERTAIN = 0.85  # from here on also where it could be an answer to the question that stands
LIKELY = 0.4  # from here on it is asked about
ALARM = 0.8  # of an emergency, in words that are an answer of the patient's own
LONGEST = 1000  # characters of a text that are read as a sentence


async def hear(talk: Talk) -> Understood:
    """What the message says."""
    clinics, practice, chat = await talk.clinics(), await talk.practice(), await talk.chat()
    zone = next((each.zone for each in clinics if each.id == talk.choices.get("clinic")), "") or (
        clinics[0].zone if clinics else "UTC"
    )
    known = _known(practice, clinics, chat)
    text = talk.inbound.text[:LONGEST]
    talk.heard = understand(text, talk.language, talk.now.astimezone(ZoneInfo(zone)), known)
    return talk.heard


def _known(practice: PracticeView, clinics: Sequence[ClinicView], chat: ChatView) -> Known:
    """The names by which sentences are read."""
    return Known(
        tuple((each.id, each.name, each.specialty) for each in practice.doctors),
        tuple((each.id, each.name) for each in clinics),
        tuple((each.id, each.name) for each in practice.services),
        tuple((each.id, each.name) for each in chat.patients),
    )


async def hear_in(talk: Talk, half: str) -> Understood:
    """The message as it would read with the half of the day that it leaves open."""
    inbound, heard = talk.inbound, talk.heard
    talk.inbound = replace(inbound, text=f"{inbound.text} {talk.say(half)}")
    read = await hear(talk)
    talk.inbound, talk.heard = inbound, heard
    return read
