"""Where somebody stands today, and "I am here": by a shared location, or by the word of the clinic's QR code."""

from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.errors import ClinicError, TooFarAway
from clinic.views import Proof, QueueView
from flows.inbound import Kind
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.speech import time as say_time
from flows.table import STAY, Step
from flows.talk import Talk
from flows.visit import is_open, when

SHOWN = 5  # of a household, in one bubble
ROUND = 5  # minutes
ON_TIME = 10  # minutes by which nobody calls it late

# How somebody stands, by the status in the queue; empty: not here yet.
STANDS = {
    "waiting": "queue_waiting",
    "called": "queue_called",
    "with_doctor": "queue_inside",
    "parked": "queue_parked",
    "missed": "queue_missed",
    "done": "queue_done",
    "": "queue_expected",
}


async def ask_place(talk: Talk) -> Question | str:
    """Everybody of the household who has a visit or a number today; whoever said "I am here" is checked in first."""
    if talk.choices.pop("aim", "") == "here":
        return "arriving"
    today = await talk.queue()
    if not today:
        return await _none_today(talk)
    text = "\n\n".join(told(talk, each) for each in today[:SHOWN])
    here = any(not each.status and _open(each, talk.now) for each in today)
    first = Option("here", talk.say("i_am_here")) if here else Option("where", talk.say("look_again"))
    return Question(text, (first, _visits(talk), _human(talk)))


async def _none_today(talk: Talk) -> Question:
    ahead = [visit for visit in await talk.visits() if is_open(visit, talk.now)]
    if not ahead:
        return Question(talk.say("queue_no_visit"), (Option("book", talk.say("book_visit")), _human(talk)))
    text = talk.say("queue_not_today", when=when(talk, ahead[0]), doctor=ahead[0].doctor.name)
    return Question(text, (_visits(talk), _human(talk)))


def _visits(talk: Talk) -> Option:
    return Option("appointments", talk.say("my_appointments"))


def _human(talk: Talk) -> Option:
    return Option("human", talk.say("talk_to_person"))


async def answer_place(_talk: Talk, said: Said) -> str | None:
    """Its other options are commands, which mean the same everywhere."""
    return "book" if said.option == "book" else None


PLACE = Step("place", ask_place, answer_place)


def told(talk: Talk, stands: QueueView) -> str:
    """One patient's place."""
    facts = {"patient": stands.patient, "doctor": stands.doctor, "token": str(stands.token)}
    if stands.status == "called":
        return talk.say("queue_called", **facts, room=stands.room or stands.clinic.name)
    if stands.status == "waiting" and stands.wait and stands.position:
        key = "queue_next" if stands.position == 1 else "queue_waiting"
        return talk.say(key, **facts, position=str(stands.position), wait=_wait(talk, *stands.wait))
    if stands.status == "" and stands.start:
        return _expected(talk, stands, stands.start)
    return talk.say(STANDS[stands.status], **facts)


def _wait(talk: Talk, least: int, most: int) -> str:
    """In steps, since nobody knows it better: "10 to 25 minutes"."""
    low, high = least // ROUND * ROUND, max(ROUND, -(-most // ROUND) * ROUND)
    return talk.say("wait_range", low=low, n=high) if low else talk.say("wait_at_most", n=high)


def _expected(talk: Talk, stands: QueueView, start: datetime) -> str:
    """Not here yet: when it will be."""
    facts = {"patient": stands.patient, "doctor": stands.doctor, "clinic": stands.clinic.name}
    text = talk.say("queue_expected", **facts, time=_clock(talk, start, stands))
    if stands.late < ON_TIME:
        return f"{text} {talk.say('queue_on_time')}"
    return f"{text} {talk.say('queue_late', n=-(-stands.late // ROUND) * ROUND)}"


def _clock(talk: Talk, moment: datetime, stands: QueueView) -> str:
    return say_time(moment.astimezone(ZoneInfo(stands.clinic.zone)).time().replace(second=0), talk.language)


def _open(stands: QueueView, now: datetime) -> bool:
    """Whether one can check in already."""
    return stands.opens is None or stands.opens <= now


async def ask_arriving(talk: Talk) -> Question | str:
    """Check in whoever may be; else say why not, or ask for the location."""
    coming = [each for each in await talk.queue() if not each.status]
    ready = [each for each in coming if _open(each, talk.now)]
    proof = _proof(talk)
    if not ready:
        _too_early(talk, coming)
    elif proof == Proof():
        if any(each.clinic.latitude is not None for each in ready):
            return Question(talk.say("ask_arriving"), ask_location=True)
        talk.note("arriving_no_map", clinic=ready[0].clinic.name)
    elif refusal := await _check_in(talk, ready, proof):
        return _not_here(talk, ready[0], refusal)
    return "next"


def _proof(talk: Talk) -> Proof:
    """What this message shows; a location is used at once and kept nowhere."""
    said = talk.inbound
    if said.kind is Kind.LOCATION and said.latitude is not None and said.longitude is not None:
        return Proof(here=(said.latitude, said.longitude))
    return Proof(talk.choices.pop("door", ""))


def _too_early(talk: Talk, coming: list[QueueView]) -> None:
    """Of the first one; who has no visit today is told so by the place."""
    for each in coming[:1]:
        if each.start and each.opens:
            times = {"time": _clock(talk, each.start, each), "opens": _clock(talk, each.opens, each)}
            talk.note("arriving_early", **times)


async def _check_in(talk: Talk, ready: list[QueueView], proof: Proof) -> ClinicError | None:
    """All of the household who are expected there; why not, where nobody is."""
    refused = [await _arrive(talk, each, proof) for each in ready]
    if all(refused):
        return refused[0]
    talk.note("arrived")
    talk.look_again()
    return None


async def _arrive(talk: Talk, stands: QueueView, proof: Proof) -> ClinicError | None:
    try:
        await talk.desk.arrive(talk.inbound.id, stands.visit, proof, talk.now)
    except ClinicError as refusal:
        if refusal.code not in REFUSALS:
            raise
        return refusal
    return None


# What is said where the desk does not believe it, or something changed meanwhile.
REFUSALS = {
    "too_far_away": "arriving_far",
    "not_on_map": "arriving_no_map",
    "elsewhere_now": "arriving_elsewhere",
    "too_early": "visit_changed",
    "not_today": "visit_changed",
    "not_expected": "visit_changed",
    "not_changeable": "visit_changed",
    "not_found": "not_yours",
}


def _not_here(talk: Talk, stands: QueueView, refusal: ClinicError) -> Question | str:
    """Too far away: they may share it again from nearer."""
    if isinstance(refusal, TooFarAway):
        text = talk.say("arriving_far", clinic=stands.clinic.name, distance=_distance(talk, refusal.metres))
        return Question(text, ask_location=True)
    talk.note(REFUSALS[refusal.code], clinic=stands.clinic.name)
    talk.look_again()
    return "next"


def _distance(talk: Talk, metres: float) -> str:
    """Below a kilometre in hundreds of metres."""
    if metres < 950:
        return talk.say("metres", number=max(100, round(metres / 100) * 100))
    return talk.say("kilometres", number=round(metres / 1000))


async def answer_arriving(_talk: Talk, said: Said) -> str | None:
    """The location, or a change of mind."""
    if said.location:
        return STAY
    return "next" if said.command == "no" else None


ARRIVING = Step("arriving", ask_arriving, answer_arriving, takes_location=True)
