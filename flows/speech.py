"""Dates, times, money and numbers as a receptionist of the patient's language would say them.

Formatted by Babel and remembered, because formatting is slow and a desk says the same days and times all day long.
Digits are Latin in every language: that is Babel's default for Arabic and Hindi too, and what people there read on
clocks, receipts and phones beside a booking's reference, which is Latin in any case.
"""

from datetime import date, timedelta
from datetime import time as clock_time
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import bidirectional

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, get_currency_precision, get_currency_symbol

REMEMBERED = 4096
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


class Manner(NamedTuple):
    """How one language says things. The patterns are Unicode's; the lengths are bound by WhatsApp's rows (24)."""

    locale: str
    today: str
    tomorrow: str
    time: str
    day: str = "EEE d MMM"
    day_today: str = "EEE d MMM"  # behind the word for today
    short: str = "EEE d MMM"  # beside a time
    far_weekday: str = "EEEE d MMMM"


MANNERS = {
    "en": Manner("en", "Today", "Tomorrow", "h:mm a", far_weekday="EEEE, d MMMM"),
    "hi": Manner("hi", "आज", "कल", "B h:mm", day="EEEE d MMMM", day_today="EEEE d MMMM", short="EEE d/M"),
    "es": Manner("es", "Hoy", "Mañana", "H:mm", far_weekday="EEEE d 'de' MMMM"),
    "ar": Manner("ar", "اليوم", "غدًا", "h:mm a", day="EEEE d MMMM", day_today="d MMMM", short="EEEE d/M"),
    "pt": Manner("pt_BR", "Hoje", "Amanhã", "H:mm", far_weekday="EEEE, d 'de' MMMM"),
    "fr": Manner("fr", "Aujourd’hui", "Demain", "H'h'mm", day_today="d MMM"),
}
COMMAS = {"ar": "،"}


def _manner(language: str) -> Manner:
    return MANNERS.get(language, MANNERS["en"])


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_manner(language).locale)


def _formatted(day: date, pattern: str, language: str) -> str:
    """A row of a list has no room for the stops behind "mar." and "nov."."""
    return format_date(day, pattern, _locale(language)).replace(".", "").replace("॰", "")


def _named(day: date, language: str, today: date) -> str:
    """ "Today" or "Tomorrow"; empty for any other day."""
    manner = _manner(language)
    return {today: manner.today, today + timedelta(days=1): manner.tomorrow}.get(day, "")


@lru_cache(REMEMBERED)
def day(day: date, language: str, today: date) -> str:
    """A day, at most 24 characters: "Tomorrow, Tue 24 Nov"."""
    manner, name = _manner(language), _named(day, language, today)
    written = _formatted(day, manner.day_today if day == today else manner.day, language)
    return f"{name}{COMMAS.get(language, ',')} {written}" if name else written[:1].upper() + written[1:]


@lru_cache(REMEMBERED)
def short_day(day: date, language: str, today: date) -> str:
    """A day that stands behind a time, both within 24 characters: "Tue 24 Nov", "tomorrow"."""
    return _named(day, language, today).lower() or _formatted(day, _manner(language).short, language)


@lru_cache(REMEMBERED)
def weekday(day: date, language: str, today: date) -> str:
    """A day in a sentence: "Monday"; with its date where another Monday comes first: "Monday, 7 December"."""
    manner = _manner(language)
    far = (day - today).days > 6
    return format_date(day, manner.far_weekday if far else "EEEE", _locale(language))


@lru_cache(REMEMBERED)
def time(time: clock_time, language: str) -> str:
    """A time of day: "5:00 pm"."""
    said = format_time(time, _manner(language).time, locale=_locale(language))
    return said.lower() if language == "en" else said


def _price_pattern(currency: str, locale: Locale) -> str:
    """The locale's own, with the sign that the currency has at home where the locale knows only its code."""
    sign = get_currency_symbol(currency, locale)
    if sign == currency:
        sign = get_currency_symbol(currency, "en")
    pattern: str = locale.currency_formats["standard"].pattern
    return pattern if sign == currency else pattern.replace("¤", sign)


@lru_cache(REMEMBERED)
def money(minor: int, currency: str, language: str) -> str:
    """An amount given in the currency's minor unit (paise, cents); whole amounts without decimals: "₹500"."""
    unit, locale = 10 ** get_currency_precision(currency), _locale(language)
    pattern = _price_pattern(currency, locale)
    if minor % unit:
        return format_currency(minor / unit, currency, pattern, locale=locale)
    return format_currency(minor // unit, currency, pattern.replace(".00", ""), locale=locale, currency_digits=False)


@lru_cache(REMEMBERED)
def number(n: int, language: str) -> str:
    """A number, grouped as the language does: 12,34,567 in Hindi."""
    return format_decimal(n, locale=_locale(language))


@lru_cache(REMEMBERED)
def isolate(text: str) -> str:
    """``text`` fenced off from the direction of the sentence around it, so that a name or a number in the middle of
    Arabic neither turns round nor moves what stands beside it. Words that run from right to left themselves need none,
    and a row's title has no room for it."""
    directions = set(map(bidirectional, text))
    if directions & {"R", "AL"} and "L" not in directions:
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
