"""What a template may tell about a visit: each parameter's value, in the reader's language and the clinic's time."""

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.units import format_unit

from clinic.views import AppointmentView

ENGLISH = "en_AU"  # a day before its month, and "6:00 pm", as the chat says it; America's has a code of its own
YEAR = re.compile(r"(,| 'de')? y$")  # how the full dates of our languages end


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(ENGLISH if code == "en" else code)


def visit_facts(practice: str, visit: AppointmentView, code: str) -> dict[str, str]:
    """The values by parameter; ``code`` is the provider's for the language. Raises babel's ``UnknownLocaleError``."""
    start = visit.start.astimezone(ZoneInfo(visit.clinic.zone))
    return {
        "practice": practice,
        "patient": visit.patient.name,
        "doctor": visit.doctor.name,
        "service": visit.service.name,
        "clinic": visit.clinic.name,
        "address": visit.clinic.address,
        "date": format_date(start, "full", locale=_locale(code)),
        "time": clock(start, visit.clinic.zone, code),
        "reference": visit.reference,
    }


def queue_facts(token: int, doctor: str, room: str) -> dict[str, str]:
    """What somebody who has a number is told of it: who will see them, and where."""
    return {"token": str(token), "doctor": doctor, "room": room}


def delay_facts(minutes: int, code: str) -> dict[str, str]:
    """How long it takes, or how late it is."""
    length = format_unit(minutes, "duration-minute", "long", locale=_locale(code))
    return {"wait": length, "delay": length}


def clock(moment: datetime, zone: str, code: str) -> str:
    """The time of day as that language says it there."""
    return format_time(moment.astimezone(ZoneInfo(zone)), "short", locale=_locale(code))


def day_and_clock(moment: datetime, zone: str, code: str) -> str:
    """The day in full, without its year, and the time of day."""
    locale = _locale(code)
    pattern = YEAR.sub("", locale.date_formats["full"].pattern)
    day = format_date(moment.astimezone(ZoneInfo(zone)), pattern, locale=locale)
    return f"{day}, {clock(moment, zone, code)}"
