"""The rules for the buttons of a template."""

import re
from collections.abc import Callable

from simulator import limits
from simulator.errors import Json, Refusal
from simulator.template import VARIABLE
from simulator.template_refusals import invalid, refused

EMOJI_OR_MARKUP = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf*_~`\n]")


def check_buttons(part: Json, named: bool) -> None:  # noqa: ARG001 (one signature for all components)
    """Refuse what Meta refuses in a component of type BUTTONS."""
    buttons = part.get("buttons")
    if not isinstance(buttons, list) or not buttons:
        raise refused(2388043, "component of type BUTTONS is missing expected field(s) (buttons)")
    if len(buttons) > limits.TEMPLATE_BUTTONS:
        raise invalid("Too many buttons", f"A template has {limits.TEMPLATE_BUTTONS} buttons at most.")
    kinds = [str(button.get("type", "")).upper() for button in buttons]
    _check_mix(kinds)
    for kind, button in zip(kinds, buttons, strict=True):
        _check_button(kind, button)
    labels = [button.get("text") for button in buttons if button.get("text")]
    if len(set(labels)) != len(labels):
        raise invalid("Duplicate button text", "Every button needs a text of its own.")


def _check_mix(kinds: list[str]) -> None:
    for kind in kinds:
        most = limits.TEMPLATE_BUTTON_COUNTS.get(kind)
        if most is None and kind != "OTP":
            raise Refusal(100, message=f'(#100) Param buttons[type] is not valid - got "{kind}".')
        if most is not None and kinds.count(kind) > most:
            raise invalid("Too many buttons", f"A template has {most} buttons of type {kind} at most.")
    quick = [index for index, kind in enumerate(kinds) if kind == "QUICK_REPLY"]
    if quick and (quick[-1] - quick[0] + 1 != len(quick) or (quick[0] > 0 and quick[-1] < len(kinds) - 1)):
        raise invalid("Invalid button combination", "Quick replies must be grouped together, first or last.")


def _check_button(kind: str, button: Json) -> None:
    if kind in ("QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW"):
        _check_label(button)
    rule = BUTTONS.get(kind)
    if rule is not None:
        rule(button)


def _check_label(button: Json) -> None:
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refused(2388043, "component of type BUTTONS is missing expected field(s) (text)")
    if limits.units(text) > limits.TEMPLATE_BUTTON_TEXT:
        raise refused(2388040, f"Button text: {limits.TEMPLATE_BUTTON_TEXT} characters at most.")
    if VARIABLE.search(text) or EMOJI_OR_MARKUP.search(text):
        raise refused(2388060)


def _check_url(button: Json) -> None:
    url = button.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise invalid("Invalid URL", "A button of type URL needs a full web address.")
    if limits.units(url) > limits.TEMPLATE_URL:
        raise refused(2388040, f"URL: {limits.TEMPLATE_URL} characters at most.")
    found = VARIABLE.findall(url)
    if not found:
        return
    if len(found) > 1 or not url.rstrip().endswith("}}"):
        raise invalid("Invalid URL", "A URL can have one variable, at its end.")
    if not button.get("example"):
        raise refused(2388043, "component of type BUTTONS is missing expected field(s) (example)")


def _check_phone(button: Json) -> None:
    phone = button.get("phone_number")
    if not isinstance(phone, str) or not re.fullmatch(r"\+?[0-9]{5,19}", phone):
        raise invalid("Invalid phone number", "A button of type PHONE_NUMBER needs a number in international format.")


def _check_code(button: Json) -> None:
    code = button.get("example")
    code = code[0] if isinstance(code, list) and code else code
    if not isinstance(code, str) or not 1 <= limits.units(code) <= limits.TEMPLATE_CODE:
        raise refused(2388040, f"Offer code: {limits.TEMPLATE_CODE} characters at most.")


def _check_flow(button: Json) -> None:
    if not button.get("flow_id") and not button.get("flow_name"):
        raise refused(2388043, "component of type BUTTONS is missing expected field(s) (flow_id)")
    if str(button.get("flow_action", "navigate")).lower() == "navigate" and not button.get("navigate_screen"):
        raise refused(2388043, "component of type BUTTONS is missing expected field(s) (navigate_screen)")


BUTTONS: dict[str, Callable[[Json], None]] = {
    "FLOW": _check_flow,
    "URL": _check_url,
    "PHONE_NUMBER": _check_phone,
    "COPY_CODE": _check_code,
}
