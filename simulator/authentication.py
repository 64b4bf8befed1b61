"""Templates for one-time codes: Meta's own words around the code, and a button that copies it."""

from simulator.errors import Json, Refusal
from simulator.limits import units

CODE = 15  # characters
SAFE = " For your security, do not share this code."


def check_recipient(by_number: bool) -> None:
    """A code goes to a telephone number, never to a business-scoped user id."""
    if not by_number:
        raise Refusal(131062)


def filled(components: list[Json], parts: list[Json]) -> Json:
    """What the phone shows; the code must be given twice, for the words and for the button."""
    body, button = _given(parts, "body"), _given(parts, "button")
    if not body:
        raise Refusal(132000, "body: number of localizable_params (0) does not match the expected number of params (1)")
    if not button:
        raise Refusal(131008, "buttons: Button at index 0 of type Url requires a parameter")
    if units(body) > CODE or units(button) > CODE:
        raise Refusal(132005, f"body: the code is too long ({CODE} characters at most)")
    known = {str(part.get("type", "")).upper(): part for part in components}
    safe = SAFE if known.get("BODY", {}).get("add_security_recommendation") else ""
    minutes = known.get("FOOTER", {}).get("code_expiration_minutes")
    shown: Json = {"text": f"*{body}* is your verification code.{safe}"}
    shown["links"] = [{"title": "Copy code", "url": "", "code": button}]
    return shown | ({"footer": f"This code expires in {minutes} minutes."} if minutes else {})


def _given(parts: list[Json], kind: str) -> str:
    part = next((part for part in parts if str(part.get("type", "")).lower() == kind), {})
    if kind == "button" and str(part.get("sub_type", "url")).lower() != "url":
        raise Refusal(132018, f"buttons: Button at index 0 of type {part.get('sub_type')} does not exist")
    rows = part.get("parameters") or []
    text = rows[0].get("text") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    return text if isinstance(text, str) else ""
