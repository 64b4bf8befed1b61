"""One sentence, read for everything that it says."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from flows.texts import say
from flows.understanding.evidence import Heard, hear, tokens
from flows.understanding.intent import COURTESIES, UNKNOWN, Verdict, judge
from flows.understanding.named import Named, named, names_of
from flows.understanding.ordinal import Choice, ordinal
from flows.understanding.table import own_words, table
from flows.understanding.understood import Intent, Known, Understood
from flows.understanding.whom import Whom, whom
from flows.words.command import command
from flows.words.language import detect
from flows.words.language import named as language_named
from flows.words.name import read_person
from flows.words.plain import phrase, plain
from flows.words.reading import Reading, read
from flows.words.table import LANGUAGES, meanings, phrases
from flows.words.when import When

NOBODY = Known()
_COMMANDS: dict[str, Intent] = {
    "human": "human", "language": "language", "greeting": "greeting", "yes": "yes", "no": "no", "thanks": "thanks",
    "appointments": "my_appointments", "move": "move", "cancel": "cancel", "where": "queue", "come": "yes",
    "here": "queue",
}  # fmt: skip
_WHOLE, _WEAK = 9.9, 5.0  # the weight of a message that is a command; below it another language is tried
_WITHOUT_DATES = frozenset(["greeting", "thanks", "stop", "start", "language", "emergency", "address", "medical"])
_UNSURE, _SENSE, _BETTER = 0.45, 0.55, 0.2
MAX_LENGTH = 600
_OTHERS = ("en", "es", "pt", "fr")
_ALONE, _BRIEF, _STRANGE = 3, 7, 2  # words


def understand(text: str, language: str, now: datetime, known: Known = NOBODY) -> Understood:
    """What ``text`` says. ``language``: the chat's; English, Hindi and Arabic are read in every chat, and another of
    ours where the chat's own gives no sense. ``now``: aware, on the clinic's clock. Never raises."""
    language = language if language in LANGUAGES else "en"
    text = text[:MAX_LENGTH]
    said = Sentence(text, tokens(text), known, names_of(known), now.date())
    best = _sense(said, language)
    if best.confidence >= _UNSURE or best.intent == "emergency":
        return best
    return _elsewhere(said, language, best) or best


class Sentence(NamedTuple):
    """A message, as it is read in whatever language."""

    text: str
    tokens: list[str]
    known: Known
    names: frozenset[str]
    today: date

    def heard(self, language: str) -> Heard:
        return hear(self.tokens, language, self.names)


def _elsewhere(said: Sentence, language: str, best: Understood) -> Understood | None:
    """What the sentence says in another language, where that is clearly more."""
    judged = [(judge(said.heard(other), ()).confidence, other) for other in _OTHERS if other != language]
    likely, other = max(judged)
    if likely < _SENSE:
        return None
    sense = _sense(said, other)
    if sense.intent in COURTESIES and best.intent != "unknown":
        return None
    return sense if sense.confidence > best.confidence + _BETTER else None


def warm() -> None:
    """Read the tables and the texts of every language now, so that no patient waits for them (a second or two in
    all)."""
    for language in LANGUAGES:
        understand("xxyyzz 12 bcdfg", language, datetime(2000, 1, 1, tzinfo=UTC))
        read_person("Xxyyzz Bcdfg", language, date(2000, 1, 1))
        say(language, "ask_language")
    detect("xxyyzz", LANGUAGES)


def _sense(said: Sentence, language: str) -> Understood:
    text, heard = said.text, said.heard(language)
    person = whom(heard, text, language)
    names = named(heard, said.known, language, person.at, said.names)
    bare = _ungreeted(text, heard)
    reading = _without_now(read(bare, language, said.today, ordinary=own_words(language)), heard)
    choice = _choice(text, language, heard)
    if choice:
        reading = _chosen(reading, choice)
    verdict = _verdict(text, language, heard, _facts(heard, reading, names, person, choice))
    if verdict.intent == "move":
        reading = read(bare, language, said.today, moving=True, ordinary=own_words(language))
        reading = _chosen(reading, choice) if choice else reading
    dates = _dates(verdict.intent, reading)
    unsure = _unsure(verdict, dates, reading, names)
    return Understood(
        intent=verdict.intent,
        **dates._asdict(),
        doctor=names.doctor,
        specialty=names.specialty,
        clinic=names.clinic,
        service=names.service,
        for_whom=person.whom,
        patient=names.patient,
        ordinal=choice.place if choice else None,
        language=_language(heard, text) if verdict.intent == "language" else "",
        confidence=round(verdict.confidence * 0.8, 2) if unsure == "date" else verdict.confidence,
        unsure=unsure,
        because=tuple(dict.fromkeys((*verdict.because, *names.because, *person.because, *reading.said))),
    )


def _ungreeted(text: str, heard: Heard) -> str:
    """The text without "good morning", which names no part of the day."""
    for hit in heard.hits:
        if "greeting" in hit.kinds and " " in hit.said:
            text = re.sub(r"\W+".join(map(re.escape, hit.said.split())), ", ", plain(text), count=1)
    return text


def _without_now(reading: Reading, heard: Heard) -> Reading:
    """ "Are you open now" names no day to look for."""
    moments = {hit.said for hit in heard.hits if "moment" in hit.kinds}
    return Reading() if reading.said and set(reading.said) <= moments else reading


def _chosen(reading: Reading, choice: Choice) -> Reading:
    """Without the day that an ordinal would be otherwise: "the second one"."""
    said = [words for words in reading.said if choice.said not in words.split()]
    when = reading.when
    if when and len(said) < len(reading.said):
        when = When(None, None, when.time_from, when.time_to)
    return replace(reading, when=when if when and when != When() else None, said=tuple(said))


def _facts(heard: Heard, reading: Reading, names: Named, person: Whom, choice: Choice | None) -> list[str]:
    facts = {
        "when_said": bool(reading.when or reading.asked or reading.not_days),
        "doctor_said": bool(names.doctors and not names.specialty),
        "specialty": any(kind[0] == "=" for kind in heard.kinds),
        "whom_said": bool(person.whom),
        "ordinal_said": choice is not None,
        "two_days": reading.days > 1,
        "strange": _strange(heard, reading),
        "short": len(heard.words) <= _BRIEF,
        "alone": len(heard.words) <= _ALONE,
    }
    return [fact for fact, holds in facts.items() if holds]


def _strange(heard: Heard, reading: Reading) -> bool:
    """Whether a day is nearly all that is known of it: "who won the match today"."""
    known = {word for said in reading.said for word in said.split()}
    known |= {word for hit in heard.hits for word in hit.said.split()}
    words = [word for word in heard.typed if len(word) > 1 and not word.isdecimal()]
    strange = sum(word not in known for word in words)
    return strange >= _STRANGE and strange > len(words) / 2


def _verdict(text: str, language: str, heard: Heard, facts: list[str]) -> Verdict:
    """The rules' verdict, unless the whole message is a command."""
    verdict = judge(heard, facts)
    if verdict.weight >= _WHOLE:
        return verdict
    whole = _COMMANDS.get(command(text, language) or "") if len(heard.words) <= _BRIEF else None
    if whole and "start" not in heard.kinds:
        return Verdict(whole, _WHOLE, 0.97, (phrase(text) or text.strip(),))
    return verdict


