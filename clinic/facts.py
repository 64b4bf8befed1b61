"""What a template may tell about a visit: each parameter's value, in the reader's language and the clinic's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from clinic.views import AppointmentView


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
        "date": format_date(start, "full", locale=Locale.parse(code)),
        "time": clock(start, visit.clinic.zone, code),
        "reference": visit.reference,
    }


def clock(moment: datetime, zone: str, code: str) -> str:
    """The time of day as that language says it there."""
    return format_time(moment.astimezone(ZoneInfo(zone)), "short", locale=Locale.parse(code))
