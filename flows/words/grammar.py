"""The rules by which items become days and times: each finds a row of kinds and puts one kind in its place.

The kinds (one letter each) come from ``lexicon``: n number, v number in words, z "12th", c clock, d date, w weekday,
m month, o days from today, p part of the day, u unit of days ... The rules add: Y days, K a whole week, A an hour,
S a span of hours, "x" what was said but is not meant. They run from top to bottom, each over the whole message.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple

from flows.words.lexicon import Item
from flows.words.moment import (
    Days,
    Hour,
    Span,
    day_of_month,
    month_end,
    next_monday,
    next_month,
    on,
    stretch,
    upcoming,
)

# A month's name alone means the whole month, unless the word means other things too.
SEVERAL_MEANINGS = {3, 5}


class Found(NamedTuple):
    """A place where a rule fits."""

    items: list[Item]
    today: date

    def all(self, kinds: str) -> list[Any]:
        return [item.value for item in self.items if item.kind in kinds]

    def has(self, kind: str) -> bool:
        return any(item.kind == kind for item in self.items)

    def days(self, first: date | None, last: date | None = None, dated: bool = True) -> Days | None:
        return Days(first, last, dated) if first else None

    def ahead(self, first: int, last: int | None = None) -> Days:
        last_day = None if last is None else self.today + timedelta(days=last)
        return Days(self.today + timedelta(days=first), last_day, named="ahead")


def numeric(found: Found) -> Days | None:
    """12/12, 12-12-2026, 2026-12-12"""
    day, month, *year = found.all("d")[0]
    return found.days(on(day, month, year[0] if year else None, found.today))


def _month_day(found: Found) -> tuple[int, int, int | None]:
    numbers = [n for n in found.all("nvzO") if n < 1900]
    years = [n for n in found.all("n") if n >= 1900]
    return (numbers or [0])[0], found.all("m")[0], (years or [None])[0]


def month_day(found: Found) -> Days | None:
    """12 dec, december 12th"""
    return found.days(on(*_month_day(found), found.today))


def month_day_year(found: Found) -> Days | None:
    """12 dec 2026; the last number must be a year"""
    day, month, year = _month_day(found)
    return found.days(on(day, month, year, found.today)) if year else None


def month_days(found: Found) -> Days | None:
    """12 to 14 dec"""
    first, last = found.all("nvz")
    month = found.all("m")[0]
    start = on(first, month, None, found.today)
    end = on(last, month, start.year, found.today) if start else None
    return found.days(start, end) if start and end and start < end else None


def on_day(found: Found) -> Days | None:
    """the 12th, dia 12, 12 tareekh"""
    return found.days(day_of_month(found.all("nzO")[0], found.today))


def _later(today: date, amount: int, unit: str) -> date | None:
    days = {"day": 1, "week": 7, "month": 30}[unit] * amount
    return today + timedelta(days=days) if days <= 400 else None


def counted(found: Found) -> Days | None:
    """in 3 days, dans 2 semaines, 3 din baad"""
    amount, unit = found.all("nv")[0], found.all("u")[0]
    return found.days(_later(found.today, amount, unit), dated=False)


def coming(found: Found) -> Days | None:
    """the next 3 days"""
    last = _later(found.today, found.all("nv")[0], found.all("u")[0])
    return Days(found.today + timedelta(days=1), last) if last else None


def week(found: Found) -> Days | None:
    """next week is Monday to Sunday; this week is what is left of it"""
    if found.all("u")[0] != "week":
        return None
    monday = next_monday(found.today)
    if found.has("N"):
        return Days(monday, monday + timedelta(days=6))
    return Days(found.today, monday - timedelta(days=1))


def day_or_month(found: Found) -> Days | None:
    """next month, this month, next day"""
    unit, following = found.all("u")[0], found.has("N")
    if unit == "day":
        return found.ahead(int(following))
    first = next_month(found.today) if following else found.today
    return Days(first, month_end(first))


def weekend(found: Found) -> Days:
    """Saturday and Sunday; the next one is next week's"""
    sunday = next_monday(found.today) - timedelta(days=1)
    sunday += timedelta(days=7 * found.has("N"))
    return Days(max(found.today, sunday - timedelta(days=1)), sunday)


