"""A template as pywa hands it in for review: numbers for variables, and an example for each."""

from collections.abc import Callable
from typing import Any

from pywa_async.types.templates import (
    AuthenticationBody,
    AuthenticationFooter,
    BodyText,
    Buttons,
    ContactInfoRequestButton,
    CopyCodeButton,
    CopyCodeOTPButton,
    FooterText,
    HeaderText,
    ParamFormat,
    PhoneNumberButton,
    QuickReplyButton,
    TemplateCategory,
    TemplateLanguage,
    URLButton,
)
from pywa_async.types.templates import Template as PywaTemplate

from bot.channels.errors import Action, Rule, SendError
from clinic.one_time_code import PURPOSE
from clinic.purpose import PURPOSES, language_of
from clinic.template import Template, TemplateButton, variables
from clinic.template_sample import samples_of

Samples = dict[str, str]


def as_pywa(template: Template) -> PywaTemplate:
    """The template as pywa submits it. Raises ``SendError`` for a language that Meta has no templates in."""
    try:
        language = TemplateLanguage(template.language)
    except (ValueError, TypeError):
        raise SendError(Rule(Action.PERMANENT), detail="no such template language") from None
    return PywaTemplate(
        name=template.name,
        language=language,
        category=TemplateCategory(template.category),
        parameter_format=ParamFormat.POSITIONAL,
        components=_code(template)
        if template.category == "AUTHENTICATION"
        else _components(template, samples_of(template.purpose, language_of(template.language))),
        message_send_ttl_seconds=template.ttl_seconds,
    )


def _code(template: Template) -> list[Any]:
    """The provider has words of its own for a one-time code; it knows how long the code is good for, and copies it."""
    minutes = (template.ttl_seconds or PURPOSES[PURPOSE].ttl) // 60
    return [
        AuthenticationBody(add_security_recommendation=False),
        AuthenticationFooter(code_expiration_minutes=max(1, minutes)),
        Buttons(buttons=[CopyCodeOTPButton()]),
    ]


def _components(template: Template, samples: Samples) -> list[Any]:
    def examples(text: str) -> list[str]:
        return [samples.get(name, name) for name in template.names(text)]

    header = [HeaderText(template.numbered(template.header), *examples(template.header))] if template.header else []
    body = [BodyText(template.numbered(template.body), *examples(template.body))]
    footer = [FooterText(text=template.footer)] if template.footer else []
    buttons = [Buttons(buttons=[BUTTONS[each.kind](each, samples) for each in template.buttons])]
    return [*header, *body, *footer, *(buttons if template.buttons else [])]


def _link(button: TemplateButton, samples: Samples) -> URLButton:
    """The variable at the end of a web address is a number, too; its example is the whole address."""
    address = button.value
    for name in variables(address):
        address = address.replace(f"{{{{{name}}}}}", samples.get(name, name).replace(" ", ""))
    fixed = button.value.partition("{{")[0]
    return URLButton(
        text=button.text,
        url=button.value if fixed == button.value else f"{fixed}{{{{1}}}}",
        example=None if fixed == button.value else address,
    )


BUTTONS: dict[str, Callable[[TemplateButton, Samples], Any]] = {
    "quick_reply": lambda button, _: QuickReplyButton(text=button.text),
    "url": _link,
    "phone_number": lambda button, _: PhoneNumberButton(text=button.text, phone_number=button.value),
    "copy_code": lambda button, _: CopyCodeButton(example=button.value),
    "request_contact_info": lambda _, __: ContactInfoRequestButton(),
}
