"""Every text that the code says is written, every written text is said, and every language says all of them."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import flows
from clinic.purpose import PURPOSES
from flows.texts import DEFAULT, catalogue_path, languages, message, say
from flows.words.command import command
from flows.words.name import read_person
from flows.words.when import read_when

ROOM = Path(flows.__file__).parent
BRACES = re.compile(r"\{(\w+)\}")
LIMIT = re.compile(r"at most (\d+)")
ISOLATES = re.compile("[\u2066-\u2069]")


def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language)


def texts(language: str) -> dict[str, tuple[str, ...]]:
    """By key; several where there are plurals."""
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: (
            (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
        )
        for entry in catalogue(language)
        if entry.id
    }


ENGLISH = texts(DEFAULT)


def said() -> set[str]:
    """Every word in quotes that stands in the code: a key is one of them."""
    code = "\n".join(
        path.read_text() for path in [*ROOM.glob("*.py"), *ROOM.glob("steps/*.py"), *ROOM.glob("form/*.py")]
    )
    return set(re.findall(r"""["']([a-z_]+)["']""", code)) | built()


def built() -> set[str]:
    """The keys that the code puts together."""
    return {f"ask{other}_name{birth}" for other in ("", "_other") for birth in ("", "_birth")}


def asked() -> set[str]:
    """Every key that the code says literally."""
    code = "\n".join(
        path.read_text() for path in [*ROOM.glob("*.py"), *ROOM.glob("steps/*.py"), *ROOM.glob("form/*.py")]
    )
    return set(re.findall(r"""(?:\bsay|\bnote)\(\s*(?:language, )?["']([a-z_]+)["']""", code)) | built()


def test_every_text_that_is_said_is_written() -> None:
    assert not asked() - set(ENGLISH)


def test_every_text_that_is_written_is_said() -> None:
    assert not set(ENGLISH) - said()


@pytest.mark.parametrize("language", languages())
def test_a_language_says_everything(language: str) -> None:
    written = texts(language)
    assert set(written) == set(ENGLISH)
    assert not [key for key, forms in written.items() if not all(forms)]
    assert not [entry.id for entry in catalogue(language) if entry.fuzzy and entry.id]


@pytest.mark.parametrize("language", languages())
def test_a_language_keeps_what_is_filled_in(language: str) -> None:
    def braces(forms: tuple[str, ...]) -> set[str]:
        return {name for form in forms for name in BRACES.findall(form)}

    lost = {key: forms for key, forms in texts(language).items() if braces(forms) != braces(ENGLISH[key])}
    assert not lost


@pytest.mark.parametrize("language", languages())
def test_titles_fit_where_they_are_shown(language: str) -> None:
    written = texts(language)
    for entry in catalogue(DEFAULT):
        limit = LIMIT.search(" ".join(entry.auto_comments))
        if not limit or not entry.id:
            continue
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        for text in written[key]:
            room = len(BRACES.sub("", text))
            assert room <= int(limit[1]), f"{language}: {key} has {room} characters, {limit[1]} are shown: {text}"


@pytest.mark.parametrize("language", languages())
def test_titles_beside_one_another_differ(language: str) -> None:
    menus = (
        ("consent_yes", "consent_no"), ("yes_book", "change"), ("go_on", "start_over"), ("call_me", "no_thanks"),
        ("book_another", "talk_to_person"), ("other_doctor", "other_clinic", "call_me"),
        ("morning", "afternoon", "evening"),
        ("i_am_here", "look_again", "my_appointments", "talk_to_person"),
        ("go_on_booking", "start_over", "change_language", "talk_to_person"),
        ("same_as_last", "for_me", "someone_else"),
        ("change_time", "change_doctor", "change_service", "change_clinic", "change_patient", "change_nothing"),
    )  # fmt: skip
    for menu in menus:
        titles = [message(language, key) for key in menu]
        assert len(set(titles)) == len(titles), titles


QUOTED = re.compile("[“«]\\s*([^”»]+?)\\s*[”»]")
HINTS = {
    "help": ["back", "restart", "menu", "language", "human", "where", "here"],
    "hint_other": ["other_person"],
    "missed_again": ["human"],
    "missed_again_open": ["human"],
    "ask_arriving": ["human"],
}


@pytest.mark.parametrize("language", languages())
def test_what_a_text_tells_to_write_is_understood(language: str) -> None:
    for key, meant in HINTS.items():
        assert [command(words, language) for words in QUOTED.findall(message(language, key))] == meant, key
    [example] = QUOTED.findall(message(language, "hint_when"))
    when = read_when(example, language, date(2026, 11, 24))
    assert when
    assert when.day == date(2026, 11, 30)
    assert when.time_from


@pytest.mark.parametrize("language", languages())
def test_what_a_template_tells_to_write_is_understood(language: str) -> None:
    told = QUOTED.findall(PURPOSES["leave_home"].body(language))
    assert {command(words, language) for words in told} == {"here"}
    assert command(message(language, "i_am_here"), language) in ("here", None)


@pytest.mark.parametrize("language", languages())
def test_the_example_of_a_name_and_a_date_of_birth_is_understood(language: str) -> None:
    example = message(language, "ask_name_birth").splitlines()[-1].partition(":")[2]
    name, born = read_person(example, language, date(2026, 11, 24))
    assert name
    assert born


def test_a_language_that_nobody_wrote_is_answered_in_english() -> None:
    assert say("xx", "start_over") == say("en", "start_over") == "Start over"


def test_numbers_choose_the_plural() -> None:
    assert [say("en", "free_times", n=n) for n in (1, 2)] == ["1 free time", "2 free times"]


def test_names_are_kept_apart_in_right_to_left_text() -> None:
    text = say("ar", "welcome_back", name="Asha")
    assert "\u2068Asha\u2069" in text
    assert not ISOLATES.search(say("ar", "booked_map", url="https://maps.example"))
    assert not ISOLATES.search(say("en", "welcome_back", name="Asha"))
