"""A stretch of time in a query: from a day or a moment, to a day (all of it) or a moment."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from api.shapes import Moment
from clinic import clock
from clinic.errors import ClinicError
from clinic.interval import Interval, interval
from clinic.wall_clock import instant, local_day


class BadRange(ClinicError):
    """The range ends before it begins, or is longer than this address answers at once: ask for a part of it."""

    code, status = "bad_range", 422


def _with_plus(text: Any) -> Any:
    """``+05:30`` in an address that was not encoded arrives as a space."""
    return text.replace(" ", "+") if isinstance(text, str) and "T" in text else text


def _known_year(day: date) -> date:
    if not 1900 <= day.year <= 2200:
        raise ValueError("a year from 1900 to 2200")
    return day


def _past(day: date) -> date:
    if day > (clock.now() + timedelta(hours=14)).date():  # where the day begins first
        raise ValueError("a day that has come")
    return day


Day = Annotated[date, AfterValidator(_known_year)]
BirthDay = Annotated[Day, AfterValidator(_past)]
Edge = Annotated[Moment | Day, BeforeValidator(_with_plus)]


def span(first: Edge | None, last: Edge | None, zone: str, now: datetime, *, days: int, most: int) -> Interval:
    """From now and for ``days`` days unless told otherwise, at most ``most`` days; local days of ``zone``. Raises
    ``BadRange``."""
    start = _edge(first, zone) if first else now
    end = _edge(last, zone, whole=True) if last else _edge(local_day(start, zone) + timedelta(days=days), zone)
    found = interval(start, end)
    if found is None or found.length > timedelta(days=most, hours=1):  # a day may have 25 hours
        raise BadRange
    return found


def _edge(edge: Edge, zone: str, *, whole: bool = False) -> datetime:
    if isinstance(edge, datetime):
        return edge.astimezone(UTC)
    return instant(edge + timedelta(days=1) if whole else edge, 0, zone)


def of_day(day: date, zone: str) -> Interval:
    """A local day."""
    return Interval(instant(day, 0, zone), instant(day + timedelta(days=1), 0, zone))
