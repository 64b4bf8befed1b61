"""A person of the clinic has the conversation: the bot is silent until they hand it back, do nothing for too long, or
the patient calls it."""

from dataclasses import replace
from datetime import UTC, datetime

from flows.calling import when_called
from flows.choices import told
from flows.inbound import Kind
from flows.language import recognise
from flows.reply import BODY, Option, Reply
from flows.said import read
from flows.session import Held
from flows.speech import day as say_day
from flows.speech import time as say_time
from flows.steps.rights import decided
from flows.talk import Talk
from flows.tap import read_tap

RIGHTS = frozenset({"stop", "start", "my_data", "forget_me"})  # nobody stands between these and the patient
CALLING_THE_BOT = frozenset({"menu", "restart"})  # words of the patient


async def spoken(talk: Talk) -> list[Reply] | None:
    """What is said in the bot's stead, often nothing; None: the bot answers."""
    match talk.inbound.kind:
        case Kind.TAKE:
            return await _take(talk)
        case Kind.SAY:
            return await _say(talk)
        case Kind.TELL:
            return await _tell(talk)
        case Kind.BACK:
            return await _back(talk)
        case Kind.DECIDED:
            return await decided(talk)
    return await _heard(talk) if talk.session.held else None


async def _take(talk: Talk) -> list[Reply]:
    """Who comes second sees that somebody else has it."""
    held, by = _present(talk), talk.inbound.by
    if held is None or held.by == by:
        until = float(int(talk.now.timestamp()) + talk.inbound.hold)  # whole seconds: every store keeps them exactly
        held = replace(held or Held(by), until=until, unheard=False)
    await _keep(talk, held)
    return []


def _present(talk: Talk) -> Held | None:
    held = talk.session.held
    return held if held and held.until > talk.now.timestamp() else None


async def _keep(talk: Talk, held: Held) -> None:
    talk.session.held = held
    until = datetime.fromtimestamp(held.until, UTC)
    await talk.desk.handed_over(talk.inbound.id, talk.inbound.by, held.by, until, talk.now)


async def _say(talk: Talk) -> list[Reply]:
    """The first words come with a button that brings the bot back. Who speaks has the conversation."""
    first = _present(talk) is None or not talk.session.held or not talk.session.held.spoke
    await _take(talk)
    if talk.session.held and talk.session.held.by == talk.inbound.by:
        talk.session.held = replace(talk.session.held, spoke=True)
    text = talk.inbound.text
    if not first or len(text.encode("utf-16-le")) // 2 > BODY:
        return [Reply(text)]
    await _speak(talk)
    option = Option("menu", talk.say("assistant"))
    talk.session.asked += 1
    talk.session.options = [(option.id, option.title)]
    return [Reply(text, (replace(option, id=f"{talk.session.asked}:{option.id}"),))]


async def _speak(talk: Talk) -> None:
    if not talk.session.language:
        await recognise(talk, asking=True)


async def _tell(talk: Talk) -> list[Reply]:
    """The patient could not be reached; ``text`` is when somebody tries again, local to the clinic."""
    await _speak(talk)
    if when := talk.inbound.when:
        day = say_day(when.date(), talk.language, talk.now.astimezone(when.tzinfo).date())
        again = talk.say("day_at_time", day=day, time=say_time(when.time(), talk.language))
        return [Reply(talk.say("call_missed_until", when=again))]
    return [Reply(talk.say("call_missed"))]


async def _back(talk: Talk) -> list[Reply] | None:
    """By staff, or, where ``by`` is empty, by time."""
    held, by_staff = talk.session.held, bool(talk.inbound.by)
    if held is None or (not by_staff and _present(talk)):  # somebody did something meanwhile
        await _settle(talk, held)
        return []
    await _free(talk, held)
    if talk.inbound.quiet or not (by_staff or held.unheard):
        return []
    await _speak(talk)
    await _return(talk, called=held.unheard and not by_staff)
    return None


async def _return(talk: Talk, called: bool) -> None:
    """What is said above the menu."""
    talk.note("nobody_answered" if called else "handed_back")
    if called and (sentence := await when_called(talk)):
        key, values = sentence
        talk.note(key, **values)


async def _settle(talk: Talk, held: Held | None) -> None:
    """Nothing changes, and who asked learns how it stands."""
    if held:
        await _keep(talk, held)
    else:
        await talk.desk.handed_back(talk.inbound.id, talk.inbound.by)


async def _free(talk: Talk, held: Held) -> None:
    """What the patient wrote and nobody answered becomes a card."""
    talk.session.held = None
    if held.unheard and not talk.inbound.by:
        known, session = told(talk.choices), talk.session
        await talk.desk.call_back(talk.inbound.id, "unanswered", session.step, known, talk.language, talk.now)
    await talk.desk.handed_back(talk.inbound.id, talk.inbound.by)


async def _heard(talk: Talk) -> list[Reply] | None:
    held = talk.session.held
    if held is None:
        return None
    if _present(talk) is None:
        await _free(talk, held)
        return None
    if read(talk.session, talk.inbound, talk.language).command in CALLING_THE_BOT:
        await _free(talk, replace(held, unheard=False))
        return None
    if _at_a_button(talk) or read(talk.session, talk.inbound, talk.language).command in RIGHTS:
        return None
    if not held.unheard:
        talk.session.held = replace(held, unheard=True)
    await talk.desk.unanswered()
    return []


def _at_a_button(talk: Talk) -> bool:
    """A message's button, and what the bot asked about it, are answered by the bot; the person keeps the rest."""
    if talk.inbound.kind is not Kind.CHOICE:
        return False
    asked_about = "tapped" in talk.choices and not read(talk.session, talk.inbound, talk.language).stale
    return asked_about or read_tap(talk.inbound.choice) is not None
