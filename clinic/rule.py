"""The days that a calendar rule picks (RFC 5545), as far as a schedule needs them, and what a rule may say."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice

from dateutil.rrule import rrulestr

PICKS_DAYS = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
DATE = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
NUMBERS = re.compile(r"[-+]?[0-9]{1,3}(,[-+]?[0-9]{1,3})*")
WEEKDAYS = re.compile(r"[-+]?[0-9]{0,2}(MO|TU|WE|TH|FR|SA|SU)(,[-+]?[0-9]{0,2}(MO|TU|WE|TH|FR|SA|SU))*")
COUNTED = re.compile(r"[1-9][0-9]{0,3}")
ORDINAL = re.compile(r"[-+]?[0-9]+")
COUNTED_DAYS = {"YEARLY": 53, "MONTHLY": 5, "WEEKLY": 0, "DAILY": 0}  # "the second Saturday": of what
UNFIT = {
    "DAILY": {"BYSETPOS", "BYWEEKNO", "BYYEARDAY"},
    "WEEKLY": {"BYSETPOS", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"},
    "MONTHLY": {"BYWEEKNO", "BYYEARDAY"},
    "YEARLY": set[str](),
}
RANGES = {
    "BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYSETPOS": (-366, 366), "BYWEEKNO": (-53, 53),
    "BYYEARDAY": (-366, 366),
}  # fmt: skip
LONGEST = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1))  # days of each month
PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST",
    "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY",
}  # fmt: skip


@lru_cache(maxsize=4096)
def dates_of_year(rule: str, since: date, year: int) -> tuple[date, ...]:
    """The days of a year that a rule picks.

    Kept, since dateutil counts every rule from its beginning, and each of its dates costs ten microseconds.
    """
    parts = rule_parts(rule)
    end = min(parts.pop("UNTIL", "9999")[:8], f"{year}1231")
    count = parts.pop("COUNT", None)
    bounded = ";".join(f"{name}={value}" for name, value in {**parts, "UNTIL": end}.items())
    found = islice(rrulestr(bounded, dtstart=datetime.combine(since, time.min)), int(count) if count else None)
    return tuple(each.date() for each in found if each.year == year)


def rule_parts(rule: str) -> dict[str, str]:
    """The parts of one RFC 5545 recurrence rule. Raises ``ValueError`` for one that does not pick days."""
    pairs = [part.partition("=")[::2] for part in rule.upper().removeprefix("RRULE:").split(";") if part]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise ValueError("a schedule's rule says each part once")
    if unknown := parts.keys() - PARTS:
        raise ValueError(f"a schedule's rule picks days, it cannot say {', '.join(sorted(unknown))[:100]}")
    if parts.get("FREQ") not in PICKS_DAYS:
        raise ValueError(f"a schedule's rule repeats {', '.join(PICKS_DAYS)}, such as FREQ=WEEKLY;BYDAY=MO,WE")
    for name, value in parts.items():
        if not SHAPES.get(name, NUMBERS).fullmatch(value):
            raise ValueError(f"a schedule's rule cannot say this of {name}")
    check_parts(parts)
    return parts


def check_parts(parts: Mapping[str, str]) -> None:
    """Raises ``ValueError`` for parts that do not go together (RFC 5545, 3.3.10), or that never meet on a day: nothing
    would end dateutil's search for one."""
    frequency, named = parts["FREQ"], {name for name in parts if name.startswith("BY")}
    if unfit := named & UNFIT[frequency]:
        raise ValueError(f"FREQ={frequency} does not go with {', '.join(sorted(unfit))}: repeat by month or year")
    if frequency == "DAILY" and named and parts.get("INTERVAL", "1") != "1":
        raise ValueError("FREQ=DAILY with an INTERVAL takes no other part: repeat by week or month")
    ordinals = ORDINAL.findall(parts.get("BYDAY", ""))
    if any(not 0 < abs(int(number)) <= COUNTED_DAYS[frequency] for number in ordinals):
        raise ValueError("BYDAY counts to 5 in a month, such as 2SA or -1FR, to 53 in a year, and else not at all")
    if ordinals and "BYMONTHDAY" in parts:
        raise ValueError("BYDAY with a number does not go with BYMONTHDAY: say one of them")
    numbers = {name: _numbers(parts.get(name, "")) for name in RANGES}
    for name, least, most in ((name, *RANGES[name]) for name in RANGES):
        if any(not least <= number <= most or not number for number in numbers[name]):
            raise ValueError(f"{name} counts from {least} to {most}, without 0")
    if "BYSETPOS" in parts and len(named) == 1:
        raise ValueError("BYSETPOS picks among other days: name them, such as BYDAY=MO,TU")
    pairs = [(month, day) for month in numbers["BYMONTH"] for day in numbers["BYMONTHDAY"]]
    if pairs and all(abs(day) > LONGEST[month] for month, day in pairs):
        raise ValueError("a schedule's rule picks some day: none of its months has that day")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


SHAPES = {
    "FREQ": re.compile("|".join(PICKS_DAYS)), "INTERVAL": COUNTED, "COUNT": COUNTED, "UNTIL": DATE, "BYDAY": WEEKDAYS,
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
}  # fmt: skip


def check_rule(rule: str, since: date) -> str:
    """The rule itself, if it can be read and picks any day. Raises ``ValueError`` otherwise: dateutil would search for
    the first "30 February" to the year 9999, every time."""
    parts = rule_parts(rule)
    if "UNTIL" in parts and _day(parts["UNTIL"]) < since:
        raise ValueError("a schedule's rule ends before the schedule is valid: put UNTIL after it")
    endless = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    if next(iter(rrulestr(endless, dtstart=datetime.combine(since, time.min))), None) is None:
        raise ValueError(f"a schedule's rule picks some day: {rule}")
    return rule


def _day(until: str) -> date:
    return date(int(until[:4]), int(until[4:6]), int(until[6:8]))
