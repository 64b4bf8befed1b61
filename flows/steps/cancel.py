"""Cancelling a visit: whether it still can be, why, whether really; then it is free for others."""

from clinic.errors import ClinicError
from flows.choices import start_over
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.steps.visits import again_as, elsewhere, keep, refused, saw, shown
from flows.table import STAY, Step, any_words
from flows.talk import Talk
from flows.visit import is_open, told, what, when

# Never a question about the patient's health: these are about the visit.
REASONS = {
    "time": "why_time",
    "away": "why_away",
    "not_needed": "why_not_needed",
    "elsewhere": "why_elsewhere",
    "other": "why_other",
}


async def check(talk: Talk) -> str:
    """Before anything is asked: a visit that cannot be cancelled any more is not asked about."""
    visit = await talk.visit()
    if not is_open(visit, talk.now):
        return "show"
    if visit.cancel_until and talk.now > visit.cancel_until:
        return "too_late_to_cancel"
    return "next"


CANCEL = Step("cancel", check, needs=("visit",))


async def ask_why(talk: Talk) -> Question:
    """A few reasons to tap."""
    options = tuple(Option(reason, talk.say(key)) for reason, key in REASONS.items())
    visit = await talk.visit()
    text = talk.say("ask_why", when=when(talk, visit), doctor=visit.doctor.name)
    return Question(text, options, (Option("keep", talk.say("keep_visit")),))


async def answer_why(talk: Talk, said: Said) -> str | None:
    """Whatever else is written is another reason; the words are not kept, they may be about an illness."""
    kept = keep(talk, said)
    if kept or not (said.option or said.text):
        return kept
    talk.choices["why"] = said.option if said.option in REASONS else "other"
    return "next"


WHY = Step("why", ask_why, answer_why, gives="why", needs=("visit",), revisited=True, own_words=any_words)


async def ask_sure(talk: Talk) -> Question:
    """The visit in full, once more."""
    visit = await talk.visit()
    saw(talk, visit)
    options = (Option("cancel", talk.say("yes_cancel")), Option("keep", talk.say("keep_visit")))
    return Question(talk.say("ask_sure", summary=what(talk, visit)), options)


async def answer_sure(talk: Talk, said: Said) -> str | None:
    """Here "cancel" is a yes."""
    if said.command == "yes" or said.option == "cancel":
        return "yes"
    return keep(talk, said)


SURE = Step("sure", ask_sure, answer_sure, needs=("visit", "why"), revisited=True, reads=("cancel",), shows=shown)


async def cancel(talk: Talk) -> str:
    """The message's id makes a second run of this turn harmless."""
    choices, desk = talk.choices, talk.desk
    try:
        talk.appointment = await desk.cancel(
            talk.inbound.id, choices["visit"], int(choices["seen"]), choices["why"], talk.now
        )
    except ClinicError as refusal:
        return refused(talk, refusal)
    return "done"


CANCELLING = Step("cancelling", cancel, needs=("visit", "seen", "why"))


async def ask_cancelled(talk: Talk) -> Question:
    """Told in full once; and the way to another time stands first."""
    visit = talk.appointment or await talk.visit()
    options = (Option("same", talk.say("book_like_this")), *await elsewhere(talk, visit))
    if talk.appointment is None:
        return Question(talk.say("cancelled_before", reference=visit.reference), options)
    start_over(talk.choices)
    talk.choices["visit"] = visit.id
    return Question(told(talk, "visit_cancelled", visit), options)


async def answer_ended(talk: Talk, said: Said) -> str | None:
    """Nothing more to do is an answer too."""
    if said.command == "no":
        talk.note("welcome")
        return STAY
    if said.option == "same":
        return await again_as(talk, await talk.visit())
    return "book" if said.option == "book" else None


CANCELLED = Step("cancelled", ask_cancelled, answer_ended, needs=("visit",), ends=True)
