"""One turn of a conversation: the patient's message and the session in, the session and one bubble out."""

from dataclasses import replace
from datetime import datetime

from clinic.errors import NotFound
from flows import assent, flood, sentence
from flows.anytime import ANYTIME, DAY, came_back
from flows.choices import forget
from flows.desk import Desk
from flows.files import told_of, wants_no_answer
from flows.form.offer import with_form
from flows.hearing import hear
from flows.inbound import Inbound, Kind
from flows.language import SENTENCE, recognise, switch
from flows.question import Question, show
from flows.reply import Option, Reply
from flows.said import LONGEST, MORE, Said, read
from flows.session import Session
from flows.starting import begun
from flows.steps import aside, form, handoff
from flows.table import STAY, Flow, Flows, Step
from flows.takeover import spoken
from flows.talk import Talk
from flows.tap import Tap, read_tap

SILENT = frozenset({Kind.REACTION, Kind.DELETION, Kind.SYSTEM})
FIRST_WORDS = frozenset(  # commands that mean something before anything was asked
    {
        "human",
        "help",
        "menu",
        "language",
        "appointments",
        "come",
        "move",
        "cancel",
        "where",
        "here",
        "people",
        "stop",
        "start",
        "my_data",
        "forget_me",
    }
)
STEP_LIMIT = 30  # in one turn
MISS_LIMIT = 3  # misunderstandings in a row, then a person is asked to call


async def turn(
    flows: Flows, session: Session, inbound: Inbound, desk: Desk, now: datetime
) -> tuple[Session, list[Reply]]:
    """The session after a message, and the reply: exactly one, or none where a message wants no answer. The given
    session is left as it is. What the desk cannot do for reasons of its own is raised as it came."""
    session = session.copy()
    if inbound.kind in SILENT:
        if inbound.user_id or inbound.wa_id:
            await desk.moved(inbound.id, inbound.user_id, inbound.wa_id, now)
        return session, []
    talk = Talk(session, inbound, desk, now, began=session.step)
    talk.own = (await talk.tenant()).texts
    if (instead := await spoken(talk)) is not None:
        return session, instead or await _alarm(talk)
    if (hushed := await flood.hush(talk)) is not None:
        return session, hushed
    if wants_no_answer(talk):
        return session, []
    if not session.language:
        await recognise(talk, asking=session.step == "language")
    if talk.late:
        talk.note("late")
    question = await _follow(flows, talk, await _hear(flows[session.flow], talk))
    _remember_way(flows[session.flow], talk)
    return session, [await with_form(talk, _reply(talk, told_of(talk, question)))]


async def give_up(session: Session, inbound: Inbound, desk: Desk, now: datetime) -> tuple[Session, list[Reply]]:
    """For a message on which ``turn`` keeps failing: a person is asked to call, and the patient is told so."""
    session = session.copy()
    talk = Talk(session, inbound, desk, now, began=session.step, why="failed")
    await handoff.call(talk)
    session.step = handoff.HANDOFF.name
    return session, [_reply(talk, await handoff.ask(talk))]


async def _alarm(talk: Talk) -> list[Reply]:
    """While a person has the conversation the bot is silent, but not about an emergency."""
    if talk.inbound.kind is not Kind.TEXT or (await hear(talk)).intent != "emergency":
        return []
    return [Reply(await aside.alarm(talk))]


