"""What stands around a yes to a visit that is shown: the same said once more is a yes, anything else asks again."""

import re
from dataclasses import replace
from datetime import date, datetime, time
from functools import cache

from clinic.errors import NotFound
from flows import wish
from flows.hearing import LIKELY, SURE, hear_in
from flows.said import Said
from flows.shown import Shown
from flows.steps.aside import HALVES
from flows.table import Step
from flows.talk import Talk
from flows.understanding import Understood
from flows.understanding.table import table
from flows.words.command import without_politeness
from flows.words.pick import plain_title
from flows.words.plain import phrase
from flows.words.table import listed, merged, phrases, read_as
from flows.words.when import read_when

NOON = 12  # o'clock
OWN = frozenset({"move", "cancel", "yes", "no"})  # intents that are a step's own option
PLACED = ("doctor", "clinic", "service", "patient")  # what both a sentence and a visit have the ids of
NAMES = (*PLACED, "specialty", "for_whom")
_SAYS_NOTHING = (
    ("polite", "titles"), ("commands", "thanks"),
    *(("grammar", name) for name in ("at", "hour", "am", "pm", "day_marker", "filler")),
)  # fmt: skip
_ASKING = frozenset("?؟")


async def own(step: Step, talk: Talk, said: Said) -> Said:
    """ "Yes, please cancel it" is the step's own option, and a yes in many words a yes; one that comes with something
    else is none where a visit is shown."""
    heard = talk.heard
    if await agrees(step, talk):
        return _as(talk, said, "yes")
    more = _names_any(heard) or (heard.intent == "yes" and not _is_plain(talk.inbound.text, heard))
    if step.shows and more and not is_option(said):
        return replace(said, options=tuple(each for each in said.options if each[0] not in ("yes", *step.reads)))
    word = heard.intent if heard.intent in OWN and heard.confidence >= SURE and not said.option else ""
    if word in ("move", "cancel") and word not in step.reads:
        return said
    return _as(talk, said, word) if word else said


def _as(talk: Talk, said: Said, word: str) -> Said:
    return replace(said, command=word, certain=word if word in talk.session.shown else "")


async def agrees(step: Step, talk: Talk) -> bool:
    """Whether it is a yes that names the visit as it is shown."""
    heard = talk.heard
    does = heard.intent in ("yes", *(step.reads or ("book",))) or (heard.intent == "book" and heard.confidence < LIKELY)
    if not step.shows or not does or not _names_any(heard):
        return False
    try:
        shown = await step.shows(talk)
    except NotFound:  # a part of it is offered no more: the next step finds that out, and says so
        return False
    if heard.unsure == "half":
        heard = await hear_in(talk, HALVES[shown.start.hour >= NOON])
    return _same(talk.inbound.text, talk.language, heard, shown)


def is_option(said: Said) -> bool:
    """Whether it is an option's own words and nothing else."""
    words = set(without_politeness(phrase(said.text)).split())
    return any(words <= set(plain_title(title).split()) and option == said.option for option, title in said.options)


def _names_any(heard: Understood) -> bool:
    """Whether it names a day, a time, a person, a place or a service."""
    return wish.says_when(heard) or heard.unsure == "half" or any(getattr(heard, fact) for fact in NAMES)


def _same(text: str, language: str, heard: Understood, shown: Shown) -> bool:
    """Whether it is a yes that names of the visit what is shown, and says nothing else. ``heard``: read with the half
    of the day that is shown, where it leaves that open."""
    day = shown.start.date()
    if heard.date_from and heard.date_from.weekday() == day.weekday() and _by_weekday(language, heard, day):
        heard = replace(heard, date_from=None, date_to=None)  # "monday" is the shown one, also a week off or today
    if _ASKING.intersection(text) or _names_another(heard, shown):
        return False
    named = set(" ".join(heard.because).split()).union(*(phrase(name).split() for name in shown.names))
    rest, yeses = _one_of(language, yes=True).subn(" ", phrase(text))
    rest = without_politeness(_one_of(language, yes=False).sub(" ", rest))
    return bool(yeses) and named.issuperset(rest.split())


def _is_plain(text: str, heard: Understood) -> bool:
    """Whether most of its words are of the yes."""
    understood = set(" ".join(heard.because).split())
    words = without_politeness(phrase(text)).split()
    return 2 * sum(word in understood for word in words) > len(words)


def _names_another(heard: Understood, shown: Shown) -> bool:
    if any(getattr(heard, fact) not in ("", getattr(shown, fact)) for fact in PLACED):
        return True
    person = heard.patient or (shown.mine if heard.for_whom == "me" else not heard.for_whom)
    return not person or bool(heard.specialty and not heard.doctor) or not _is_then(heard, shown.start)


def _by_weekday(language: str, heard: Understood, today: date) -> bool:
    """Whether the name of a weekday is all that was said about the day."""
    said = [words for words in heard.because if (when := read_when(words, language, today)) and when.day]
    return len(said) == 1 and said[0] in merged(read_as(language), "weekday")


def _is_then(heard: Understood, start: datetime) -> bool:
    first, last = heard.date_from or start.date(), heard.date_to or heard.date_from or start.date()
    clear = not heard.not_dates and not heard.contradiction and heard.unsure != "half"
    return clear and first <= start.date() <= last and _is_within(heard.time_from, heard.time_to, start.time())


def _is_within(earliest: time | None, latest: time | None, shown: time) -> bool:
    """Nine is neither "after 9" nor "before 9"; a part of the day begins with its first minute."""
    if earliest is not None and latest is not None:
        return earliest <= shown <= latest
    return (earliest is None or earliest < shown) and (latest is None or shown < latest)


@cache
def _one_of(language: str, *, yes: bool) -> re.Pattern[str]:
    """Any phrase of a yes, or any that changes nothing beside one, the longest first."""
    found = set[str]()
    for each in read_as(language):
        own = phrases(table(each)["evidence"]["yes"]) if yes else ()
        found.update(own, *(listed(each, *name) for name in ((("commands", "yes"),) if yes else _SAYS_NOTHING)))
    every = "|".join(map(re.escape, sorted(found, key=len, reverse=True)))
    return re.compile(rf"(?<!\S)(?:{every})(?!\S)")
