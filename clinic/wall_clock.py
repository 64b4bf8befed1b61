"""From a clinic's wall clock to UTC and back, also in the two nights of a year when the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=8192)
def instant(day: date, minute: int, zone: str) -> datetime:
    """The moment (UTC) at which the clock in ``zone`` shows ``minute`` minutes after midnight of ``day``.

    A time that the clock skips means the moment of the jump: hours from 02:30 begin at 03:00 on that day, and no
    visit is offered when the clock shows a time outside the hours. A time that the clock shows twice means the first
    (RFC 5545, 3.3.5), so hours across it last an hour longer than on other days.
    """
    local = datetime.combine(day, time.min) + minute * MINUTE
    place = ZoneInfo(zone)
    moment = local.replace(tzinfo=place).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == local:
        return moment
    return _jump(local.replace(tzinfo=place, fold=1).astimezone(UTC), moment, place)


def _jump(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The first minute of the new offset, between a moment of the old one and a moment of the new one."""
    new = after.astimezone(place).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) // (2 * MINUTE) * MINUTE
        before, after = (before, middle) if middle.astimezone(place).utcoffset() == new else (middle, after)
    return after


def local_day(moment: datetime, zone: str) -> date:
    """The day that the calendar on the clinic's wall shows."""
    return moment.astimezone(ZoneInfo(zone)).date()


def minutes(moment: datetime) -> int:
    """Whole minutes since 1970: the integers in which availability is computed."""
    return (moment - EPOCH) // MINUTE


def moment(minute: int) -> datetime:
    """The way back from ``minutes``."""
    return EPOCH + minute * MINUTE


def days_from(first: date, count: int) -> list[date]:
    """``count`` days in a row."""
    return [first + timedelta(days=number) for number in range(count)]
