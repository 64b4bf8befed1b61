"""In which language: asked only where several are offered and none is known."""

from flows.language import own_name, settle
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import Step
from flows.talk import Talk
from flows.words.language import detect, named


async def ask(talk: Talk) -> Question | str:
    """In all offered languages at once."""
    offered = (await talk.tenant()).languages
    if not talk.session.language and len(offered) == 1:
        await settle(talk, offered[0])
    if talk.session.language:
        return "next"
    lines = [talk.say_in(language, "ask_language") for language in offered]
    return Question("\n".join(lines), tuple(Option(language, own_name(language)) for language in offered))


async def answer(talk: Talk, said: Said) -> str | None:
    """By tap, by the language's name in any language, or by simply writing in it."""
    offered = (await talk.tenant()).languages
    language = said.option or named(said.text, offered) or detect(said.text, offered)
    if language not in offered:
        return None
    await settle(talk, language)
    return "next"


LANGUAGE = Step("language", ask, answer)
