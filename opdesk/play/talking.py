"""What a patient does in a conversation: answers what is asked, with an aim in mind, until that is reached."""

from collections.abc import Callable
from dataclasses import dataclass

from opdesk.play.people import NONSENSE, Patient
from opdesk.play.phones import Bubble, Phones

LONGEST = 24  # messages of one conversation
LEAD_AWAY = frozenset(
    "other more back human wait appointments restart change keep call elsewhere language book other_person".split()  # noqa: SIM905
)
WHY = frozenset({"time", "away", "not_needed", "elsewhere", "other"})
UNTIL = frozenset({"3", "7", "14", "30"})


@dataclass(frozen=True)
class Aim:
    """What somebody wants: options that lead there, the best first, and how they know that they have arrived."""

    name: str
    wanted: tuple[str, ...]
    reached: Callable[[str, Bubble], bool]  # by the option that was tapped last, and what it brought
    in_vain: frozenset[str] = frozenset()  # options of a bubble from which it cannot be reached any more


def _booked(tapped: str, bubble: Bubble) -> bool:
    """A confirmation carries the calendar file."""
    return tapped in ("yes", "move") and ".ics" in bubble.text


OVER = frozenset({"same"})  # the visit is cancelled, or past
BOOK = Aim("booked", ("doctor", "clinic", "yes"), _booked)
WAIT = Aim("waiting", ("wait", "other"), lambda tapped, bubble: tapped in UNTIL or "human" in bubble.offers)
MOVE = Aim("moved", ("move",), _booked, OVER)
CANCEL = Aim("cancelled", ("cancel",), lambda tapped, bubble: tapped == "cancel" and "same" in bubble.offers, OVER)
LOOK = Aim("looked", (), lambda _tapped, _bubble: True)


async def talk(phones: Phones, patient: Patient, aim: Aim, bubble: Bubble | None) -> bool:
    """Go on from ``bubble`` until the aim is reached; whether it was."""
    tapped = ""
    for _ in range(LONGEST):
        if bubble is None:
            return False
        if aim.reached(tapped, bubble):
            return True
        if aim.in_vain & bubble.offers.keys():
            return False
        tapped, bubble = await _answer(phones, patient, aim, bubble)
    return False


async def _answer(phones: Phones, patient: Patient, aim: Aim, bubble: Bubble) -> tuple[str, Bubble | None]:
    if patient.dice.random() < patient.scatterbrained / 4:
        return "", await phones.say(patient.user, patient.dice.choice(NONSENSE))
    if not bubble.options:
        return "", await phones.say(patient.user, patient.introduction)
    choice = chosen(patient, aim, list(bubble.offers))
    return choice, await phones.tap(bubble, bubble.offers[choice])


def chosen(patient: Patient, aim: Aim, offers: list[str]) -> str:
    """The option that leads on; of many of a sort any."""
    if set(offers) == {"yes", "no"}:  # whether they may be written to
        return "yes" if patient.agrees else "no"
    if WHY & set(offers) >= {"time", "not_needed"}:
        return patient.dice.choice(sorted(WHY & set(offers)))
    for wish in (patient.favourite, patient.language, *aim.wanted):
        if wish in offers:
            return wish
    return patient.dice.choice([each for each in offers if each not in LEAD_AWAY] or offers)
