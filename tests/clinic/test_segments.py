"""What a text message costs, counted as carriers count."""

import pytest

from clinic.purpose import LANGUAGES, PURPOSES
from clinic.segments import is_gsm, plainest, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("a", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2),  # each costs two
        ("न" * 70, 1), ("न" * 71, 2), ("न" * 134, 2), ("न" * 135, 3),
        ("😀" * 35, 1), ("😀" * 36, 2),  # each is two units
        ("a" * 100 + "न", 2), ("é" * 160, 1), ("ê" * 71, 2),
    ],
)  # fmt: skip
def test_counted(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("“Ready” – it’s 9…", '"Ready" - it\'s 9...'),
        ("Ação às três, São João", "Acao às tres, Sao Joao"),
        ("C'est l'hôpital", "C'est l'hopital"),
        ("Meera’s visit: मीरा", "Meera’s visit: मीरा"),
        ("plain", "plain"),
    ],
)
def test_a_pretty_sign_does_not_double_the_price(text: str, sent: str) -> None:
    assert plainest(text) == sent


@pytest.mark.parametrize("language", ["en", "es", "pt", "fr"])
def test_our_words_fit_the_plain_alphabet_where_the_language_has_one(language: str) -> None:
    for purpose in PURPOSES.values():
        plain = plainest(purpose.body(language))
        assert is_gsm(plain), (purpose.name, set(filter(lambda letter: not is_gsm(letter), plain)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_is_no_novel(language: str) -> None:
    meant = PURPOSES["reminder"]
    said = meant.body(language)
    for name, value in meant.samples(language).items():
        said = said.replace(f"{{{{{name}}}}}", value)
    assert 1 <= segments(plainest(said)) <= 4
