"""Every text that a patient reads, said by key and language from the gettext catalogues under ``locale/``."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from clinic.views import Texts
from flows.speech import REMEMBERED, isolate, number

FOLDER = Path(__file__).parent / "locale"
DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def catalogue_path(language: str) -> Path:
    """Where the texts of a language are written."""
    return FOLDER / language / "LC_MESSAGES" / "opdesk.po"


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if catalogue_path(path.name).exists()))


@cache
def _catalogue(language: str) -> Translations:
    compiled = BytesIO()
    with catalogue_path(language).open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(REMEMBERED)
def message(language: str, key: str, n: int | None = None) -> str:
    """The text behind a key, its braces unfilled, in our words."""
    catalogue = _catalogue(language if language in languages() else DEFAULT)
    return catalogue.gettext(key) if n is None else catalogue.ngettext(key, key, n)


def say(language: str, key: str, /, **values: object) -> str:
    """A text in a language, its braces filled. ``n`` chooses the plural and is written in the language's numerals."""
    return _filled(language, message(language, key, _count(values)), values)


def say_own(own: Texts, language: str, key: str, /, **values: object) -> str:
    """The same in a practice's own words, where it has some that fit."""
    forms = own[language].get(key, ()) if language in own else ()
    if forms:
        with suppress(LookupError, ValueError):  # written for what an earlier release told
            return _filled(language, forms[_plural(language, forms, _count(values))], values)
    return _filled(language, message(language, key, _count(values)), values)


def _plural(language: str, forms: tuple[str, ...], n: int | None) -> int:
    """Which of the forms speaks of ``n``."""
    return 0 if n is None or len(forms) == 1 else int(_catalogue(language).plural(n))


def _count(values: Mapping[str, object]) -> int | None:
    n = values.get("n")
    return n if isinstance(n, int) else None


def _filled(language: str, text: str, values: Mapping[str, object]) -> str:
    return text.format(**{name: _shown(language, value) for name, value in values.items()}) if values else text


def _shown(language: str, value: object) -> str:
    if isinstance(value, int):
        return number(value, language)
    text = str(value)
    # An address on the web must end where it ends, and an isolate cannot span lines.
    loose = language not in RIGHT_TO_LEFT or "\n" in text or text.startswith("http")
    return text if loose else isolate(text)
