"""A link or a poster in the middle of a booking: begun with at once where nothing is lost by it, else asked about."""

from clinic.errors import NotFound
from clinic.views import Wish
from flows import wish
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import Step
from flows.talk import Talk


def pending(talk: Talk) -> dict[str, str]:
    """What the link begins with: ids by clinic, service and doctor."""
    return {part: talk.choices[f"start_{part}"] for part in wish.PARTS if f"start_{part}" in talk.choices}


async def ask(talk: Talk) -> Question | str:
    """The same link twice changes nothing; an earlier answer that fits it stays."""
    start, known = pending(talk), {part: talk.choices.get(part, "") for part in wish.PARTS}
    if all(known[part] == named for part, named in start.items()):
        return _done(talk)
    if not await _fits(talk, start, known):
        options = (Option("begin", talk.say("anew_begin")), Option("keep", talk.say("anew_keep")))
        return Question(talk.say("ask_anew", name=await _name(talk, start)), options)
    talk.note("start_with", name=await _name(talk, start))
    return _begin(talk, {part: named for part, named in start.items() if known[part] != named})


async def _fits(talk: Talk, start: dict[str, str], known: dict[str, str]) -> bool:
    """Whether nothing that was chosen must be given up."""
    if any(known[part] not in ("", named) for part, named in start.items()):
        return False
    if "day" in talk.choices or "slot" in talk.choices:
        return False
    wanted = {f"{part}_id": named for part, named in {**known, **start}.items() if named}
    return not any(known.values()) or any(_has(offer, wanted) for offer in (await talk.practice()).offers)


def _has(offer: Wish, wanted: dict[str, str]) -> bool:
    return all(getattr(offer, field) == named for field, named in wanted.items())


async def _name(talk: Talk, start: dict[str, str]) -> str:
    """ "Dr Anil Sharma, MG Road Clinic"."""
    practice, names = await talk.practice(), dict[str, str]()
    for records in (practice.doctors, practice.services, await talk.clinics()):
        names.update({each.id: each.name for each in records})
    if any(named not in names for named in start.values()):
        raise NotFound
    return ", ".join(names[start[part]] for part in reversed(wish.PARTS) if part in start)


def _begin(talk: Talk, start: dict[str, str]) -> str:
    talk.choices.update({f"wish_{part}": named for part, named in start.items()})
    wish.take_when(talk.choices, talk.heard)
    return _done(talk)


def _done(talk: Talk) -> str:
    for part in wish.PARTS:
        talk.choices.pop(f"start_{part}", None)
    return "next"


async def answer(talk: Talk, said: Said) -> str | None:
    """Whom the visit is for stays as it is, in either case."""
    match said.option or said.command:
        case "begin" | "yes":
            return await _give_up(talk)
        case "keep" | "no":
            return _done(talk)
    return None


async def _give_up(talk: Talk) -> str:
    start = pending(talk)
    forget(talk.choices, "clinic")
    for name in [name for name in talk.choices if name.startswith("wish_")]:
        del talk.choices[name]
    talk.session.trail.clear()
    talk.retraced = True
    try:
        talk.note("start_with", name=await _name(talk, start))
    except NotFound:
        talk.note("start_outdated")
    return _begin(talk, start)


ANEW = Step("anew", ask, answer)
