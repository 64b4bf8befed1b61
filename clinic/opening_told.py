"""When a clinic is open, as a notice on its door says it: "Monday–Friday 9:00 AM–5:00 PM"."""

from collections import Counter
from datetime import datetime, time
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_time, get_day_names

from clinic.deep_link import words
from clinic.directory import Directory, open_day
from clinic.interval import Interval
from clinic.wall_clock import days_from, local_day

WEEKS = 4  # of the doctors' hours that are looked at: holidays and leaves in one of them change no notice
DAYS = 7
Hours = tuple[tuple[time, time], ...]
MINUS = "–"


def opening_told(directory: Directory, clinic_id: str, language: str, now: datetime) -> list[tuple[str, str]]:
    """(days, hours), in the order of the week where the clinic is; without the days on which it is closed."""
    clinic = directory.clinic(clinic_id)
    locale = _locale(language, clinic.land)
    usual = _usual(directory, clinic_id, now)
    groups: list[tuple[list[int], Hours]] = []
    for weekday in ((locale.first_week_day + number) % DAYS for number in range(DAYS)):
        if groups and groups[-1][1] == usual[weekday]:
            groups[-1][0].append(weekday)
        else:
            groups.append(([weekday], usual[weekday]))
    return [(_days(days, locale), _hours(hours, locale)) for days, hours in groups if hours]


def _usual(directory: Directory, clinic_id: str, now: datetime) -> list[Hours]:
    """For each weekday from Monday the hours that it has most often."""
    zone = directory.clinic(clinic_id).zone
    days = days_from(local_day(now, zone), WEEKS * DAYS)
    times: list[Interval] = directory.opening(clinic_id, days)
    seen: list[Counter[Hours]] = [Counter() for _ in range(DAYS)]
    for day in days:
        seen[day.weekday()][open_day(day, times, zone).hours] += 1
    return [max(each, key=lambda hours: (each[hours], hours)) for each in seen]


@cache
def _locale(language: str, land: str) -> Locale:
    try:
        return Locale.parse(f"{language}_{land}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


def _days(days: list[int], locale: Locale) -> str:
    if len(days) == DAYS:
        return words()[locale.language]["every_day"]
    names = get_day_names("wide", "stand-alone", locale)
    first, last = names[days[0]], names[days[-1]]
    between = MINUS if len(days) > 2 else _comma(locale)
    told = first if len(days) == 1 else f"{first}{between}{last}"
    return told[:1].upper() + told[1:]


def _hours(hours: Hours, locale: Locale) -> str:
    return _comma(locale).join(f"{_clock(start, locale)}{MINUS}{_clock(end, locale)}" for start, end in hours)


def _comma(locale: Locale) -> str:
    return "، " if locale.language == "ar" else ", "


def _clock(moment: time, locale: Locale) -> str:
    return format_time(moment, "short", locale=locale).replace("\u202f", "\u00a0")