def weekday_of_week(found: Found) -> Days:
    """friday next week"""
    return Days(found.all("K")[0].first + timedelta(days=found.all("w")[0]))


def weekday_date(found: Found) -> Days | None:
    """friday 27: a date where that is a Friday, or where an hour follows"""
    weekday, number = found.all("w")[0], found.all("n")[0]
    day = day_of_month(number, found.today)
    return found.days(day) if day and day.weekday() == weekday else None


def weekday(found: Found) -> Days:
    """The next such day after today, also when it is called the next one"""
    return Days(upcoming(found.all("w")[0], found.today), named="weekday")


def week_later(found: Found) -> Days | None:
    """a week from tuesday, tuesday week, lundi en huit"""
    if found.has("u") and found.all("u")[0] != "week":
        return None
    days: Days = (found.all("Y") or [None])[0] or weekday(found)
    return days.later(7)


def week_after_next(found: Found) -> Days:
    monday = next_monday(found.today) + timedelta(days=7)
    return Days(monday, monday + timedelta(days=6))


def part_of_month(found: Found) -> Days | None:
    """the end of the month: its last ten days; the beginning, its first ten"""
    if "week" in found.all("u"):
        return _part_of_week(found)
    first = found.today.replace(day=1)
    if found.has("m"):
        first = on(1, found.all("m")[0], None, first) or first
    elif found.has("N"):
        first = next_month(found.today)
    days = stretch(first, found.all("Z")[0])
    if days.end < found.today:
        days = stretch(next_month(first), found.all("Z")[0])
    return Days(max(days.first, found.today), days.last)


def _part_of_week(found: Found) -> Days | None:
    """Thursday and Friday; Monday and Tuesday"""
    monday = next_monday(found.today) - timedelta(days=0 if found.has("N") else 7)
    first, last = {"end_of": (3, 4), "middle_of": (2, 3), "start_of": (0, 1)}[found.all("Z")[0]]
    days = Days(monday + timedelta(days=first), monday + timedelta(days=last))
    return days if days.first > found.today else days.later(7)


def whole_month(found: Found) -> Days | None:
    """in december"""
    month = found.all("m")[0]
    if month in SEVERAL_MEANINGS and len(found.items) == 1:
        return None
    if month == found.today.month:
        return Days(found.today, month_end(found.today))
    first = on(1, month, None, found.today)
    return Days(first, month_end(first)) if first else None


def between_days(found: Found) -> Days | None:
    """monday to wednesday, tomorrow or friday"""
    first, last = found.all("Y")
    if first.first > last.end and not found.has("&"):
        last = Days(last.first + timedelta(days=7))
    start, end = min(first.first, last.first), max(first.end, last.end)
    return Days(start, end) if start < end else None


def from_day(found: Found) -> Days:
    """from monday: a week of days"""
    day = found.all("Y")[0]
    return Days(day.first, day.last or day.first + timedelta(days=6))


def after_day(found: Found) -> Days:
    """after monday: the week of days that follows"""
    day = found.all("Y")[0].end + timedelta(days=1)
    return Days(day, day + timedelta(days=6))


def before_day(found: Found) -> Days | None:
    """before friday"""
    last = found.all("Y")[0].first - timedelta(days=1)
    if last < found.today:
        return None
    return Days(found.today, last if last > found.today else None)


def _hour(hour: int, minute: int = 0, half: str = "") -> Hour | None:
    return Hour(hour, minute, half) if 0 <= hour <= 24 and 0 <= minute < 60 else None


def hour(found: Found) -> Hour | None:
    """5 o'clock"""
    return _hour(found.all("nv")[0])


