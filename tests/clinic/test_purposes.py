"""Every purpose has words in every language, which tell what they must and nothing that there is not."""

import re
import tomllib

import pytest

from clinic.purpose import FOLDER, LANGUAGES, PURPOSES, Purpose, code_of, codes_of, language_of

ALL = [(purpose, language) for purpose in PURPOSES.values() for language in LANGUAGES]
NAMED = [f"{purpose.name}-{language}" for purpose, language in ALL]


@pytest.mark.parametrize(("purpose", "language"), ALL, ids=NAMED)
def test_our_words_tell_what_they_must(purpose: Purpose, language: str) -> None:
    told = set(re.findall(r"\{\{(\w+)\}\}", purpose.body(language)))
    assert purpose.required <= told <= set(purpose.parameters)
    assert [button.action for button in purpose.buttons(language)] == list(purpose.actions)
    assert set(purpose.samples(language)) == set(purpose.parameters)


@pytest.mark.parametrize(("purpose", "language"), ALL, ids=NAMED)
def test_buttons_fit_every_phone(purpose: Purpose, language: str) -> None:
    texts = [button.text for button in purpose.buttons(language)]
    assert len(set(texts)) == len(texts) <= 3
    assert all(0 < len(text) <= 20 for text in texts)


def test_no_words_without_a_purpose() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)
    for language in LANGUAGES:
        tables = tomllib.loads((FOLDER / f"{language}.toml").read_text())
        assert set(tables) == {"samples", *(purpose.words or name for name, purpose in PURPOSES.items())}
        for name, purpose in PURPOSES.items():
            assert set(tables[purpose.words or name].get("buttons", {})) == set(purpose.actions)


def test_names_with_the_provider_differ() -> None:
    assert len({purpose.template for purpose in PURPOSES.values()}) == len(PURPOSES)


def test_the_providers_codes() -> None:
    assert code_of("pt") == "pt_BR"
    assert code_of("hi") == "hi"
    assert codes_of("en") == ("en", "en_GB", "en_US")
    assert [language_of(code) for code in ("pt_PT", "en_US", "hi", "tlh")] == ["pt", "en", "hi", "en"]
