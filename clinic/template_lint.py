"""Everything for which the provider would refuse a template, or charge it dearer, said before it is handed in. Pure.

The rules are Meta's for templates (review, components, categories); each code has its sentence in ``template_rules``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from clinic import risky_words
from clinic.finding import Finding, units
from clinic.purpose import PURPOSES, Purpose, language_of
from clinic.template import VARIABLE, Words, variables
from clinic.template_lint_buttons import lint_buttons
from clinic.template_rules import (
    ADJACENT,
    BODY,
    EMOJI,
    EMOJI_MOST,
    FOOTER,
    HEADER,
    LANGUAGES,
    NAME,
    RUN,
    TTL,
    UNPRINTED,
    WORDS_PER_VARIABLE,
    found,
)


@dataclass(frozen=True)
class Checked:
    """Words with all by which they are judged; ``samples`` by parameter."""

    words: Words
    purpose: Purpose
    samples: Mapping[str, str]
    name: str
    language: str


def lint(
    words: Words, purpose: str, name: str, language: str, samples: Mapping[str, str] | None = None
) -> list[Finding]:
    """What is wrong, errors first; ``language`` is the provider's code, ``samples`` are ours unless given. Never
    raises."""
    meant = PURPOSES.get(purpose)
    if meant is None:
        return [found("purpose", "purpose", purpose=purpose)]
    known = meant.samples(language_of(language)) if samples is None else samples
    checked = Checked(words, meant, known, name, language)
    rules = CODE_RULES if meant.category == "AUTHENTICATION" else RULES
    findings = [each for rule in rules for each in rule(checked)]
    return sorted(dict.fromkeys(findings), key=lambda each: each.severity != "error")


def _code(checked: Checked) -> Iterator[Finding]:
    """The provider writes the words of a one-time code, and the button; ours are there to be shown."""
    words, language = checked.words, language_of(checked.language)
    if words.category != "AUTHENTICATION":
        yield found("category_code", "category")
    if words.body != checked.purpose.body(language) or words.header or words.footer or words.buttons:
        yield found("code_fixed", "body")


def _head(checked: Checked) -> Iterator[Finding]:
    if not NAME.fullmatch(checked.name):
        yield found("name_format", "name")
    if checked.language not in LANGUAGES:
        yield found("language", "language", language=checked.language)
    least, most = TTL.get(checked.words.category, (None, None))
    ttl = checked.words.ttl_seconds
    if ttl is not None and least is not None and most is not None and not least <= ttl <= most:
        yield found("ttl_range", "ttl_seconds", least=least, most=most)


def _category(checked: Checked) -> Iterator[Finding]:
    category, language = checked.words.category, language_of(checked.language)
    if category == "AUTHENTICATION":
        yield found("category_authentication", "category")
    if category == "MARKETING":
        yield found("category_marketing", "category")
    for place, text in _texts(checked.words):
        if category == "UTILITY" and (word := risky_words.marketing(language, text)):
            yield found("category_risk", place, word=word)
        if word := risky_words.sensitive(language, text):
            yield found("sensitive", place, word=word)


def _texts(words: Words) -> Iterable[tuple[str, str]]:
    yield from (("header", words.header), ("body", words.body), ("footer", words.footer))
    yield from ((f"buttons.{place}", button.text) for place, button in enumerate(words.buttons))


def _body(checked: Checked) -> Iterator[Finding]:
    body = checked.words.body
    if not body.strip():
        yield found("body_missing", "body")
        return
    yield from _length("body", body, BODY)
    if RUN.search(body):
        yield found("body_breaks", "body")
    if (emoji := len(EMOJI.findall(body))) > EMOJI_MOST:
        yield found("emoji_many", "body", count=emoji, most=EMOJI_MOST)
    yield from _variables_in_body(body)


def _variables_in_body(body: str) -> Iterator[Finding]:
    text, count = body.strip(), len(variables(body))
    if text.startswith("{{"):
        yield found("variable_first", "body")
    if text.rstrip(".,;:!?…。।؟ ").endswith("}}"):
        yield found("variable_last", "body")
    if ADJACENT.search(text):
        yield found("variable_adjacent", "body")
    words = len(VARIABLE.sub(" ", text).split())
    if count and words < WORDS_PER_VARIABLE * count + 1:
        yield found("variable_ratio", "body", count=count, most=max(0, (words - 1) // WORDS_PER_VARIABLE))


def _header(checked: Checked) -> Iterator[Finding]:
    header = checked.words.header
    yield from _length("header", header, HEADER)
    if UNPRINTED.search(VARIABLE.sub("", header)):
        yield found("header_markup", "header")
    if len(variables(header)) > 1:
        yield found("header_variables", "header")


def _footer(checked: Checked) -> Iterator[Finding]:
    footer = checked.words.footer
    yield from _length("footer", footer, FOOTER)
    if VARIABLE.search(footer):
        yield found("footer_variable", "footer")
    if "\n" in footer:
        yield found("footer_breaks", "footer")


def _length(place: str, text: str, most: int) -> Iterator[Finding]:
    if (count := units(text)) > most:
        yield found("too_long", place, count=count, most=most)


def _variables(checked: Checked) -> Iterator[Finding]:
    """Of body and header: whole, of one kind, without gaps, known, and each with an example."""
    words = checked.words
    for place, text in (("body", words.body), ("header", words.header)):
        names = variables(text)
        if {text.count("{{"), text.count("}}")} != {len(VARIABLE.findall(text))}:
            yield found("variable_malformed", place)
        numbers = [name for name in names if name.isdecimal()]
        if numbers and len(numbers) != len(names):
            yield found("variable_mixed", place)
        elif numbers and sorted(map(int, numbers)) != list(range(1, len(numbers) + 1)):
            yield found("variable_numbering", place)
        for name in words.names(text):
            yield from _parameter(checked, place, name)


def _parameter(checked: Checked, place: str, name: str) -> Iterator[Finding]:
    if name not in checked.purpose.parameters:
        known = ", ".join(checked.purpose.parameters)
        yield found("placeholder_unknown", place, name=name, known=known)
    elif not checked.samples.get(name):
        yield found("example_missing", place, name=name)


def _required(checked: Checked) -> Iterator[Finding]:
    words = checked.words
    told = {*words.names(words.body), *words.names(words.header)}
    for name in sorted(checked.purpose.required - told):
        yield found("placeholder_missing", "body", name=name)


def _filled(checked: Checked) -> Iterator[Finding]:
    """The limits hold for what is sent, too."""
    words = checked.words
    for place, text, most in (("body", words.body, BODY), ("header", words.header, HEADER)):
        if units(text) <= most < units(words.said(text, checked.samples)):
            yield found("filled_long", place, most=most)


def _buttons(checked: Checked) -> Iterator[Finding]:
    yield from lint_buttons(checked.words.buttons, checked.purpose)


RULES: tuple[Callable[[Checked], Iterator[Finding]], ...] = (
    _head, _category, _body, _header, _footer, _variables, _required, _filled, _buttons,
)  # fmt: skip
CODE_RULES: tuple[Callable[[Checked], Iterator[Finding]], ...] = (_head, _code)
