"""Which language a conversation is held in: known, recognised from the patient's own words, or named by the patient."""

from functools import cache

from babel import Locale

from flows.talk import Talk
from flows.words.language import detect, named

SENTENCE = 4  # words


@cache
def own_name(language: str) -> str:
    """What a language calls itself: "Español"."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


async def settle(talk: Talk, language: str) -> None:
    """Speak the language from now on."""
    talk.session.language = language
    if (await talk.chat()).language != language:
        await talk.desk.set_language(language)


async def recognise(talk: Talk, *, asking: bool) -> None:
    """For a conversation without a language: the one the chat had before, else the one its first words are in. While
    the patient is being asked for it, only a whole sentence settles it, and else nothing but the language of apologies.
    """
    offered = (await talk.tenant()).languages
    before = (await talk.chat()).language
    talk.fallback = before if before in offered else offered[0]
    if asking and (talk.inbound.of_staff or len(talk.inbound.text.split()) < SENTENCE):
        return
    language = before if before in offered and not asking else detect(talk.inbound.text, offered)
    if language in offered:
        await settle(talk, language)


async def switch(talk: Talk, text: str) -> bool:
    """Whether words that were not understood name, or are in, another language that is offered; then it is spoken."""
    offered = (await talk.tenant()).languages
    language = named(text, offered) or detect(text, offered)
    if language not in offered or language == talk.language:
        return False
    await settle(talk, language)
    talk.note("language_changed")
    return True