class Dates(NamedTuple):
    """As in ``Understood``."""

    date_from: date | None = None
    date_to: date | None = None
    time_from: time | None = None
    time_to: time | None = None
    not_dates: tuple[date, ...] = ()
    contradiction: tuple[str, str] | None = None


def _dates(intent: Intent, reading: Reading) -> Dates:
    """Days and times, where the intent can have any. Who cannot come on a day cancels that day's visit."""
    if intent in _WITHOUT_DATES:
        return Dates()
    when, ruled_out = reading.when or When(), reading.not_days
    first, last = when.day, when.day_to or when.day
    if intent == "cancel" and ruled_out and not first:
        first, last, ruled_out = ruled_out[0], ruled_out[-1], ()
    return Dates(first, last, when.time_from, when.time_to, ruled_out, reading.contradiction)


def _unsure(verdict: Verdict, dates: Dates, reading: Reading, names: Named) -> str:
    """The one question that is open; empty for none."""
    if verdict.intent in _WITHOUT_DATES:
        return ""
    if dates.contradiction:
        return "date"
    if verdict is not UNKNOWN and verdict.confidence < _UNSURE:
        return "intent"
    if reading.asked:
        return "half"
    return "doctor" if names.doctors > 1 and not names.specialty else ""


class Lists(NamedTuple):
    """The words beside an ordinal, and those before a number."""

    beside: frozenset[str]
    number: frozenset[str]


@cache
def _lists(language: str) -> Lists:
    own = table(language)["order"]
    return Lists(frozenset(phrases(own["beside"])), frozenset(phrases(own["number"])))


def _choice(text: str, language: str, heard: Heard) -> Choice | None:
    """The place in a list; of visits where one is to be moved or cancelled."""
    beside, number = _lists(language)
    changing = not heard.kinds.isdisjoint(("move", "cancel"))
    if changing:
        beside |= {word for hit in heard.hits if "visit" in hit.kinds for word in hit.said.split()}
    found = ordinal(text, language, beside, number, last=changing)
    return None if found and _weekday(found.said, beside, text, language) else found


def _weekday(said: str, beside: frozenset[str], text: str, language: str) -> bool:
    """Whether an ordinal is a weekday here: "segunda", unless it is "a segunda consulta"."""
    if said not in {words for words, _ in meanings(language, "weekday")}:
        return False
    row = phrase(text).split()
    return not any(word == said and following in beside for word, following in pairwise(row))


def _language(heard: Heard, text: str) -> str:
    asked = language_named(text, LANGUAGES)
    return asked or next((kind[1:] for hit in heard.hits for kind in sorted(hit.kinds) if kind[0] == "@"), "")
