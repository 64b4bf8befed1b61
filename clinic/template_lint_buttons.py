"""The rules for a template's buttons: how many, of which kinds, in which order, with what on them."""

from collections.abc import Callable, Iterator, Sequence

from clinic.finding import Finding, units
from clinic.purpose import Purpose
from clinic.template import VARIABLE, TemplateButton, variables
from clinic.template_rules import (
    ADDRESS,
    BUTTONS,
    CODE,
    COUNTS,
    LABEL,
    NUMBER,
    PHONE,
    SHOWN_BUTTONS,
    SHOWN_LABEL,
    UNPRINTED,
    URL,
    found,
)

LABELLED = frozenset({"quick_reply", "url", "phone_number"})  # the others have Meta's own words


def lint_buttons(buttons: Sequence[TemplateButton], purpose: Purpose) -> Iterator[Finding]:
    """What is wrong with them, all together and each by itself."""
    yield from _together(buttons)
    yield from _actions(buttons, purpose)
    for at, button in enumerate(buttons):
        place = f"buttons.{at}"
        if button.kind in LABELLED:
            yield from _label(place, button.text)
        if rule := KINDS.get(button.kind):
            yield from rule(place, button, purpose)


def _together(buttons: Sequence[TemplateButton]) -> Iterator[Finding]:
    if len(buttons) > BUTTONS:
        yield found("buttons_many", "buttons", count=len(buttons), most=BUTTONS)
    elif len(buttons) > SHOWN_BUTTONS:
        yield found("buttons_hidden", "buttons")
    kinds = [button.kind for button in buttons]
    for kind, most in COUNTS.items():
        if (count := kinds.count(kind)) > most:  # type: ignore[arg-type]
            yield found("button_kind_many", "buttons", kind=kind, count=count, most=most)
    if not _grouped([kind == "quick_reply" for kind in kinds]):
        yield found("buttons_order", "buttons")
    texts = [button.text.strip() for button in buttons if button.text.strip()]
    if len(set(texts)) != len(texts):
        yield found("buttons_same", "buttons")


def _grouped(quick: Sequence[bool]) -> bool:
    """Whether the quick replies come all first or all last."""
    return list(quick) in (sorted(quick), sorted(quick, reverse=True))


def _actions(buttons: Sequence[TemplateButton], purpose: Purpose) -> Iterator[Finding]:
    done = {button.action for button in buttons if button.kind == "quick_reply"}
    for action in purpose.actions:
        if action not in done:
            yield found("action_missing", "buttons", action=action)


def _label(place: str, text: str) -> Iterator[Finding]:
    if not text.strip():
        yield found("button_missing", place)
    if (count := units(text)) > LABEL:
        yield found("button_long", place, count=count, most=LABEL)
    elif count > SHOWN_LABEL:
        yield found("button_cut", place, count=count, most=SHOWN_LABEL)
    if VARIABLE.search(text) or UNPRINTED.search(text):
        yield found("button_markup", place)


def _quick_reply(place: str, button: TemplateButton, purpose: Purpose) -> Iterator[Finding]:
    if not button.action:
        yield found("button_idle", place)
    elif button.action not in purpose.actions:
        yield found("button_action", place, action=button.action, known=", ".join(purpose.actions) or "none")


def _url(place: str, button: TemplateButton, purpose: Purpose) -> Iterator[Finding]:
    address, names = button.value, variables(button.value)
    if not ADDRESS.fullmatch(address) or address.index("://") + 3 == address.find("{{"):
        yield found("url_format", place)
    if (count := units(address)) > URL:
        yield found("url_long", place, count=count, most=URL)
    if (
        len(VARIABLE.findall(address)) > 1
        or (names and not address.endswith("}}"))
        or address.count("{{") != len(names)
    ):
        yield found("url_variable", place)
    for name in names:
        if name not in purpose.parameters:
            yield found("placeholder_unknown", place, name=name, known=", ".join(purpose.parameters))


def _phone(place: str, button: TemplateButton, _: Purpose) -> Iterator[Finding]:
    if not NUMBER.fullmatch(button.value) or len(button.value) > PHONE:
        yield found("phone_format", place)


def _code(place: str, button: TemplateButton, _: Purpose) -> Iterator[Finding]:
    if not 1 <= units(button.value) <= CODE:
        yield found("code_length", place, most=CODE)


KINDS: dict[str, Callable[[str, TemplateButton, Purpose], Iterator[Finding]]] = {
    "quick_reply": _quick_reply,
    "url": _url,
    "phone_number": _phone,
    "copy_code": _code,
}
