"""Sample facts: what a template looks like before there is a patient, and what the provider's reviewers want to see."""

from clinic.purpose import LANGUAGES, PURPOSES

ANY = "confirmation"


def samples_of(purpose: str, language: str) -> dict[str, str]:
    """A value for each parameter of the purpose, in a language of the chat. Raises ``KeyError`` for another one."""
    return PURPOSES.get(purpose, PURPOSES[ANY]).samples(language)


def text_samples(language: str) -> dict[str, str]:
    """Values for placeholders of the chat's texts, as far as a template has the same ones."""
    facts = {name: value for purpose in PURPOSES for name, value in samples_of(purpose, language_or(language)).items()}
    told = {"name": facts["patient"], "place": facts["clinic"], "when": facts["first"], "day": facts["date"]}
    return facts | told | {"n": "3"}


def language_or(language: str) -> str:
    """The language, or the first one that there are words in."""
    return language if language in LANGUAGES else LANGUAGES[0]
