"""Telephone numbers: typed in any way, kept as E.164."""

import phonenumbers
from phonenumbers import NumberParseException

EXTRA = "+()-./ \u00a0\u2010\u2011\u2013"


def e164(typed: str, region: str = "") -> str | None:
    """``+919812345678``, or None for what is no number; ``region`` (ISO, "IN") is where one without a country code is
    dialled. Numbers of no known plan are taken when they are written out with their country code."""
    try:
        number = phonenumbers.parse(typed.strip()[:40], region or None)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def of_wa_id(wa_id: str) -> str | None:
    """A WhatsApp number is an international one without its plus."""
    return e164(f"+{wa_id}") if wa_id.isascii() and wa_id.isdigit() else None


def region_of(phone: str) -> str:
    """The country of a clinic's own number, empty where that is not known."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
    except NumberParseException:
        return ""


def digits_of(typed: str) -> str:
    """The digits of what looks like a number or its end, at least four; else nothing."""
    kept = "".join(letter for letter in typed if letter not in EXTRA)
    plain = "".join(str(int(letter)) for letter in kept if letter.isdecimal())
    return plain.lstrip("0") if len(plain) == len(kept) and 4 <= len(plain.lstrip("0")) <= 15 else ""


def masked(phone: str) -> str:
    """``***5678``."""
    return f"***{phone[-4:]}"
