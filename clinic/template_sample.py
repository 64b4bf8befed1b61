"""Sample facts: what a template looks like before there is a patient, and what the provider's reviewers want to see."""

from clinic.purpose import PURPOSES

ANY = "confirmation"


def samples_of(purpose: str, language: str) -> dict[str, str]:
    """A value for each parameter of the purpose, in a language of the chat. Raises ``KeyError`` for another one."""
    return PURPOSES.get(purpose, PURPOSES[ANY]).samples(language)
