"""One sentence, read for everything that it says."""

from dataclasses import replace
from datetime import date, datetime

from flows.understanding.evidence import Heard, hear
from flows.understanding.intent import UNKNOWN, Verdict, judge
from flows.understanding.named import Named, named
from flows.understanding.ordinal import ordinal
from flows.understanding.table import table
from flows.understanding.understood import Intent, Known, Understood
from flows.understanding.whom import Whom, whom
from flows.words.command import command
from flows.words.language import named as language_named
from flows.words.plain import phrase
from flows.words.reading import Reading, read
from flows.words.table import LANGUAGES, phrases

NOBODY = Known()
_COMMANDS: dict[str, Intent] = {
    "human": "human", "language": "language", "greeting": "greeting", "yes": "yes", "no": "no", "thanks": "thanks",
    "appointments": "my_appointments", "move": "move", "cancel": "cancel", "where": "queue", "come": "yes",
    "here": "queue",
}  # fmt: skip
_WHOLE, _WEAK = 9.9, 5.0  # the weight of a message that is a command; below it another language is tried
_WITHOUT_DATES = frozenset(["greeting", "thanks", "stop", "start", "language", "emergency"])
_UNSURE = 0.45
_OTHERS = ("en", "es", "pt", "fr")
_ALONE = 3  # words


def understand(text: str, language: str, now: datetime, known: Known = NOBODY) -> Understood:
    """What ``text`` says. ``language``: the chat's; English, Hindi and Arabic are read in every chat, and another of
    ours where the chat's own gives no sense. ``now``: aware, on the clinic's clock. Never raises."""
    language = language if language in LANGUAGES else "en"
    best = _sense(text, language, now.date(), known)
    if best.confidence < _UNSURE and best.intent != "emergency":
        others = (_sense(text, other, now.date(), known) for other in _OTHERS if other != language)
        best = max((best, *others), key=lambda sense: sense.confidence - (sense is not best) * 0.2)
    return best


def _sense(text: str, language: str, today: date, known: Known) -> Understood:
    heard = hear(text, language)
    person = whom(heard, text, language)
    names = named(heard, known, language, person.at)
    reading = read(text, language, today)
    verdict = _verdict(text, language, heard, _facts(heard, reading, names, person))
    if verdict.intent == "move":
        reading = read(text, language, today, moving=True)
    choice = _ordinal(text, language, reading)
    sense = Understood(
        intent=verdict.intent,
        for_whom=person.whom,
        ordinal=choice,
        language=_language(heard, text) if verdict.intent == "language" else "",
        confidence=verdict.confidence,
        because=tuple(dict.fromkeys((*verdict.because, *names.because, *person.because, *reading.said))),
    )
    return _unsure(_dated(_with_names(sense, names), reading), verdict, reading, names)


def _facts(heard: Heard, reading: Reading, names: Named, person: Whom) -> list[str]:
    facts = {
        "when_said": bool(reading.when or reading.asked or reading.not_days),
        "doctor_said": bool(names.doctors and not names.specialty),
        "specialty": any(kind[0] == "=" for kind in heard.kinds),
        "whom_said": bool(person.whom),
        "alone": len(heard.words) <= _ALONE,
    }
    return [fact for fact, holds in facts.items() if holds]


def _verdict(text: str, language: str, heard: Heard, facts: list[str]) -> Verdict:
    """The rules' verdict, unless the whole message is a command."""
    verdict = judge(heard, facts)
    if verdict.weight >= _WHOLE:
        return verdict
    whole = _COMMANDS.get(command(text, language) or "")
    if whole and "start" not in heard.kinds:
        return Verdict(whole, _WHOLE, 0.97, (phrase(text) or text.strip(),))
    return verdict


def _with_names(sense: Understood, names: Named) -> Understood:
    return replace(
        sense,
        doctor=names.doctor,
        specialty=names.specialty,
        clinic=names.clinic,
        service=names.service,
        patient=names.patient,
    )


def _dated(sense: Understood, reading: Reading) -> Understood:
    """With days and times, where the intent can have any. Who cannot come on a day cancels that day's visit."""
    if sense.intent in _WITHOUT_DATES:
        return sense
    when, ruled_out = reading.when, reading.not_days
    sense = replace(sense, not_dates=ruled_out, contradiction=reading.contradiction)
    if sense.intent == "cancel" and ruled_out and not (when and when.day):
        sense = replace(sense, date_from=ruled_out[0], date_to=ruled_out[-1], not_dates=())
    if not when:
        return sense
    first = when.day or sense.date_from
    last = (when.day_to or when.day) if when.day else sense.date_to
    return replace(sense, date_from=first, date_to=last, time_from=when.time_from, time_to=when.time_to)


def _unsure(sense: Understood, verdict: Verdict, reading: Reading, names: Named) -> Understood:
    """With the one question that is open."""
    if verdict.intent in _WITHOUT_DATES:
        return sense
    if sense.contradiction:
        return replace(sense, unsure="date", confidence=round(sense.confidence * 0.8, 2))
    if verdict is not UNKNOWN and verdict.confidence < _UNSURE:
        return replace(sense, unsure="intent")
    if reading.asked:
        return replace(sense, unsure="half")
    return replace(sense, unsure="doctor") if names.doctors > 1 and not names.specialty else sense


def _ordinal(text: str, language: str, reading: Reading) -> int | None:
    own = table(language)["order"]
    return ordinal(text, language, frozenset(phrases(own["beside"])), frozenset(phrases(own["number"])))


def _language(heard: Heard, text: str) -> str:
    asked = language_named(text, LANGUAGES)
    return asked or next((kind[1:] for hit in heard.hits for kind in sorted(hit.kinds) if kind[0] == "@"), "")
