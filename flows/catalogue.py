"""The texts that there are, for those who let a practice write its own: keys, our words, and what fits where."""

import re
from functools import cache

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from clinic.views import TextView
from flows.reply import BODY
from flows.texts import DEFAULT, catalogue_path, languages

AT_MOST = re.compile(r"at most (\d+)")


@cache
def texts() -> dict[str, dict[str, TextView]]:
    """All of them, by language and key, in the order of the catalogue."""
    told = {str(each.id): _about(each) for each in _read(DEFAULT) if each.id}
    return {language: dict(_of(language, told)) for language in languages()}


def _of(language: str, told: dict[str, str]) -> list[tuple[str, TextView]]:
    return [(view.key, view) for each in _read(language) if each.id for view in [_view(each, told)]]


def _view(message: Message, told: dict[str, str]) -> TextView:
    key = message.id[0] if isinstance(message.id, tuple | list) else message.id
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    about = told.get(str(message.id), "")
    limit = AT_MOST.search(about)
    return TextView(str(key), tuple(map(str, forms)), int(limit[1]) if limit else BODY, about)


def _about(message: Message) -> str:
    """The comment for translators, without the headings between groups."""
    lines = [line for line in message.auto_comments if not line.startswith("---")]
    return " ".join(lines)


@cache
def _read(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language)
