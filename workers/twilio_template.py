"""A template as Twilio takes it: content of the plainest type that holds it, every variable a number of its own.

Meta counts the variables of header, body and buttons apart; Twilio counts through the whole: body, header, then what
each button brings back or ends with. A test holds the two counts, of a template and of a letter, together.
https://www.twilio.com/docs/content/content-types-overview
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from clinic.finding import units
from clinic.one_time_code import PURPOSE
from clinic.purpose import PURPOSES, language_of
from clinic.template import VARIABLE, Template, TemplateButton, variables
from clinic.template_sample import samples_of
from workers.provider import Letter

QUICK_TITLE = 20  # UTF-16 units of a quick reply's; a card takes 25
LINKS = 2  # buttons of a call to action; a card takes 10
LINKING = {"url", "phone_number", "copy_code"}

Action = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What the Content API is given: one type and what it holds, and a sample for each variable."""

    kind: str
    part: dict[str, Any]
    samples: dict[str, str] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, Any]:
        """As the API takes it."""
        return {self.kind: self.part}


def content_of(template: Template) -> Content:
    """The template as content."""
    if template.category == "AUTHENTICATION":
        return Content("whatsapp/authentication", _code(template), {"1": "123456"})
    counted = _Counted(samples_of(template.purpose, language_of(template.language)))
    body = counted.text(template, template.body)
    header = counted.text(template, template.header)
    actions = [ACTIONS[each.kind](each, counted) for each in template.buttons]
    kind = _kind(template)
    return Content(kind, PARTS[kind](template, body, header, actions), counted.samples)


@dataclass
class _Counted:
    """Gives each variable its number and keeps a sample for it."""

    known: dict[str, str]
    samples: dict[str, str] = field(default_factory=dict)

    def text(self, template: Template, text: str) -> str:
        """The text with numbers; a variable that stands twice has one."""
        numbers = {name: self.number(self.known.get(name, name)) for name in template.names(text)}
        return VARIABLE.sub(lambda found: f"{{{{{numbers[template.names(found[0])[0]]}}}}}", text)

    def number(self, sample: str) -> int:
        """The next one."""
        self.samples[str(len(self.samples) + 1)] = sample
        return len(self.samples)


def _code(template: Template) -> dict[str, Any]:
    """The words are WhatsApp's own; it knows how long the code is good for, and copies it."""
    minutes = max(1, (template.ttl_seconds or PURPOSES[PURPOSE].ttl) // 60)
    copy = {"type": "COPY_CODE", "copy_code_text": COPY[language_of(template.language)]}
    return {"add_security_recommendation": False, "code_expiration_minutes": minutes, "actions": [copy]}


COPY = {
    "en": "Copy code", "hi": "कोड कॉपी करें", "es": "Copiar código", "ar": "نسخ الرمز", "pt": "Copiar código",
    "fr": "Copier le code",
}  # fmt: skip


def _quick_reply(button: TemplateButton, counted: _Counted) -> Action:
    """What a tap brings back is a variable, where it does something."""
    brings = f"{{{{{counted.number(button.action)}}}}}" if button.action else button.text
    return {"type": "QUICK_REPLY", "title": button.text, "id": brings}


def _url(button: TemplateButton, counted: _Counted) -> Action:
    """The variable stands at the end."""
    names, url = variables(button.value), button.value
    if names:
        sample = counted.known.get(names[0], names[0]).replace(" ", "")
        url = f"{button.value.partition('{{')[0]}{{{{{counted.number(sample)}}}}}"
    return {"type": "URL", "title": button.text, "url": url}


ACTIONS: dict[str, Callable[[TemplateButton, _Counted], Action]] = {
    "quick_reply": _quick_reply,
    "url": _url,
    "phone_number": lambda each, _: {"type": "PHONE_NUMBER", "title": each.text, "phone": each.value},
    "copy_code": lambda each, _: {"type": "COPY_CODE", "title": each.text, "code": each.value},
    "request_contact_info": lambda each, _: {"type": "REQUEST_CONTACT_INFO", "title": each.text},
}


def _kind(template: Template) -> str:
    buttons = {each.kind for each in template.buttons}
    if not (template.header or template.footer):
        if not buttons:
            return "twilio/text"
        if buttons == {"quick_reply"} and all(units(each.text) <= QUICK_TITLE for each in template.buttons):
            return "twilio/quick-reply"
        if buttons == {"request_contact_info"} or (buttons <= LINKING and len(template.buttons) <= LINKS):
            return "twilio/call-to-action"
    return "whatsapp/card"


def _card(template: Template, body: str, header: str, actions: list[Action]) -> dict[str, Any]:
    told = {"body": body, "header_text": header, "footer": template.footer, "actions": actions}
    return {name: value for name, value in told.items() if value}


PARTS: dict[str, Callable[[Template, str, str, list[Action]], dict[str, Any]]] = {
    "twilio/text": lambda _, body, __, ___: {"body": body},
    "twilio/quick-reply": lambda _, body, __, actions: {"body": body, "actions": actions},
    "twilio/call-to-action": lambda _, body, __, actions: {"body": body, "actions": actions},
    "whatsapp/card": _card,
}


def filling(letter: Letter) -> dict[str, str]:
    """What fills the content of its template, by number."""
    return {str(number): value for number, value in enumerate(_values(letter), 1)}


def _values(letter: Letter) -> Iterator[str]:
    if letter.code:
        yield letter.code
        return
    yield from letter.parameters
    if letter.header:
        yield letter.header
    for at in range(max([len(letter.buttons), *(place + 1 for place in letter.links)])):
        if at < len(letter.buttons) and letter.buttons[at]:
            yield letter.buttons[at]
        elif at in letter.links:
            yield letter.links[at]
