"""Days, times, money and numbers in each language."""

from datetime import date, time, timedelta

import pytest

from flows.reply import TITLE
from flows.speech import MANNERS, day, isolate, money, number, short_day
from flows.speech import time as say_time

MONDAY = date(2026, 11, 23)
LANGUAGES = tuple(MANNERS)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "later"),
    [
        ("en", "Today, Mon 23 Nov", "Tomorrow, Tue 24 Nov", "Wed 25 Nov"),
        ("hi", "आज, सोमवार 23 नवंबर", "कल, मंगलवार 24 नवंबर", "बुधवार 25 नवंबर"),
        ("es", "Hoy, lun 23 nov", "Mañana, mar 24 nov", "Mié 25 nov"),
        ("ar", "اليوم، 23 نوفمبر", "غدًا، الثلاثاء 24 نوفمبر", "الأربعاء 25 نوفمبر"),
        ("pt", "Hoje, seg 23 nov", "Amanhã, ter 24 nov", "Qua 25 nov"),
        ("fr", "Aujourd’hui, 23 nov", "Demain, mar 24 nov", "Mer 25 nov"),
        ("xx", "Today, Mon 23 Nov", "Tomorrow, Tue 24 Nov", "Wed 25 Nov"),
    ],
)
def test_day(language: str, today: str, tomorrow: str, later: str) -> None:
    said = [day(MONDAY + timedelta(days=days), language, MONDAY) for days in range(3)]
    assert said == [today, tomorrow, later]


@pytest.mark.parametrize(
    ("language", "tomorrow", "later"),
    [
        ("en", "tomorrow", "Wed 25 Nov"),
        ("hi", "कल", "बुध 25/11"),
        ("es", "mañana", "mié 25 nov"),
        ("ar", "غدًا", "الأربعاء 25/11"),
        ("pt", "amanhã", "qua 25 nov"),
        ("fr", "demain", "mer 25 nov"),
    ],
)
def test_short_day(language: str, tomorrow: str, later: str) -> None:
    said = [short_day(MONDAY + timedelta(days=days), language, MONDAY) for days in (1, 2)]
    assert said == [tomorrow, later]


@pytest.mark.parametrize(
    ("language", "morning", "afternoon"),
    [
        ("en", "9:30 am", "5:00 pm"),
        ("hi", "सुबह 9:30", "शाम 5:00"),
        ("es", "9:30", "17:00"),
        ("ar", "9:30 ص", "5:00 م"),
        ("pt", "9:30", "17:00"),
        ("fr", "9h30", "17h00"),
    ],
)
def test_time(language: str, morning: str, afternoon: str) -> None:
    assert [say_time(time(9, 30), language), say_time(time(17), language)] == [morning, afternoon]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_fits_a_row(language: str) -> None:
    days = [MONDAY + timedelta(days=days) for days in range(400)]
    assert max(units(day(later, language, later - timedelta(days=ago))) for later in days for ago in (0, 1, 2)) <= TITLE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_day_and_a_time_fit_a_row(language: str) -> None:
    days = {units(short_day(MONDAY + timedelta(days=days), language, MONDAY)) for days in range(400)}
    times = {units(say_time(time(hour, minute), language)) for hour in range(6, 24) for minute in (0, 30)}
    assert max(days) + max(times) + len(", ") <= TITLE


@pytest.mark.parametrize(
    ("minor", "currency", "language", "said"),
    [
        (50000, "INR", "en", "₹500"),
        (50050, "INR", "en", "₹500.50"),
        (5000000, "INR", "hi", "₹50,000"),
        (12000, "BRL", "pt", "R$\u00a0120"),
        (12050, "EUR", "fr", "120,50\u00a0€"),
        (12000, "EUR", "es", "120\u00a0€"),
        (500, "JPY", "en", "¥500"),
        (50000, "INR", "es", "500\u00a0₹"),
        (50050, "INR", "es", "500,50\u00a0₹"),
        (12000, "BRL", "fr", "120\u00a0R$"),
        (1500, "KWD", "en", "KWD1.500"),
        (50000, "INR", "ar", "\u200f500\u00a0₹"),
        (0, "INR", "en", "₹0"),
    ],
)
def test_money(minor: int, currency: str, language: str, said: str) -> None:
    assert money(minor, currency, language) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "1,234,567"), ("hi", "12,34,567"), ("es", "1.234.567"), ("ar", "1,234,567"), ("pt", "1.234.567")],
)
def test_number(language: str, said: str) -> None:
    assert number(1234567, language) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_are_latin_everywhere(language: str) -> None:
    said = [
        number(90, language),
        say_time(time(10, 45), language),
        day(MONDAY, language, MONDAY),
        money(1, "INR", language),
    ]
    assert all(char.isascii() for char in "".join(said) if char.isdigit())


@pytest.mark.parametrize(
    ("text", "fenced"),
    [
        ("Dr Rao", "\u2068Dr Rao\u2069"),
        ("K7P-4QX", "\u2068K7P-4QX\u2069"),
        ("+91 98765 43210", "\u2068+91 98765 43210\u2069"),
        ("د. محمد Rao", "\u2068د. محمد Rao\u2069"),
        ("د. محمد", "د. محمد"),
        ("5:00 م", "5:00 م"),
    ],
)
def test_isolate(text: str, fenced: str) -> None:
    assert isolate(text) == fenced
