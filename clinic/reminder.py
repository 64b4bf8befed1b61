"""When a visit's reminders are due. Pure: a start, the moment it was agreed on, and the clinic's rules.

A reminder that would fall into quiet hours or on a holiday waits for their end where enough time is left, else it comes
before they begin. Where none of the clinic's times is left, since the visit was booked late, one comes halfway.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.interval import Interval, merge
from clinic.wall_clock import MINUTE, days_from, instant, local_day

DEFAULT_HOURS = (24, 2)
AFTER_BOOKING = 30 * MINUTE  # the confirmation has just said it all
BEFORE_QUIET = 30 * MINUTE  # so long before quiet hours begin, rather than on their first stroke
APART = 60 * MINUTE  # of two reminders that come closer than this only the later is sent
LAST_CALL = 60 * MINUTE  # before the start, where everything until then is quiet
LONGEST_CLOSED = 10  # days in a row that are looked at
LATE = "late"


@dataclass(frozen=True, slots=True)
class Rules:
    """Of a clinic: ``hours`` before the start, ``quiet`` in minutes after midnight (from, until) on the clock of
    ``zone``, and the holidays around the visit."""

    zone: str
    hours: tuple[int, ...] = DEFAULT_HOURS
    quiet: tuple[int, int] = (21 * 60, 8 * 60)
    holidays: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One reminder. ``step`` names it for the ledger: "24h", "2h", "late"."""

    at: datetime
    step: str


def plan(start: datetime, agreed_at: datetime, rules: Rules) -> list[Due]:
    """The reminders of a visit that was booked, or moved, at ``agreed_at``, in order: at least one, and none before
    ``agreed_at`` or at the start or after. Of a visit that had begun by then: none."""
    if agreed_at >= start:
        return []
    shut = closed(start, agreed_at, rules)
    hours = sorted(set(rules.hours), reverse=True) or DEFAULT_HOURS
    wished = [(f"{count}h", _before(start, count, rules.zone)) for count in hours]
    settled = [(step, _settled(at, start, agreed_at, shut)) for step, at in wished if at >= agreed_at + AFTER_BOOKING]
    due = sorted(Due(at, step) for step, at in settled if at and agreed_at + AFTER_BOOKING <= at < start)
    return _apart(due) or [Due(_late(start, agreed_at, shut), LATE)]


def closed(start: datetime, since: datetime, rules: Rules) -> list[Interval]:
    """When nothing is sent unasked, around a visit: the nights, and the holidays but that of the visit itself."""
    longest = timedelta(hours=max(rules.hours, default=max(DEFAULT_HOURS)))
    first = local_day(max(since, start - longest - timedelta(days=LONGEST_CLOSED)), rules.zone) - timedelta(days=1)
    nights = quiet_hours(rules, first, (local_day(start, rules.zone) - first).days + 1)
    return merge([*nights, *(each for each in rules.holidays if start not in each)])


def quiet_hours(rules: Rules, first: date, count: int) -> list[Interval]:
    """The quiet hours that begin on ``count`` local days."""
    begin, end = rules.quiet
    if begin == end:
        return []
    until = end if end > begin else end + 24 * 60
    nights = ((instant(day, begin, rules.zone), instant(day, until, rules.zone)) for day in days_from(first, count))
    return [Interval(*night) for night in nights if night[0] < night[1]]


def open_from(at: datetime, start: datetime, rules: Rules) -> datetime:
    """``at``, or the end of the quiet hours and holidays that it falls into, but not of the day of the visit itself."""
    first = local_day(at, rules.zone) - timedelta(days=1)
    nights = quiet_hours(rules, first, LONGEST_CLOSED + 2)
    return _open(at, merge([*nights, *(each for each in rules.holidays if start not in each)]))


def _before(start: datetime, hours: int, zone: str) -> datetime:
    """Whole days are counted on the wall clock: "tomorrow at nine" is said at nine, also when the clock is changed."""
    if hours % 24:
        return start - timedelta(hours=hours)
    shown = start.astimezone(ZoneInfo(zone))
    return instant(shown.date() - timedelta(days=hours // 24), shown.hour * 60 + shown.minute, zone)


def _settled(at: datetime, start: datetime, agreed_at: datetime, shut: list[Interval]) -> datetime | None:
    """A moment near ``at`` at which it may be sent; None where there is none before the start."""
    night = next((each for each in shut if at in each), None)
    if night is None:
        return at
    if (start - night.end) * 2 >= start - at:
        return night.end
    if agreed_at < night.start:
        return _open(max(agreed_at, night.start - BEFORE_QUIET), shut)
    return night.end if night.end < start else None


def _open(at: datetime, shut: list[Interval]) -> datetime:
    """``at``, or the end of the quiet time that it lies in."""
    return next((each.end for each in shut if at in each), at)


def _late(start: datetime, agreed_at: datetime, shut: list[Interval]) -> datetime:
    """Halfway. Where it is quiet from the agreement to the start, shortly before the start: rather that than none."""
    halfway = agreed_at + (start - agreed_at) / 2
    at = _settled(halfway.replace(second=0, microsecond=0), start, agreed_at, shut)
    return max(agreed_at, at or start - min(LAST_CALL, (start - agreed_at) / 2))


def _apart(due: list[Due]) -> list[Due]:
    """Without those that another one follows too soon."""
    followed = zip(due, [*due[1:], None], strict=False)
    return [each for each, next_one in followed if next_one is None or next_one.at - each.at >= APART]
