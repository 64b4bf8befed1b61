"""Which day, of those that have a free time."""

from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.speech import day as say_day
from flows.steps.time import WISH
from flows.table import Step
from flows.talk import Talk
from flows.waitable import wait_option
from flows.wanted import wanted


async def ask(talk: Talk) -> Question | str:
    """Nothing to ask where nothing is free."""
    days = await talk.days()
    if not days:
        return "none"
    today = await talk.today()
    options = tuple(Option(day.isoformat(), say_day(day, talk.language, today)) for day in days)
    return Question(f"{talk.say('ask_day')}\n{talk.say('hint_when')}", options, tuple(wait_option(talk)))


async def answer(talk: Talk, said: Said) -> str | None:
    """A day from the list, or one's own words for a day and a time."""
    move = "wait" if said.option == "wait" else await wanted(talk, said)
    if move or not said.option:
        return move
    forget(talk.choices, "day")
    talk.choices["day"] = said.option
    return "day"


DAY = Step("day", ask, answer, gives="day", needs=WISH, revisited=True, takes_time=True)
