"""Which of the day's free times."""

from datetime import date

from flows.question import Question
from flows.reply import Option
from flows.slots import Hours, during
from flows.speech import day as say_day
from flows.steps.time import WISH, time_options
from flows.table import Step
from flows.talk import Talk
from flows.wanted import chosen


async def ask(talk: Talk) -> Question | str:
    """All of the day where the wished part of it has filled up meanwhile; other days where the whole day has."""
    day = date.fromisoformat(talk.choices["day"])
    slots = await talk.slots(day)
    if not slots:
        talk.note("nothing_then")
        talk.choices.pop("day")
        return "times"
    hours = Hours.read(talk.choices.get("between", "-"))
    slots = during(slots, await talk.zone(), hours) or slots
    options = await time_options(talk, slots, with_day=False)
    text = talk.say("ask_slot", day=say_day(day, talk.language, await talk.today()))
    return Question(text, options, (Option("other", talk.say("other_day")),))


SLOT = Step("slot", ask, chosen, gives="slot", needs=(*WISH, "day"), revisited=True, takes_time=True)