def clock(found: Found) -> Hour | None:
    """17:30, 5:30"""
    return _hour(*found.all("c")[0])


def fixed(found: Found) -> Hour:
    """noon"""
    hour, minute = found.all("C")[0]
    return Hour(hour, minute, "24")


def fraction(found: Found) -> Hour | None:
    """half past 5, 5 y media, saade paanch baje"""
    minutes = found.all("nv")[0] * 60 + found.all("^+")[0]
    return _hour(minutes // 60, minutes % 60)


def minutes(found: Found) -> Hour | None:
    """5 e 30: more than an hour can be"""
    hour, minute = found.all("nv")
    return _hour(hour, minute) if minute > 12 else None


def halved(found: Found) -> Hour | None:
    """5 pm"""
    said: Hour = found.all("A")[0]
    if said.half or not 1 <= said.hour <= 12:
        return said
    return Hour(said.hour, said.minute, "am" if found.has("a") else "pm")


def two_hours(found: Found) -> Span | None:
    first, last = (_hour(n) for n in found.all("nv"))
    return Span(first, last) if first and last else None


def between_hours(found: Found) -> Span:
    return Span(*found.all("A"))


def from_hour(found: Found) -> Span:
    return Span(found.all("A")[0], None)


def until_hour(found: Found) -> Span:
    return Span(None, found.all("A")[0])


def unwanted(found: Found) -> Days | str:
    """Said, but not meant; a day that is ruled out is remembered"""
    days: list[Days] = found.all("Y")
    return days[0] if days else ""


class Rule(NamedTuple):
    """Where ``pattern`` fits the kinds and ``make`` answers a value, they become one item of ``kind``."""

    pattern: re.Pattern[str]
    kind: str
    make: Callable[[Found], Any]


def rule(pattern: str, kind: str, make: Callable[[Found], Any]) -> Rule:
    return Rule(re.compile(pattern), kind, make)


BETWEEN_DAYS = rule(r"[bfF]?Y[t&<-]Y|[fF]Y@Y", "Y", between_days)
BETWEEN_HOURS = rule(r"[bfF]?A[t@<&-]@?A", "S", between_hours)
RULES = (
    # days
    rule(r"d", "Y", numeric),
    rule(r"[nz]f?[t&@<-]D?[nz]f?m", "Y", month_days),
    rule(r"[nvzO]f?m[f,]?n|m[nzO],?n", "Y", month_day_year),
    rule(r"[nvzO]f?m|m[nzO](?![haP+])", "Y", month_day),
    rule(r"[nvzO]f?m|m[nzO](?![haP+])", "x", unwanted),
    rule(r"D[nzO](?![haP+U])|nE|z(?!u)", "Y", on_day),
    rule(r"[i>][nv]u|[nv]u[)j]", "Y", counted),
    rule(r"N[nv]u|[nv]Nu|[nv]uN", "Y", coming),
    rule(r"i[nv][hU]|[nv]U", "x", unwanted),
    rule(r"Z[NTfD]*u[NT]?|Z[NTfD]*m|uZ|mZ|[NT]uZ", "Y", part_of_month),
    rule(r"Q", "K", week_after_next),
    rule(r"[NT]u|uN", "K", week),
    rule(r"[NT]u|uN", "Y", day_or_month),
    rule(r"wf?K|K[f,]?w", "Y", weekday_of_week),
    rule(r"[NT]?W[N]?", "Y", weekend),
    rule(r"K", "Y", lambda found: found.all("K")[0]),
    rule(r"wn(?![haP+U:])", "Y", weekday_date),
    rule(r"V[NT]?[wY]|[NT]?w[NT]?G|w[NT]?u(?!n)", "Y", week_later),
    rule(r"[NT]?w[NT]?", "Y", weekday),
    rule(r"o", "Y", lambda found: found.ahead(found.all("o")[0])),
    rule(r"Vf?Y|YG", "Y", week_later),
    rule(r"[NTi]m|m[NT]?", "Y", whole_month),
    rule(r"I[xqfFD@t]{0,2}Y", "x", unwanted),
    rule(r"![xqfF@t]{0,2}[Yp]|[Yp][xq]?\]|[Yp]!(?![xqfF@tYp])", "x", unwanted),
    BETWEEN_DAYS,
    rule(r"FY", "Y", from_day),
    rule(r">Y", "Y", after_day),
    rule(r"<Y", "Y", before_day),
    # hours
    rule(r"C", "A", fixed),
    rule(r"c[hU]?", "A", clock),
    rule(r"\^[nv]h?|[nv]h?\+", "A", fraction),
    rule(r"[nv]h?&n(?![xumhaPp)(B])", "A", minutes),
    rule(r"n-n(?![umhaPx])|[nv]h?&[nv]h?B", "S", two_hours),
    rule(r"[nv]h", "A", hour),
    rule(r"[nv](?=[aPp])", "A", hour),
    rule(r"(?<=[@><])n(?![umU])|(?<=[@><fFbp])[nv](?![xqumU])", "A", hour),
    rule(r"(?<=[At]-)n|(?<=A[t@<&-])[nv](?![xqumU])|(?<=t)[nv](?![xqumU])", "A", hour),
    rule(r"(?<=A[t@<&-]@)[nv](?![xqumU])", "A", hour),
    rule(r"[nv](?=[t@<&-]@?A)|[nv](?=[)(])", "A", hour),
    rule(r"(?<=Y)n(?![xqumU])|(?<=Y,)n(?![xqumU])|(?<![x\w])n(?=,?Y)", "A", hour),
    rule(r"A[aP]", "A", halved),
    BETWEEN_HOURS,
    rule(r"A\)|[>F]@?A|At$", "S", from_hour),
    rule(r"A\(|<@?A", "S", until_hour),
    rule(r"I[xqfF@t]{0,2}[AS]", "x", unwanted),
)


# Who moves a visit "from monday to thursday" wishes for the Thursday.
_MOVING = {
    BETWEEN_DAYS: (
        rule(r"b?Y&Y|bY[t-]Y", "Y", between_days),
        rule(r"[fF]Y[t@]@?f?Y", "Y", lambda found: found.all("Y")[1]),
    ),
    BETWEEN_HOURS: (
        rule(r"bA[t@<&-]@?A|A[&-]@?A|(?<=[Yt])A[t@]@?A", "S", between_hours),
        rule(r"[fF]?@?A[t]@?A", "A", lambda found: found.all("A")[1]),
    ),
}
MOVING_RULES = tuple(chain.from_iterable(_MOVING.get(each, (each,)) for each in RULES))


# Each rule needs one of these: most sentences have none, and are left as they are.
NEEDED = frozenset("nvzdmwouOQWKYpCcA")


def reduce(items: list[Item], today: date, moving: bool = False) -> list[Item]:
    """The same message with days and times in place of the words for them."""
    kinds = _kinds(items)
    if NEEDED.isdisjoint(kinds):
        return items
    for applied in MOVING_RULES if moving else RULES:
        if applied.pattern.search(kinds):
            items = _apply(applied, items, today)
            kinds = _kinds(items)
    return items


def _kinds(items: list[Item]) -> str:
    return "".join([item.kind for item in items])


def _apply(applied: Rule, items: list[Item], today: date) -> list[Item]:
    kinds, at = _kinds(items), 0
    while match := applied.pattern.search(kinds, at):
        start, end = match.span()
        value = applied.make(Found(items[start:end], today))
        if value is not None:
            said = " ".join(item.said for item in items[start:end])
            items = [*items[:start], Item(applied.kind, value, said), *items[end:]]
            kinds = kinds[:start] + applied.kind + kinds[end:]
        at = start + 1
    return items
