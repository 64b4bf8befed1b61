"""A person who is new here: name and, where the clinic asks for it, date of birth, both in one message."""

from datetime import date

from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import STAY, Step
from flows.talk import Talk
from flows.words.name import read_person

LONGEST = 3  # words before the family name
NEW = "new"  # instead of an id: a person without a record yet


async def ask(talk: Talk) -> Question | str:
    """Only for what is missing."""
    choices = talk.choices
    if "name" in choices:
        return _birth(talk) if await _needs_birth(talk) else _known(talk)
    if "birth_date" in choices:
        return Question(talk.say("ask_name_only"))
    need_birth = await _needs_birth(talk)
    key = f"ask{'_other' if choices.get('self') == 'no' else ''}_name{'_birth' if need_birth else ''}"
    hint = () if "self" in choices else (talk.say("hint_other"),)
    return Question("\n".join([talk.say(key), *hint]), () if need_birth else _profile(talk))


async def _needs_birth(talk: Talk) -> bool:
    return any(clinic.asks_birth_date for clinic in await talk.clinics())


def _birth(talk: Talk) -> Question:
    text = talk.say("ask_birth", name=talk.choices["name"])
    return Question(text, (Option("skip", talk.say("skip_birth")),))


def _profile(talk: Talk) -> tuple[Option, ...]:
    """The name that WhatsApp shows, to tap, where it looks like a whole name and is meant for the one who writes."""
    name, _ = read_person(talk.inbound.profile_name, talk.language, talk.now.date())
    if not name or " " not in name or talk.choices.get("self") == "no":
        return ()
    return (Option("profile", name),)


async def answer(talk: Talk, said: Said) -> str | None:
    """Name and date in any order; "someone else" asks for that person's name."""
    choices = talk.choices
    if said.command == "me":
        return await _own(talk)
    if said.command == "other_person":
        choices["self"] = "no"
        return STAY
    if said.option == "skip":
        return _known(talk)
    text = talk.inbound.profile_name if said.option == "profile" else said.text
    name, birth_date = _read(talk, text)
    if (name is None or "name" in choices) and birth_date is None:
        return None
    if name:
        choices["name"] = name
    if birth_date:
        choices["birth_date"] = birth_date.isoformat()
    complete = "name" in choices and ("birth_date" in choices or not await _needs_birth(talk))
    return _known(talk) if complete else STAY


async def _own(talk: Talk) -> str:
    """Who writes for themselves and is known here need not say who they are."""
    choices = talk.choices
    own = next((patient.id for patient in (await talk.chat()).patients if patient.is_self), None)
    if own is None:
        choices["self"] = "yes"
        return STAY
    forget(choices, "self")
    choices["patient"] = own
    return "next"


def _known(talk: Talk) -> str:
    """Written down when something is booked, not before: who leaves now leaves no record."""
    talk.choices["patient"] = NEW
    return "next"


def is_person(talk: Talk, text: str) -> bool:
    """Whether a text is a name or a date of birth: "Mercy Stop" asks nobody to stop."""
    return _read(talk, text) != (None, None)


def _read(talk: Talk, text: str) -> tuple[str | None, date | None]:
    """Name and date of birth; "Grace Price" is a name, since only its end might be a word of something else."""
    name, birth_date = read_person(text, talk.language, talk.now.date())
    *first, last = text.split() or [""]
    if name is None and birth_date is None and 1 <= len(first) <= LONGEST and last.istitle() and last.isalpha():
        known, _ = read_person(" ".join(first), talk.language, talk.now.date())
        name = f"{known} {last}" if known else None
    return name, birth_date


PERSON = Step("person", ask, answer, gives="name", revisited=True, own_words=is_person)
