"""The tables that native speakers correct: complete, consistent, and free of collisions that would mislead."""

from itertools import chain

import pytest

from flows.words.command import COMMANDS
from flows.words.lexicon import GRAMMAR, MONTHS, SECTIONS, WEEKDAYS, items
from flows.words.plain import emoji, phrase, plain
from flows.words.sound import skeleton
from flows.words.table import LANGUAGES, listed, meanings, read_as, table

PARTS = {"morning", "afternoon", "evening"}
WHOLE = {"language", "commands", "polite", "numbers", "ordinals", "person", *SECTIONS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_there_and_no_other(language: str) -> None:
    assert set(table(language)) == WHOLE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_weekday_month_and_part_has_words(language: str) -> None:
    for section, wanted in (
        ("weekday", set(WEEKDAYS)),
        ("month", set(MONTHS)),
        ("part", PARTS),
        ("commands", set(COMMANDS)),
    ):
        assert {meaning for _, meaning in meanings(language, section)} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_grammar_knows_every_list(language: str) -> None:
    assert set(table(language)["grammar"]) <= set(GRAMMAR)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["commands", "weekday", "month", "numbers"])
def test_no_phrase_means_two_things(language: str, section: str) -> None:
    found: dict[str, str] = {}
    for words, meaning in meanings(language, section):
        assert found.setdefault(words, meaning) == meaning, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_command_is_a_day_or_a_part_of_it(language: str) -> None:
    days = {words for section in ("day", "weekday", "month", "part") for words, _ in meanings(language, section)}
    commands = {words for words, _ in chain(*(meanings(spoken, "commands") for spoken in read_as(language)))}
    assert days & commands == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_and_weekdays_are_never_shared(language: str) -> None:
    weekdays, months = ({words for words, _ in meanings(language, section)} for section in ("weekday", "month"))
    assert weekdays & months == set()


def test_a_language_we_do_not_have_has_no_words() -> None:
    assert table("xx") == {}
    assert listed("xx", "polite", "words") == frozenset()


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("MAÑANA", "manana"),
        ("हिन्दी", "हिंदी"),
        ("फ़रवरी", "फरवरी"),
        ("माँ", "मां"),
        ("أهلاً", "اهلا"),
        ("مـــرحبا", "مرحبا"),
        ("هيئة", "هييه"),
        ("على", "علي"),
        ("٢۲२", "222"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("cœur", "coeur"),
        ("hiiii", "hi"),
        ("2️⃣", "2"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_one_plain_spelling(typed: str, same: str) -> None:
    assert plain(typed) == plain(same)


def test_a_phrase_is_its_words() -> None:
    assert phrase("  Yes,   please!  ") == "yes please"


@pytest.mark.parametrize(
    ("typed", "symbols"), [("👍🏽", "👍"), ("✅ ", "✅"), ("ok 👍", ""), ("1️⃣", ""), ("", ""), ("!?", "")]
)
def test_symbols_alone(typed: str, symbols: str) -> None:
    assert emoji(typed) == symbols


@pytest.mark.parametrize(
    ("latin", "other"),
    [
        ("sharma", "शर्मा"),
        ("sharma", "شارما"),
        ("nair", "नायर"),
        ("imran", "عمران"),
        ("maria", "मारिया"),
        ("chaudhry", "चौधरी"),
    ],
)
def test_a_name_sounds_the_same_in_every_script(latin: str, other: str) -> None:
    assert skeleton(latin) == skeleton(phrase(other)) != ""


def test_one_consonant_says_nothing() -> None:
    assert skeleton("rao") == ""


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("monday 5 pm", "wnP"),
        ("tommorow", "o"),
        ("mondya", "w"),
        ("septembr", "m"),
        ("martin", "x"),
        ("12345", "x"),
        ("17.30", "c"),
        ("24.11", "d"),
        ("9-11", "n-n"),
        ("24-11", "d"),
        ("5th", "z"),
        ("tonight", "op"),
    ],
)
def test_items(said: str, kinds: str) -> None:
    assert "".join(item.kind for item in items(said, "en")) == kinds
