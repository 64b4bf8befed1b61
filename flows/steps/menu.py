"""The menu, and the question whether to go on after a pause."""

from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import Step
from flows.talk import Talk


async def ask(talk: Talk) -> Question:
    """The options are named like the commands that they stand for."""
    half_done = talk.session.half_done
    first = Option("yes", talk.say("go_on_booking" if half_done else "book_visit"))
    restart = [Option("restart", talk.say("start_over"))] if half_done else []
    language = [Option("language", talk.say("change_language"))] if len((await talk.tenant()).languages) > 1 else []
    visits, human = Option("appointments", talk.say("my_appointments")), Option("human", talk.say("talk_to_person"))
    people = [Option("people", talk.say("my_people"))] if (await talk.chat()).patients else []
    return Question(talk.say("ask_menu"), (first, *restart, visits, *people, *language, human))


async def answer(_talk: Talk, said: Said) -> str | None:
    """To the booking: the commands among the options are understood everywhere."""
    return "next" if said.option == "yes" else None


MENU = Step("menu", ask, answer)


async def ask_resume(talk: Talk) -> Question:
    """Nobody is made to begin again."""
    options = (Option("yes", talk.say("go_on")), Option("restart", talk.say("start_over")))
    return Question(talk.say("ask_resume"), options)


async def answer_resume(_talk: Talk, said: Said) -> str | None:
    """A plain "no" means: start over."""
    return {"yes": "next", "no": "restart"}.get(said.option or said.command)


RESUME = Step("resume", ask_resume, answer_resume)
