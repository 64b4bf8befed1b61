"""Which language is written, and which is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.words.language import detect, named

OFFERED = ("en", "hi", "es", "ar", "pt", "fr")


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hola", "es"),
        ("Hola, buenos días", "es"),
        ("quiero una cita", "es"),
        ("bonjour", "fr"),
        ("je voudrais un rendez-vous", "fr"),
        ("olá", "pt"),
        ("oi, bom dia", "pt"),
        ("नमस्ते", "hi"),
        ("namaste", "hi"),
        ("mujhe doctor ko dikhana hai", "hi"),
        ("मुझे Dr Rao से मिलना है", "hi"),
        ("مرحبا", "ar"),
        ("marhaba", "ar"),
        ("I want to book an appointment", "en"),
        ("hi", None),
        ("hello", None),
        ("ok", None),
        ("menu", None),
        ("2", None),
        ("", None),
        ("👍", None),
        ("salam", None),
        ("Asha Rao", None),
        ("hola bonjour", None),
    ],
)
def test_detect(said: str, language: str | None) -> None:
    assert detect(said, OFFERED) == language


@pytest.mark.parametrize("said", ["hola", "नमस्ते", "مرحبا"])
def test_only_what_is_offered_is_detected(said: str) -> None:
    assert detect(said, ("en", "fr")) is None


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("English", "en"),
        ("englsh", "en"),
        ("العربي", "ar"),  # as near to a name with another first letter
        ("inglés", "en"),
        ("अंग्रेज़ी", "en"),
        ("hindi", "hi"),
        ("HINDI please", "hi"),
        ("hindi mein", "hi"),
        ("हिंदी", "hi"),
        ("हिन्दी", "hi"),
        ("espanol", "es"),
        ("Español", "es"),
        ("en español por favor", "es"),
        ("spanish", "es"),
        ("عربي", "ar"),
        ("العربية", "ar"),
        ("in arabic please", "ar"),
        ("portugues", "pt"),
        ("Português", "pt"),
        ("francais", "fr"),
        ("en français s'il vous plaît", "fr"),
        ("change to french", "fr"),
        ("hi", None),
        ("", None),
        ("India", None),
        ("Frank", None),
        ("Francisco", None),
        ("german", None),
        ("I learn french and spanish", None),
        ("2", None),
    ],
)
def test_named(said: str, language: str | None) -> None:
    assert named(said, OFFERED) == language


def test_only_what_is_offered_can_be_named() -> None:
    assert named("hindi", ("en", "es")) is None
    assert named("hindi", ()) is None


@given(st.text(max_size=200), st.lists(st.sampled_from(OFFERED), unique=True))
def test_the_answer_is_offered_or_none(text: str, offered: list[str]) -> None:
    assert detect(text, offered) in {None, *offered}
    assert named(text, offered) in {None, *offered}
