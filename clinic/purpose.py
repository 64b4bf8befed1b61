"""What a template may be for: an open registry. Each purpose says which facts may be told, and has words of ours in
every language of the chat (``words/``), which a practice's own templates begin from.

A new purpose is a row here and a table of the same name in each file of ``words/``; a test holds them together.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "hi", "es", "ar", "pt", "fr")
CODES = {"en": ("en", "en_GB", "en_US"), "es": ("es", "es_MX"), "pt": ("pt_BR", "pt_PT")}  # Meta's, for the chat's
HOUR = 3600
SOON = HOUR // 3  # of a reminder of today's visit: rather a call than a message that comes after the visit

Category = Literal["UTILITY", "MARKETING", "AUTHENTICATION"]

# What a patient asks for: after a STOP only this is sent. All else is not asked for, reminders included, since they
# come of themselves. A code that somebody waits for (AUTHENTICATION) is asked for whatever its purpose is called.
# An answer to a wish of their own needs no leave to be written to besides.
ANSWERS = frozenset({
    "call_missed", "call_missed_until",  # they said: call me
    "erasure_approved", "erasure_refused",  # they said: forget me
})  # fmt: skip
ASKED_FOR = frozenset({"offer"}) | ANSWERS  # of an offer they said: tell me when a time frees up

VISIT = ("practice", "patient", "doctor", "service", "clinic", "address", "date", "time", "reference")


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply. ``action`` is what a tap on it does: whoever sends makes the payload from it."""

    action: str
    text: str


@dataclass(frozen=True)
class Purpose:
    """``parameters`` may be told, ``required`` must be; ``actions`` are its buttons, in their order. ``ttl`` is for how
    many seconds the provider may try to deliver: later it would do harm."""

    name: str
    template: str  # the name of ours with the provider
    parameters: tuple[str, ...]
    required: frozenset[str]
    actions: tuple[str, ...] = ()
    category: Category = "UTILITY"
    ttl: int = 12 * HOUR
    words: str = ""  # the table of its words, where another purpose says the same

    @property
    def asked_for(self) -> bool:
        """Whether the patient asked for this very message, so that it is sent even after a STOP."""
        return self.name in ASKED_FOR or self.category == "AUTHENTICATION"

    @property
    def answers(self) -> bool:
        """Whether it answers what the patient has just asked, so that also who agreed to nothing is told."""
        return self.name in ANSWERS or self.category == "AUTHENTICATION"

    def body(self, language: str) -> str:
        """Our words in a language of the chat, with ``{{names}}`` of parameters. Raises ``KeyError``."""
        return str(_words(language)[self.words or self.name]["body"])

    def buttons(self, language: str) -> tuple[Button, ...]:
        """Our buttons in a language of the chat. Raises ``KeyError``."""
        texts = _words(language)[self.words or self.name].get("buttons", {})
        return tuple(Button(action, texts[action]) for action in self.actions)

    def samples(self, language: str) -> dict[str, str]:
        """A value for each parameter, as the provider's reviewers want to see one. Raises ``KeyError``."""
        given = _words(language)["samples"]
        return {name: str(given[name]) for name in self.parameters}


def _purpose(
    name: str, template: str, required: str, *more: str, actions: str = "", ttl: int = 12 * HOUR, words: str = ""
) -> Purpose:
    """About a visit; ``more`` are facts besides those of the visit."""
    needed, taps = frozenset(required.split()), tuple(actions.split())
    return Purpose(name, template, (*VISIT, *more), needed, taps, ttl=ttl, words=words)


def _answer(name: str, template: str, *told: str, ttl: int = 12 * HOUR) -> Purpose:
    """About no visit: ``told`` are facts besides the practice's name, and all of them must be told."""
    return Purpose(name, template, ("practice", *told), frozenset(told), ttl=ttl)


PURPOSES: dict[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        _purpose("confirmation", "appointment_confirmed", "doctor date time"),
        _purpose("moved", "appointment_moved", "date time", actions="come move cancel"),
        _purpose("cancelled", "appointment_cancelled", "date time", actions="again"),
        _purpose("reminder", "appointment_reminder", "date time", actions="come move cancel"),
        _purpose(
            "reminder_soon", "appointment_soon", "date time", actions="come move cancel", ttl=SOON, words="reminder"
        ),
        _purpose("reminder_household", "household_reminder", "date visits", "visits", actions="come move"),
        _purpose(
            "reminder_household_soon", "household_soon", "date visits", "visits", actions="come move", ttl=SOON,
            words="reminder_household",
        ),
        _purpose("offer", "slot_offer", "date time until", "until", actions="yes no stop", ttl=HOUR // 4),
        _purpose("late", "doctor_late", "time delay", "delay", actions="keep later otherday", ttl=HOUR // 2),
        _purpose("leave_home", "time_to_leave", "doctor wait", "wait", ttl=HOUR // 4),
        _purpose("you_are_next", "you_are_next", "doctor token", "token", ttl=HOUR // 6),
        _purpose("come_in", "please_come_in", "doctor room token", "room", "token", ttl=HOUR // 12),
        _purpose("satisfaction", "visit_satisfaction", "", actions="5 3 1"),
        _purpose("no_show", "visit_missed", "date", actions="again"),
        _purpose(
            "leave_offer", "doctor_away", "date time first second third", "first", "second", "third",
            actions="first second third",
        ),
        _purpose(
            "leave_offer_two", "doctor_away_two", "date time first second", "first", "second",
            actions="first second call",
        ),
        _purpose("leave_offer_one", "doctor_away_one", "date time first", "first", actions="first call"),
        _purpose("leave_over", "doctor_back", "date time", actions="come move cancel"),
        _answer("call_missed", "call_missed", ttl=6 * HOUR),
        _answer("call_missed_until", "call_missed_next_try", "when", ttl=6 * HOUR),
        _answer("erasure_approved", "erasure_approved", ttl=HOUR),
        _answer("erasure_refused", "erasure_refused", "reason"),
        # WhatsApp's own words, which tell nothing of a visit; later than this the code is worth nothing
        Purpose("one_time_code", "one_time_code", ("code",), frozenset({"code"}), category="AUTHENTICATION", ttl=300),
    )
}  # fmt: skip


def purpose_of(name: str) -> Purpose | None:
    """The purpose of that name, if there is one."""
    return PURPOSES.get(name)


def code_of(language: str) -> str:
    """The provider's code for a language of the chat."""
    return CODES.get(language, (language,))[0]


def codes_of(language: str) -> tuple[str, ...]:
    """All of the provider's codes that serve a language of the chat, the best first."""
    return CODES.get(language, (language,))


def language_of(code: str) -> str:
    """The language of the chat behind one of the provider's codes, as far as there are words of ours, else English."""
    plain = code.split("_")[0]
    return plain if plain in LANGUAGES else "en"


@cache
def _words(language: str) -> Mapping[str, Any]:
    if language not in LANGUAGES:
        raise KeyError(language)
    with (FOLDER / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)
