"""What a sentence asked for before the chat did: kept until its step comes, which then asks nothing.

A wish that nobody offers together with the rest is given up, and said to be.
"""

from clinic.views import Wish
from flows.choices import Choices, forget
from flows.talk import Talk
from flows.understanding import Understood

PARTS = ("clinic", "service", "doctor")
GIVEN_UP = ("wish_service", "wish_specialty", "wish_doctor", "wish_clinic")  # in this order
PENDING = frozenset(GIVEN_UP)


def pending(talk: Talk) -> bool:
    """Whether something is wished whose step has not come yet."""
    return not PENDING.isdisjoint(talk.choices)


def chosen(talk: Talk, part: str, id: str) -> None:
    """The step has come."""
    talk.choices[part] = id
    talk.choices.pop(f"wish_{part}", None)
    if part == "doctor":
        talk.choices.pop("wish_specialty", None)


async def offers(talk: Talk) -> list[Wish]:
    """All that fits what was chosen and what is wished."""
    practice = await talk.practice()
    specialists = {each.id: each.specialty for each in practice.doctors}
    while not (found := [each for each in practice.offers if _fits(talk.choices, each, specialists)]):
        if not pending(talk):
            return []
        talk.choices.pop(next(name for name in GIVEN_UP if name in talk.choices))
        talk.note("not_together")
    return found


def _fits(choices: Choices, offer: Wish, specialists: dict[str, str]) -> bool:
    has = {"clinic": offer.clinic_id, "service": offer.service_id, "doctor": offer.doctor_id}
    specialty = choices.get("wish_specialty", "")
    if specialty and specialty != specialists.get(offer.doctor_id):
        return False
    return all((choices.get(part) or choices.get(f"wish_{part}") or has[part]) == has[part] for part in PARTS)


async def among(talk: Talk, part: str) -> set[str] | None:
    """The ids that the wishes leave to choose from; None: no wish says anything about it."""
    if not pending(talk):
        return None
    return {getattr(each, f"{part}_id") for each in await offers(talk)} or None


async def take(talk: Talk, said: Understood) -> None:
    """Keep what a sentence wishes. What was chosen otherwise before gives way."""
    choices = talk.choices
    for part in PARTS:
        if (wanted := getattr(said, part)) and wanted != choices.get(part):
            await _give_way(talk, part, wanted)
            choices[f"wish_{part}"] = wanted
    if said.specialty and not said.doctor:
        forget(choices, "doctor")
        choices["wish_specialty"] = said.specialty
    take_when(choices, said)


def take_when(choices: Choices, said: Understood) -> None:
    """Keep only when a visit is wished."""
    if not says_when(said):
        return
    forget(choices, "day")
    if said.date_from:
        choices["wish_days"] = f"{said.date_from}/{said.date_to or said.date_from}"
    if said.time_from or said.time_to:
        choices["wish_hours"] = "-".join(f"{side:%H:%M}" if side else "" for side in (said.time_from, said.time_to))
    if said.not_dates:
        choices["wish_not"] = " ".join(day.isoformat() for day in said.not_dates)


def says_when(said: Understood) -> bool:
    """Whether a day or a time was named."""
    return bool(said.date_from or said.time_from or said.time_to or said.not_dates)


async def _give_way(talk: Talk, part: str, id: str) -> None:
    """A doctor who is not at the chosen clinic leaves it open again; what still fits is wished from now on."""
    choices, practice = talk.choices, await talk.practice()
    fitting = [offer for offer in practice.offers if getattr(offer, f"{part}_id") == id]
    known = {each: choices[each] for each in PARTS if choices.get(each) and each != part}
    fits = {each: any(getattr(offer, f"{each}_id") == known[each] for offer in fitting) for each in known}
    forget(choices, next(each for each in PARTS if each == part or not fits.get(each, True)))
    for each in known:
        if fits[each] and each not in choices:
            choices[f"wish_{each}"] = known[each]
