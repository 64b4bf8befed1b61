"""What a sentence of the patient's own leads to: one table from what is meant to the move that it makes.

A plain answer to the question that stands comes first. Nothing is booked, moved or cancelled by a sentence alone: it
leads to the step at which the visit is shown and confirmed. Where it is not clear what is meant, one short question
asks for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from clinic.views import AppointmentView
from flows import wish
from flows.answers import ANSWERS, Tell
from flows.anytime import ANYTIME, came_back
from flows.assent import agrees, is_option
from flows.choices import forget
from flows.echo import echo
from flows.hearing import ALARM, CERTAIN, LIKELY, LONGEST, SURE, hear
from flows.inbound import Kind
from flows.language import settle
from flows.said import Said
from flows.session import HOME
from flows.steps.aside import HALVES, MAYBE, UNSURE, come_back, leave
from flows.table import STAY, Step
from flows.talk import Talk
from flows.understanding import Intent, Understood
from flows.visit import is_open
from flows.words.when import read_when

FACTS = ("doctor", "specialty", "clinic", "service", "for_whom")

Lead = Callable[[Talk, Understood], Awaitable[str | None]]


async def first_words(talk: Talk) -> str | None:
    """The move of a conversation's first message; None: it says nothing that leads anywhere."""
    said = await hear(talk)
    if said.intent == "emergency":
        return leave(talk, "emergency")
    if said.intent in ("yes", "no", "greeting"):
        return None
    return await _lead(talk, said)


async def breaks_in(step: Step, talk: Talk, said: Said) -> str | None:
    """The move of a sentence that says more than an answer to the question would."""
    heard = await hear(talk)
    own_words = step.own_words is not None and step.own_words(talk, said.text)
    if heard.intent == "emergency" and (not own_words or heard.confidence >= ALARM):
        return leave(talk, "emergency")
    if own_words or talk.inbound.kind is not Kind.TEXT or is_option(said) or await agrees(step, talk):
        return None
    if heard.contradiction:
        return await _book(talk, heard) if heard.intent == "book" else await _lead(talk, heard)
    if heard.confidence < SURE or heard.unsure == "intent" or not _is_more(step, talk, said, heard):
        return None
    if heard.confidence < CERTAIN and (said.option or (step.takes_time and _names_time(talk, said))):
        return None
    return await _lead(talk, heard)


def _names_time(talk: Talk, said: Said) -> bool:
    """Whether it can be read as an answer to "when?"."""
    return read_when(said.text, talk.language, talk.now.date()) is not None


async def leads(talk: Talk) -> str | None:
    """The move of a sentence that is no answer to the question."""
    if talk.heard.confidence < LIKELY or talk.heard.intent in ("yes", "no", "unknown"):
        return None
    return await _lead(talk, talk.heard)


def _is_more(step: Step, talk: Talk, said: Said, heard: Understood) -> bool:
    """Whether it is no mere answer."""
    facts = [fact for fact in FACTS if getattr(heard, fact)]
    if heard.intent in step.reads and heard.intent in talk.session.shown and not facts and not wish.says_when(heard):
        return False
    if heard.intent == "move" and step.takes_time and not facts:
        return False
    if heard.intent == "book":
        many = len(facts) + (wish.says_when(heard) and not step.takes_time) > 1 - step.takes_time
        return talk.session.flow == HOME and many and not (said.option and len(facts) < 2)
    return heard.intent in LEADS


async def _lead(talk: Talk, said: Understood) -> str | None:
    sure = said.confidence >= SURE and said.unsure != "intent"
    filling = said.intent == "book" and _has_facts(replace(said, for_whom="" if not said.patient else said.for_whom))
    if said.intent in MAYBE and not sure and not filling:
        return _unsure(talk, said.intent) if said.intent != "book" or _idle(talk) else None
    lead = LEADS.get(said.intent)
    return await lead(talk, said) if lead else None


def _has_facts(said: Understood) -> bool:
    return wish.says_when(said) or any(getattr(said, fact) for fact in FACTS)


def _unsure(talk: Talk, maybe: str) -> str:
    move = leave(talk, "unsure")
    talk.choices.update(maybe=maybe, maybe_text=talk.inbound.text[:LONGEST])
    return move


async def settles(step: Step, talk: Talk, said: Said) -> str | None:
    """The move of the answer to the short question: what was asked about is done, with all that the sentence said."""
    if step.name != UNSURE.name or "maybe" not in talk.choices:
        return None
    maybe, text = talk.choices["maybe"], talk.choices.get("maybe_text", "")
    half = said.option if maybe == "half" and said.option in HALVES else ""
    if not half and (maybe == "half" or (said.option != "yes" and said.command != "yes")):
        return None
    return await _settled(talk, maybe, text, half)


async def _settled(talk: Talk, maybe: str, text: str, half: str) -> str | None:
    """The move after the short question: the sentence is read again, with what was missing of it."""
    answer = talk.inbound
    talk.inbound = replace(answer, text=f"{text} {talk.say(half)}" if half else text)
    heard = replace(await hear(talk), unsure="", confidence=1.0)
    talk.inbound = answer
    come_back(talk)
    lead = LEADS.get(heard.intent if half else _intent(maybe))
    return await lead(talk, heard) if lead else None


def _intent(name: str) -> Intent:
    return next((intent for intent in LEADS if intent == name), "unknown")


