"""What interrupts a conversation wherever it stands, and leads back to the very same step: an emergency, and the short
question what was meant."""

from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import STAY, Step
from flows.talk import Talk

CLINICS = 3  # whose numbers are told
HALVES = ("morning", "evening")


def leave(talk: Talk, to: str) -> str:
    """The move to such a step, from which one comes back."""
    if talk.session.step not in (EMERGENCY.name, UNSURE.name):
        talk.choices["from"] = talk.session.step
    talk.retraced = True
    return to


def come_back(talk: Talk) -> None:
    """To the step that was left."""
    known = talk.flow.steps if talk.flow else {}
    step = talk.choices.pop("from", "")
    talk.session.step, talk.session.page = step if step in known else "start", 0
    talk.retraced = True
    for name in ("maybe", "maybe_text"):
        talk.choices.pop(name, None)


async def alarm(talk: Talk) -> str:
    """The country's number first, then the clinic's. Never advice."""
    clinics, chosen = await talk.clinics(), talk.choices.get("clinic", "")
    near = [each for each in clinics if each.id == chosen] or clinics
    lines = [
        talk.say("emergency_service", number=number) for number in dict.fromkeys(c.emergency_service for c in near)
    ]
    own = [talk.say("emergency_clinic", clinic=c.name, number=c.emergency_number) for c in near if c.emergency_number]
    if not own and (number := (await talk.tenant()).emergency_number):
        own = [talk.say("emergency_clinic", clinic=(await talk.tenant()).name, number=number)]
    return "\n".join([talk.say("emergency"), *(lines or [talk.say("emergency_service", number="112")]), *own[:CLINICS]])


async def service(talk: Talk) -> str:
    """The emergency number of the country."""
    return next((each.emergency_service for each in await talk.clinics()), "112")


async def ask_emergency(talk: Talk) -> Question:
    """Nothing else is asked."""
    return Question(await alarm(talk), (Option("yes", talk.say("go_on")), Option("human", talk.say("talk_to_person"))))


async def answer_emergency(talk: Talk, said: Said) -> str | None:
    """On, where it stopped."""
    if said.option != "yes" and said.command != "yes":
        return None
    come_back(talk)
    return STAY


EMERGENCY = Step("emergency", ask_emergency, answer_emergency)


async def ask_unsure(talk: Talk) -> Question:
    """Yes or no; of an hour, which of the two."""
    maybe = talk.choices["maybe"]
    if maybe == "half":
        return Question(talk.say("ask_half"), tuple(Option(half, talk.say(half)) for half in HALVES))
    return Question(talk.say(MAYBE[maybe]), (Option("yes", talk.say("plain_yes")), Option("no", talk.say("plain_no"))))


async def answer_unsure(talk: Talk, said: Said) -> str | None:
    """ "No" leads back; "yes" is made a move by ``flows.sentence``, which asked."""
    if said.option != "no" and said.command != "no":
        return None
    come_back(talk)
    talk.note("all_right")
    return STAY


MAYBE = {
    "book": "maybe_book", "move": "maybe_move", "cancel": "maybe_cancel", "my_appointments": "maybe_appointments",
    "queue": "maybe_queue", "human": "maybe_human", "stop": "maybe_stop", "start": "maybe_start",
    "my_data": "maybe_my_data", "forget_me": "maybe_forget_me", "language": "maybe_language",
}  # fmt: skip
UNSURE = Step("unsure", ask_unsure, answer_unsure, needs=("maybe",))

STEPS = (EMERGENCY, UNSURE)
MOVES = (("emergency", "*", "emergency"), ("unsure", "*", "unsure"))
