"""All that a sentence says about when: also what it rules out, leaves open, or says twice and differently."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from flows.words.grammar import reduce
from flows.words.lexicon import Item, items
from flows.words.moment import Days, Hour, Span
from flows.words.when import When, days_of, number_alone, when_of

MAX_LENGTH = 400
_MEANT = "YASp"  # the kinds of what was said about when
_WRONG_HALF = {"morning": "pm", "evening": "am"}


@dataclass(frozen=True, slots=True)
class Reading:
    """``when`` as in ``When``, except that a bare 7 or 8 is no time but ``asked``."""

    when: When | None = None
    not_days: tuple[date, ...] = ()  # ruled out
    asked: bool = False  # 7 or 8: morning or evening?
    contradiction: tuple[str, str] | None = None
    said: tuple[str, ...] = ()  # the words that it was read from
    days: int = 0  # how many days or stretches of days were named


def read(
    text: str, language: str, today: date, moving: bool = False, ordinary: frozenset[str] = frozenset()
) -> Reading:
    """What ``text`` says about when. ``moving``: of two days or hours the latter is the wish ("from monday to
    thursday"). ``ordinary``: see ``items``. Never raises."""
    row = items(text[:MAX_LENGTH], language, ordinary)
    alone = number_alone(row, today)
    if alone:
        asked = row[0].value in (7, 8)
        return Reading(None if asked else alone, asked=asked, said=(row[0].said,))
    row = reduce(row, today, moving)
    wish = _wish(row) if moving else row
    days = _last_days(wish) if moving else days_of(wish)
    asked = _asked(wish)
    when = When(days.first, days.last) if asked and days else None if asked else when_of(days, wish, open_ends=True)
    return Reading(
        when, _ruled_out(row, days), asked, _contradiction(row), _words(wish), sum(item.kind == "Y" for item in row)
    )


def _wish(row: list[Item]) -> list[Item]:
    """What stands behind the last "to"; a day before it stays where none stands behind it. The last is said first."""
    kinds = "".join(item.kind for item in row)
    at = max((n for n, kind in enumerate(kinds) if kind == "t" and set(kinds[n:]) & set("YAS")), default=-1)
    behind, before = row[at + 1 :], row[: at + 1]
    days = [] if any(item.kind == "Y" for item in behind) else [item for item in before if item.kind == "Y"]
    return [*days, *behind][::-1]


def _last_days(row: list[Item]) -> Days | None:
    return next((item.value for item in row if item.kind == "Y"), None)


def _words(row: list[Item]) -> tuple[str, ...]:
    return tuple(item.said for item in row if item.kind in _MEANT and item.said)


def _asked(row: list[Item]) -> bool:
    """Whether the hour is a 7 or 8 that may be morning or evening."""
    parts = [item.value for item in row if item.kind == "p"]
    part = parts[0] if len(parts) == 1 else ""
    hours = next((item.value for item in row if item.kind == "S"), None)
    hours = hours or next((item.value for item in row if item.kind == "A"), None)
    match hours:
        case Hour():
            return hours.open(part)
        case Span(start=start, end=end):
            return all(hour.open(part) for hour in (start, end) if hour)
    return False


def _ruled_out(row: list[Item], days: Days | None) -> tuple[date, ...]:
    """The single days that were ruled out; "next week but not friday" means that week's Friday."""
    said = [item.value for item in row if item.kind == "x" and isinstance(item.value, Days)]
    return tuple(dict.fromkeys(day for each in said for day in _dates(each, days)))


def _dates(ruled_out: Days, days: Days | None) -> list[date]:
    count = (ruled_out.end - ruled_out.first).days + 1
    first = ruled_out.first
    if days and days.last and ruled_out.named == "weekday":
        weeks = (first + timedelta(days=7 * n) for n in range(8))
        first = next((day for day in weeks if days.first <= day <= days.last), first)
    return [first + timedelta(days=n) for n in range(min(count, 31))]


def _contradiction(row: list[Item]) -> tuple[str, str] | None:
    """ "Monday 24 november", which is a Tuesday; "tomorrow friday"; "in the morning at 5 pm"."""
    beside = pairwise(row)
    over = ((first, last) for first, comma, last in zip(row, row[1:], row[2:], strict=False) if comma.kind == ",")
    for first, last in (*beside, *over):
        if _differ(first, last):
            return first.said, last.said
    return _wrong_half(row)


def _differ(first: Item, last: Item) -> bool:
    one, other = first.value, last.value
    if not isinstance(one, Days) or first.kind != "Y" or one.last:
        return False
    if last.kind == "n":
        return one.named == "weekday" and 12 < other < 32
    if not isinstance(other, Days) or last.kind != "Y" or other.last or one.first == other.first:
        return False
    if "weekday" in (one.named, other.named) and one.first.weekday() == other.first.weekday():
        return False
    return one.named != other.named and all(days.named or days.dated for days in (one, other))


def _wrong_half(row: list[Item]) -> tuple[str, str] | None:
    parts = [item for item in row if item.kind == "p"]
    hours = [item for item in row if item.kind == "A"]
    if len(parts) != 1 or len(hours) != 1 or hours[0].value.half != _WRONG_HALF.get(parts[0].value):
        return None
    return parts[0].said, hours[0].said