async def _book(talk: Talk, said: Understood) -> str | None:
    """All that was said is filled in, and the chat asks for the rest."""
    if said.unsure == "half":
        return _unsure(talk, "half")
    if not _has_facts(said) and not said.contradiction:
        return _just_book(talk)
    if said.contradiction:
        said = replace(said, date_from=None, date_to=None)
        _name_contradiction(talk, said)
        if not _has_facts(said):
            return STAY
    await echo(talk, said)
    if talk.session.flow != HOME:
        return await _elsewhere(talk, said)
    if talk.flow and talk.flow.steps[talk.session.step].ends:
        talk.session.trail.clear()
    await _fill(talk, said)
    return "book"


def _name_contradiction(talk: Talk, said: Understood) -> None:
    if said.contradiction:
        first, second = said.contradiction
        talk.note("contradiction", first=first, second=second)


def _just_book(talk: Talk) -> str | None:
    """Without a word about what: the question that stands leads there, or a new booking begins."""
    if talk.flow and (move := came_back(talk.flow, talk)):
        return move
    return STAY if talk.session.flow == HOME and not _idle(talk) else "book"


def _idle(talk: Talk) -> bool:
    """Whether nothing is being booked, nor anything else done."""
    step = talk.session.step
    return step in BESIDE or (talk.flow is not None and talk.flow.steps[step].ends)


BESIDE = frozenset({"booked", "menu", "resume", "handoff"})  # steps of the booking that are no part of one


async def _elsewhere(talk: Talk, said: Understood) -> str:
    """From another conversation to a booking with all of it."""
    kept = dict(talk.session.choices)
    talk.session.choices = {name: kept[name] for name in ("consent",) if name in kept}
    await _fill(talk, said)
    talk.brings, talk.session.choices = dict(talk.session.choices), kept
    talk.brings.pop("consent", None)
    return "book"


async def _fill(talk: Talk, said: Understood) -> None:
    await _whom(talk, said)
    await wish.take(talk, said)


async def _whom(talk: Talk, said: Understood) -> None:
    """One of the household, the one who writes, or somebody who is new."""
    choices, people = talk.choices, (await talk.chat()).patients
    own = next((each.id for each in people if each.is_self), "")
    if not said.patient and not said.for_whom:
        return
    known = said.patient or (own if said.for_whom == "me" else "")
    forget(choices, "self")
    if known:
        choices["patient"] = known
    else:
        choices["self"] = "yes" if said.for_whom == "me" else "no"


def _visits(aim: str) -> Lead:
    """To the visit that is meant: it is shown, and asked about, before anything is done."""

    async def lead(talk: Talk, said: Understood) -> str | None:
        if aim == "move" and said.unsure == "half":
            return _unsure(talk, "half")
        visits = [each for each in await talk.visits() if is_open(each, talk.now)]
        meant = [each for each in visits if _is_meant(each, said, by_time=aim == "cancel")]
        talk.brings = {"aim": aim}
        if visits and not meant:
            talk.note("no_such_visit")
        elif len(meant) < len(visits):
            talk.brings["among"] = " ".join(each.id for each in meant)
        if aim == "move" and not said.contradiction:
            wish.take_when(talk.brings, said)
        _name_contradiction(talk, said)
        return "visits"

    return lead


def _is_meant(visit: AppointmentView, said: Understood, *, by_time: bool) -> bool:
    """Whether what was said fits the visit; of one that is to be moved the times are the new ones."""
    if (said.doctor and said.doctor != visit.doctor.id) or (said.patient and said.patient != visit.patient.id):
        return False
    start = visit.start.astimezone(ZoneInfo(visit.clinic.zone))
    if not by_time:
        return True
    if (
        said.date_from
        and not said.contradiction
        and not said.date_from <= start.date() <= (said.date_to or said.date_from)
    ):
        return False
    exact = said.time_from is not None and said.time_from == said.time_to
    return not exact or start.time() == said.time_from


def _anytime(name: str) -> Lead:
    """What can be said at any time as a command, too."""

    async def lead(talk: Talk, _said: Understood) -> str | None:
        go = ANYTIME.get(name)
        return go(talk.flow, talk) if go and talk.flow else None

    return lead


def _answer(tell: Tell) -> Lead:
    """Answered, and back to the question that stands."""

    async def lead(talk: Talk, said: Understood) -> str | None:
        await tell(talk, said)
        return STAY

    return lead


async def _language(talk: Talk, said: Understood) -> str | None:
    """The one that was named, where it is offered."""
    if said.language not in (await talk.tenant()).languages:
        return await _anytime("language")(talk, said)
    await settle(talk, said.language)
    talk.note("language_changed")
    return STAY


LEADS: dict[Intent, Lead] = {
    "book": _book,
    "move": _visits("move"),
    "cancel": _visits("cancel"),
    "my_appointments": _anytime("appointments"),
    "queue": _anytime("where"),
    "human": _anytime("human"),
    "language": _language,
    "greeting": _anytime("greeting"),
    "thanks": _anytime("thanks"),
    "stop": _anytime("stop"),
    "start": _anytime("start"),
    "my_data": _anytime("my_data"),
    "forget_me": _anytime("forget_me"),
    "address": _answer(ANSWERS["address"]),
    "hours": _answer(ANSWERS["hours"]),
    "price": _answer(ANSWERS["price"]),
    "bring": _answer(ANSWERS["bring"]),
    "insurance": _answer(ANSWERS["insurance"]),
    "medical": _answer(ANSWERS["medical"]),
}
