"""After the visit: how it was, by one tap, in words where the patient likes; where it was not good, a person calls."""

from clinic.errors import ClinicError, NotChangeable
from flows.choices import told as shown
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.steps.visits import again_as, elsewhere, refused, saw
from flows.table import STAY, Step, any_words
from flows.talk import Talk

LOW = 2  # a mark from which somebody asks what was wrong


async def mark(talk: Talk) -> str:
    """Keep it; a low one is answered by a call, once for each visit."""
    choices = talk.choices
    try:
        await talk.desk.mark(choices["visit"], int(choices["tapped"]), talk.now)
        saw(talk, await talk.visit())
    except NotChangeable:
        return "show"
    except ClinicError as refusal:
        return refused(talk, refusal)
    if _low(talk):
        request = f"low_mark.{choices['visit']}"
        await talk.desk.call_back(request, "low_mark", "marked", shown(choices), talk.language, talk.now)
    return "next"


MARKED = Step("marked", mark, needs=("visit", "tapped"))


def _low(talk: Talk) -> bool:
    return int(talk.choices["tapped"]) <= LOW


async def ask_words(talk: Talk) -> Question:
    """Whoever has nothing to add is done with one tap."""
    text = talk.say("marked_low" if _low(talk) else "marked_well")
    return Question(text, (Option("no", talk.say("nothing_to_add")),))


async def answer_words(talk: Talk, said: Said) -> str | None:
    """What is written is for the clinic: it is kept as it is."""
    if said.option == "no" or said.command == "no":
        return "next"
    if not said.text:
        return None
    await talk.desk.add_words(talk.choices["visit"], talk.inbound.text.strip())
    return "next"


WORDS = Step("words", ask_words, answer_words, needs=("visit", "tapped"), own_words=any_words)


async def ask_thanked(talk: Talk) -> Question:
    """And the way to the next visit."""
    visit = await talk.visit()
    return Question(talk.say("thanked"), (Option("same", talk.say("book_like_this")), *await elsewhere(talk, visit)))


async def answer_thanked(talk: Talk, said: Said) -> str | None:
    """Nothing more to do is an answer too."""
    if said.command == "no":
        talk.note("welcome")
        return STAY
    if said.option == "same":
        return await again_as(talk, await talk.visit())
    return "book" if said.option == "book" else None


THANKED = Step("thanked", ask_thanked, answer_thanked, needs=("visit",), ends=True)