async def _hear(flow: Flow, talk: Talk) -> str:
    """The move that the message makes; STAY where the present question stands."""
    if talk.inbound.of_staff:  # they have handed the conversation back
        return "menu"
    session, step = talk.session, flow.steps[talk.session.step]
    talk.flow = flow
    if talk.inbound.kind is Kind.FORM and (move := form.filled(flow, talk)):
        return move
    tap = read_tap(talk.inbound.choice) if talk.inbound.kind is Kind.CHOICE else None
    if tap and flow.can(step.name, tap.kind):
        return _tapped(talk, tap)
    if flow.can(step.name, "queue") and await _at_door(step, talk):
        return "queue"
    if flow.can(step.name, "begin") and (move := await begun(flow, talk)):
        return move
    said = read(session, talk.inbound, talk.language)
    if step.name == flow.start:
        return await _opening(flow, talk, said)
    if said.stale or (said.location and not step.takes_location):
        talk.note("stale" if said.stale else "location_not_needed")
        return STAY
    if not said.readable or (said.phone and not step.takes_contact):
        return _missed(flow, talk, "edited" if talk.inbound.kind is Kind.EDIT else "cannot_read")
    if said.certain == MORE:
        session.page += 1
        return STAY
    return await _understand(flow, talk, said)


def _tapped(talk: Talk, tap: Tap) -> str:
    """A template's button is about its own record, wherever the conversation stands."""
    talk.brings = {"tapped": tap.action, tap.named: tap.id, "start_version": str(tap.version)}
    return tap.kind


async def _at_door(step: Step, talk: Talk) -> bool:
    """The word of a clinic's QR code in any text, and a location that nothing asked for on the day of a visit, say:
    I am here."""
    said = talk.inbound
    if said.kind is Kind.TEXT and (door := await talk.desk.at_door(said.text[:LONGEST])):
        talk.brings = {"aim": "here", "door": door}
    elif said.kind is Kind.LOCATION and not step.takes_location and not all(each.status for each in await talk.queue()):
        talk.brings = {"aim": "here"}
    return bool(talk.brings)


async def _opening(flow: Flow, talk: Talk, said: Said) -> str:
    talk.greets = True
    if not said.readable and talk.inbound.kind is not Kind.MEDIA:
        talk.note("cannot_read")
    if said.command in FIRST_WORDS:
        return ANYTIME[said.command](flow, talk)
    if not said.text or said.command:
        return STAY
    move = await sentence.first_words(talk)
    if move is None and _out_of_scope(talk):
        talk.note("out_of_scope")
    return STAY if move in (None, "book") else _made(flow, talk, move)


async def _understand(flow: Flow, talk: Talk, said: Said) -> str:
    """A command, an answer to the question, a sentence that says more, or something else."""
    step = flow.steps[talk.session.step]
    own = said.command in step.reads and said.command in talk.session.shown
    command = said.command if said.command in ANYTIME and not own else ""
    typed = bool(said.text) and not said.command and not said.certain
    move = command or await sentence.settles(step, talk, said)
    if move is None and typed:
        move = await sentence.breaks_in(step, talk, said)
    if move is None and talk.inbound.kind is Kind.TEXT and talk.session.idle(talk.now) > DAY:
        move = came_back(flow, talk)
    if move is None:
        move = await _answer(flow, talk, await assent.own(step, talk, said) if typed else said)
    if move is None and typed and talk.inbound.kind is Kind.TEXT:
        move = await sentence.leads(talk)
    if move is None and talk.inbound.last:
        move = await _last_alone(flow, talk)
    if move is None:
        return await _not_understood(flow, talk, said)
    talk.session.misses = 0
    return _made(flow, talk, move)


async def _last_alone(flow: Flow, talk: Talk) -> str | None:
    """Of several texts in a row that together mean nothing the last one may: but never as a mere yes."""
    said = read(talk.session, replace(talk.inbound, text=talk.inbound.last), talk.language)
    if said.command == "yes":
        return None
    return said.command if said.command in ANYTIME else await _answer(flow, talk, said)


def _made(flow: Flow, talk: Talk, move: str) -> str:
    return ANYTIME[move](flow, talk) if move in ANYTIME else move


async def _answer(flow: Flow, talk: Talk, said: Said) -> str | None:
    step = flow.steps[talk.session.step]
    try:
        move = await step.answer(talk, said)
        if move is None and MORE in talk.session.shown:
            move = await step.answer(talk, await _with_all_pages(step, talk, said))
    except NotFound:
        return _withdrawn(talk)
    return move


