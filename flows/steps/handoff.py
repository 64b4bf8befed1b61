"""Where the chat cannot go on by itself: what it can still offer, and a person who calls."""

from flows.calling import when_called
from flows.choices import forget, told
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import STAY, Step
from flows.talk import Talk, find
from flows.waitable import wait_option

FIRST_WORDS = {"asked": "called_asked", "misunderstood": "called_misunderstood", "failed": "called_failed"}
LATER = {"call_promised": "call_promised_later", "call_waiting": "call_waiting_later"}  # after hours


async def call(talk: Talk) -> str:
    """Put the patient on the list of those to be called, with the step and the choices so far."""
    talk.called = talk.why
    await talk.desk.call_back(talk.inbound.id, talk.called, talk.began, told(talk.choices), talk.language, talk.now)
    return "done"


CALLING = Step("calling", call)


async def ask(talk: Talk) -> Question:
    """Told once in full; the chat goes on meanwhile for those who like."""
    text = await _when(talk, "call_promised" if talk.called else "call_waiting")
    if talk.called:
        text = f"{talk.say(FIRST_WORDS.get(talk.called, 'called_stuck'))} {text}"
    return Question(text, (Option("yes", talk.say("go_on")), Option("restart", talk.say("start_over"))))


async def _when(talk: Talk, key: str) -> str:
    """The promise of a call; after hours with the time from which on somebody calls."""
    if (sentence := await when_called(talk)) is None:
        return talk.say(key)
    opens, values = sentence
    return talk.say(LATER[key], when=talk.say(opens, **values))


async def answer(_talk: Talk, said: Said) -> str | None:
    """Back to the booking, at the place where it stopped. Whatever else is written is meant for the person."""
    return "next" if said.option == "yes" else STAY


HANDOFF = Step("handoff", ask, answer)


async def ask_stuck(talk: Talk) -> Question:
    """Nothing is free: what else might do; first what leads to a booking."""
    doctor_id = talk.choices.get("doctor")
    text = talk.say("no_slots_any")
    if doctor_id:
        text = talk.say("no_slots", doctor=find(await talk.doctors(), doctor_id).name)
    return Question(text, (*await elsewhere(talk), *wait_option(talk), Option("yes", talk.say("call_me"))))


async def elsewhere(talk: Talk) -> list[Option]:
    """Another doctor, or another clinic, where there is one."""
    offers = []
    if talk.choices.get("doctor") and len(await talk.doctors()) > 1:
        offers.append(Option("doctor", talk.say("other_doctor")))
    if len(await talk.clinics()) > 1:
        offers.append(Option("clinic", talk.say("other_clinic")))
    return offers


async def answer_stuck(talk: Talk, said: Said) -> str | None:
    """Another doctor or place, or a call."""
    if said.option == "yes":
        talk.why = "no_slots"
        return "call"
    if said.option and said.option != "wait":
        forget(talk.choices, said.option)
    return said.option or None


STUCK = Step("stuck", ask_stuck, answer_stuck)


async def ask_full(talk: Talk) -> Question:
    """The patient holds as many bookings as the clinic allows."""
    options = (Option("yes", talk.say("call_me")), Option("no", talk.say("no_thanks")))
    return Question(talk.say("too_many_bookings"), options)


async def answer_full(talk: Talk, said: Said) -> str | None:
    """A call, or nothing."""
    talk.why = "too_many_bookings"
    return {"yes": "call", "no": "restart"}.get(said.option)


FULL = Step("full", ask_full, answer_full)
