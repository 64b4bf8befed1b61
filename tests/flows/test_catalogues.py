"""Every language says everything, fills in the same things, and stays within what WhatsApp shows."""

import re
from datetime import date
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from flows.reply import BUTTON, DESCRIPTION, TITLE
from flows.speech import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE
from flows.texts import catalogue_path, message, say
from flows.words.command import command
from flows.words.when import read_when

MONDAY = date(2026, 11, 23)
LANGUAGES = ("en", "hi", "es", "ar", "pt", "fr")
OTHERS = LANGUAGES[1:]
PLURALS = {"en": 2, "hi": 2, "es": 2, "ar": 6, "pt": 2, "fr": 2}
LIMITS = {"Button": BUTTON, "Row title": TITLE, "Row description": DESCRIPTION, "The button": BUTTON}
# Arabic says one and two without a number.
UNCOUNTED = {("ar", 0), ("ar", 1), ("ar", 2)}
QUOTED = re.compile("[“«]\u00a0?(.+?)\u00a0?[”»]")


def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language)


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}


def texts(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def entries(language: str) -> dict[str, Message]:
    return {key(entry): entry for entry in CATALOGUES[language] if entry.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_said_in_every_language(language: str) -> None:
    assert entries(language).keys() == entries("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_unsure(language: str) -> None:
    for name, entry in entries(language).items():
        assert all(text.strip() for text in texts(entry)), name
        assert not entry.fuzzy, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_is_there(language: str) -> None:
    assert CATALOGUES[language].num_plurals == PLURALS[language]
    for name, entry in entries(language).items():
        assert len(texts(entry)) == (PLURALS[language] if entry.pluralizable else 1), name


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_what_the_english_text_fills_in(language: str) -> None:
    for name, entry in entries(language).items():
        wanted = placeholders(texts(entries("en")[name])[-1])
        for form, text in enumerate(texts(entry)):
            spared = {"n"} if entry.pluralizable and (language, form) in UNCOUNTED else set()
            assert placeholders(text) | spared == wanted | spared, (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_fit_what_they_stand_on(language: str) -> None:
    for name, english in entries("en").items():
        for opening, limit in LIMITS.items():
            if not any(comment.startswith(opening) for comment in english.auto_comments):
                continue
            for text in texts(entries(language)[name]):
                if not placeholders(text) - {"n"}:
                    assert units(text.replace("{n}", "120")) <= limit, (name, text)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    same = {
        "menu",
        "summary",
        "same_as_last_what",
        "service_price",
        "slot",
        "day_at_time",
        "clinic_distance",
        "place",
        "emergency_clinic",
        "hours_line",
        "price_line",
        "from_to",
        "plain_no",
        "metres",
        "kilometres",
    }
    for name, entry in entries(language).items():
        for text, english in zip(texts(entry), texts(entries("en")[name]), strict=False):
            assert name in same or text != english or "minute" in text, (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["help", "missed_again", "missed_again_open", "hint_other"])
def test_the_words_that_a_text_suggests_are_understood(language: str, name: str) -> None:
    suggested = QUOTED.findall(message(language, name))
    assert suggested
    assert [word for word in suggested if command(word, language) is None] == []


def commands_in(language: str, name: str) -> list[str | None]:
    return [command(word, language) for word in QUOTED.findall(message(language, name))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_suggested_words_mean_the_same_in_every_language(language: str) -> None:
    assert commands_in(language, "help") == ["back", "restart", "menu", "language", "human", "where", "here"]
    assert commands_in(language, "missed_again") == ["human"]
    assert commands_in(language, "hint_other") == ["other_person"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_suggested_day_and_time_are_understood(language: str) -> None:
    (suggested,) = QUOTED.findall(message(language, "hint_when"))
    when = read_when(suggested, language, MONDAY)
    assert when is not None
    assert when.day is not None
    assert when.day.weekday() == 0
    assert when.time_from is not None


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "موعد واحد متاح"),
        (2, "موعدان متاحان"),
        (3, "3 مواعيد متاحة"),
        (11, "11 موعدًا متاحًا"),
        (99, "99 موعدًا متاحًا"),
        (100, "100 موعد متاح"),
        (103, "103 مواعيد متاحة"),
    ],
)
def test_arabic_counts_in_six_ways(n: int, said: str) -> None:
    assert say("ar", "free_times", n=n) == said


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("en", 1, "1 free time"),
        ("en", 5, "5 free times"),
        ("fr", 0, "0 horaire libre"),
        ("fr", 2, "2 horaires libres"),
        ("pt", 1, "1 horário livre"),
        ("pt", 3, "3 horários livres"),
        ("es", 1, "1 hora libre"),
        ("es", 2, "2 horas libres"),
        ("hi", 4, "4 समय खाली"),
    ],
)
def test_counting(language: str, n: int, said: str) -> None:
    assert say(language, "free_times", n=n) == said


def test_arabic_fences_a_latin_name_off_and_leaves_an_arabic_one() -> None:
    latin, arabic = say("ar", "ask_time", doctor="Dr Priya Nair"), say("ar", "ask_time", doctor="د. بريا")
    assert f"{FIRST_STRONG_ISOLATE}Dr Priya Nair{POP_DIRECTIONAL_ISOLATE}" in latin
    assert FIRST_STRONG_ISOLATE not in arabic


@pytest.mark.parametrize("language", ["en", "hi", "es", "pt", "fr"])
def test_texts_from_left_to_right_need_no_fences(language: str) -> None:
    assert FIRST_STRONG_ISOLATE not in say(language, "ask_time", doctor="Dr Priya Nair")