async def _with_all_pages(step: Step, talk: Talk, said: Said) -> Said:
    """The words of an option may be typed although it stands on another page."""
    question = await step.ask(talk)
    options = () if isinstance(question, str) else question.options
    return replace(said, options=tuple((option.id, option.title) for option in options))


def _withdrawn(talk: Talk) -> str:
    """Something that was chosen is no longer offered by the clinic: it is asked again, from there on."""
    talk.note("withdrawn")
    forget(talk.choices, "clinic")
    talk.look_again()
    return "missing"


async def _not_understood(flow: Flow, talk: Talk, said: Said) -> str:
    if await switch(talk, said.text):
        return STAY
    if move := came_back(flow, talk):
        return move
    if not _out_of_scope(talk):
        return _missed(flow, talk, "")
    missed = _missed(flow, talk, "out_of_scope")
    return missed if missed != STAY or talk.session.half_done else "menu"


def _out_of_scope(talk: Talk) -> bool:
    """Whether a whole sentence was written, and about something else."""
    return talk.heard.intent == "unknown" and len(talk.inbound.text.split()) >= SENTENCE


def _missed(flow: Flow, talk: Talk, line: str) -> str:
    """Apologise, in more words the second time; the third time a person takes over."""
    session = talk.session
    if talk.inbound.kind is Kind.MEDIA:  # kept for staff, whatever its caption says
        talk.keeps = True
        return STAY
    if not line and form.shown(session):  # the word that asks for the list behind the form, whichever it is
        return STAY
    session.misses += 1
    if session.misses >= MISS_LIMIT and flow.can(session.step, "lost"):
        talk.why = "misunderstood"
        return "lost"
    again = "missed_again" if session.options else "missed_again_open"
    talk.note(line or ("missed" if session.misses == 1 else again))
    return STAY


async def _follow(flows: Flows, talk: Talk, move: str) -> Question:
    """From step to step until one has something to ask. What a step needs and lacks is asked first."""
    for _ in range(STEP_LIMIT):
        if move != STAY:
            _go(flows[talk.session.flow], talk, move)
        flow = flows[talk.session.flow]
        step = flow.steps[talk.session.step]
        outcome = "missing" if any(need not in talk.choices for need in step.needs) else await _ask(flow, talk)
        if isinstance(outcome, Question):
            return outcome
        move = outcome
    if talk.why == "failed":
        raise RecursionError(f"{flow.name}: more than {STEP_LIMIT} steps in one turn, at {talk.session.step}")
    talk.why = "failed"
    return await _follow(flows, talk, "human")


def _go(flow: Flow, talk: Talk, move: str) -> None:
    """Make a move. Into another conversation, or into this one with something new in mind, nothing leads back."""
    session, brings = talk.session, talk.brings
    into, _, step = flow.next(session.step, move).rpartition(".")
    if into or brings:
        session.enter(into or flow.name, brings)
        talk.brings, talk.retraced = {}, True
    session.step, session.page = step, 0


async def _ask(flow: Flow, talk: Talk) -> Question | str:
    try:
        return await flow.steps[talk.session.step].ask(talk)
    except NotFound:
        return _withdrawn(talk)


def _remember_way(flow: Flow, talk: Talk) -> None:
    """Keep the steps behind, for "back": each once, and none after an end."""
    session, trail = talk.session, talk.session.trail
    if session.step != talk.began:
        session.misses = 0
    if flow.steps[session.step].ends:
        trail.clear()
    elif session.step in trail:
        del trail[trail.index(session.step) :]
    elif session.step != talk.began and not talk.retraced and flow.steps[talk.began].revisited:
        trail.append(talk.began)


def _reply(talk: Talk, question: Question) -> Reply:
    talk.session.at = talk.now.timestamp()
    return show(talk.session, question, talk.notes, Option(MORE, talk.say("more")), talk.say("open_list"))
