"""What would go wrong with a practice's own words for a text of the chat, said before they are kept. Pure."""

import string
from collections.abc import Iterator, Sequence

from clinic import risky_words
from clinic.finding import Finding, Severity, units
from clinic.template_rules import RUN
from clinic.views import TextView

LINE = 72  # what is so short stands on a button or in a row

SAYS: dict[str, tuple[Severity, str]] = {
    "forms_count": ("error", "This text has {most} forms, one for each plural of the language: {count} were given."),
    "text_missing": ("error", "Write what the patient is to read."),
    "too_long": ("error", "It has {count} characters and {most} fit here: shorten it."),
    "text_breaks": ("error", "This stands on a button or in a row: a single line."),
    "text_runs": ("error", "Use one empty line at most, no tabs, and no more than four spaces in a row."),
    "placeholder_malformed": ("error", "A placeholder is a brace, a name, a brace: {{{name}}}. Write each as it was."),
    "placeholder_unknown": ("error", "There is no {{{name}}} in this text: only what ours has is filled in."),
    "placeholder_missing": ("error", "Ours says {{{name}}} here: the patient must read it, so put it in."),
    "sensitive": (
        "error",
        "“{word}”: identity and card numbers, passwords and health have no place in a chat: ask in person.",
    ),
}


def lint_text(ours: TextView, forms: Sequence[str], language: str) -> list[Finding]:
    """What is wrong with ``forms`` in the place of ours. Never raises."""
    if len(forms) != len(ours.forms):
        return [_found("forms_count", "forms", most=len(ours.forms), count=len(forms))]
    return [each for place in range(len(forms)) for each in _form(ours, forms[place], place, language)]


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ``ValueError`` where the braces do not close or hold more than a name."""
    names = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(name)
        names.add(name)
    return names


def _form(ours: TextView, text: str, at: int, language: str) -> Iterator[Finding]:
    place = f"forms.{at}"
    if not text.strip():
        yield _found("text_missing", place)
    if (count := units(text)) > ours.limit:
        yield _found("too_long", place, count=count, most=ours.limit)
    if ours.limit <= LINE and "\n" in text:
        yield _found("text_breaks", place)
    if RUN.search(text):
        yield _found("text_runs", place)
    if word := risky_words.sensitive(language, text):
        yield _found("sensitive", place, word=word)
    yield from _placeholders(ours, text, at, place)


def _placeholders(ours: TextView, text: str, at: int, place: str) -> Iterator[Finding]:
    known = set().union(*map(placeholders, ours.forms))
    try:
        told = placeholders(text)
    except ValueError:
        yield _found("placeholder_malformed", place, name=min(known, default="name"))
        return
    for name in sorted(told - known):
        yield _found("placeholder_unknown", place, name=name)
    for name in sorted(placeholders(ours.forms[at]) - told):
        yield _found("placeholder_missing", place, name=name)


def _found(code: str, place: str, **facts: object) -> Finding:
    severity, says = SAYS[code]
    return Finding(code, severity, place, says.format(**facts))
