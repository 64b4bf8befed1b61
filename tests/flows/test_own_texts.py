"""A practice's own words reach the chat, in the patient's language, and never break it."""

from dataclasses import dataclass, field, replace

import pytest
from fake_desk import FakeDesk
from player import Player

from clinic.views import TenantView, Texts
from flows.texts import say, say_own


@dataclass
class Wordy(FakeDesk):
    """A desk of a practice with texts of its own."""

    own: Texts = field(default_factory=dict)

    async def tenant(self) -> TenantView:
        return replace(await super().tenant(), texts=self.own)


OWN: Texts = {
    "en": {"hello": ("Good day from {practice}!",), "consent_yes": ("Of course",)},
    "hi": {"hello": ("{practice} में आपका स्वागत है!",), "consent_yes": ("बिल्कुल",)},
}


@pytest.mark.parametrize(
    ("language", "greeting", "button"),
    [("en", "Good day from Asha Clinics!", "Of course"), ("hi", "Asha Clinics में आपका स्वागत है!", "बिल्कुल")],
)
async def test_own_words_are_said_in_the_patients_language(language: str, greeting: str, button: str) -> None:
    player = Player(Wordy(languages=(language,), own=OWN))
    await player.text("hi")
    said = player.replies[-1]
    assert greeting in said.text
    assert button in {option.title for option in said.options}


async def test_the_other_texts_stay_ours() -> None:
    player = Player(Wordy(languages=("en",), own={"en": {"hello": OWN["en"]["hello"]}}))
    await player.text("hi")
    assert say("en", "consent_yes") in {option.title for option in player.replies[-1].options}


@pytest.mark.parametrize("words", ["{gone}", "{practice", "{0}", "{practice!x}", "{practice:q}"])
def test_words_that_do_not_fit_any_more_are_ours_again(words: str) -> None:
    assert say_own({"en": {"hello": (words,)}}, "en", "hello", practice="Asha") == say("en", "hello", practice="Asha")


@pytest.mark.parametrize(
    ("language", "forms", "n", "expected"),
    [
        ("en", ("{n} slot", "{n} slots"), 1, "1 slot"),
        ("en", ("{n} slot", "{n} slots"), 4, "4 slots"),
        ("ar", ("لا شيء", "واحد", "اثنان", "{n} قليلة", "{n} كثيرة", "{n} غيرها"), 2, "اثنان"),
        ("en", ("some slots",), 4, "some slots"),
    ],
)
def test_the_plural_of_the_language_chooses_the_form(
    language: str, forms: tuple[str, ...], n: int, expected: str
) -> None:
    assert say_own({language: {"free_times": forms}}, language, "free_times", n=n) == expected
