"""Which part of the day, where the day has more free times than fit one message."""

from datetime import date

from flows.question import Question
from flows.reply import MAX_OPTIONS, Option
from flows.said import Said
from flows.slots import PARTS, parts
from flows.speech import day as say_day
from flows.steps.time import WISH
from flows.table import Step
from flows.talk import Talk
from flows.wanted import chosen, wanted


async def ask(talk: Talk) -> Question | str:
    """Nothing to ask where the times fit, are all of one part, or the patient wrote the hours."""
    day = date.fromisoformat(talk.choices["day"])
    slots = await talk.slots(day)
    counts = parts(slots, await talk.zone())
    if "between" in talk.choices or len(counts) < 2 or len(slots) < MAX_OPTIONS:
        return "next"
    options = tuple(Option(part, talk.say(part), talk.say("free_times", n=count)) for part, count in counts.items())
    text = talk.say("ask_part", day=say_day(day, talk.language, await talk.today()))
    return Question(text, options, (Option("other", talk.say("other_day")),))


async def answer(talk: Talk, said: Said) -> str | None:
    """A part, another day, or one's own words for a day and a time."""
    move = await wanted(talk, said)
    if move or said.option not in PARTS:
        return move or await chosen(talk, said)
    talk.choices["between"] = str(PARTS[said.option])
    return "next"


PART = Step("part", ask, answer, gives="between", needs=(*WISH, "day"), revisited=True, takes_time=True)
