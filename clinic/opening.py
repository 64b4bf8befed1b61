"""By when somebody will call back: the desk is staffed while the clinic is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.directory import Directory
from clinic.interval import Interval
from clinic.wall_clock import days_from, local_day

WITHIN = timedelta(minutes=30)  # of open time
LOOKED_AHEAD = (14, 90)  # days: few clinics are closed for longer than the first
CLOSED = timedelta(days=1)  # where no hours are known


@dataclass(frozen=True, slots=True)
class Calling:
    """Somebody calls by ``due_at``; ``opens_at`` is when the clinic opens for that, None where it is open or no hours
    are known. Both in the clinic's own zone."""

    due_at: datetime
    opens_at: datetime | None = None


def due_at(directory: Directory, clinic_id: str, now: datetime) -> datetime:
    """By when somebody should have called a patient who asks now (UTC)."""
    return calling(directory, clinic_id, now).due_at.astimezone(now.tzinfo)


def calling(directory: Directory, clinic_id: str, now: datetime) -> Calling:
    """After half an hour of the clinic's open time: who asks ten minutes before it closes is called in the first twenty
    after it opens again. Without a clinic the first one counts."""
    clinic_id = (
        clinic_id if directory.is_open(clinic_id) else next((each.id for each in directory.active_clinics()), "")
    )
    if not clinic_id:
        return Calling(now + CLOSED)
    zone = ZoneInfo(directory.clinic(clinic_id).zone)
    left = WITHIN
    for opening in _ahead(directory, clinic_id, now):
        start = max(now, opening.start)
        if opening.end - start >= left:
            opens_at = opening.start.astimezone(zone) if opening.start > now else None
            return Calling((start + left).astimezone(zone), opens_at)
        left -= opening.end - start
    return Calling((now + CLOSED).astimezone(zone))


def _ahead(directory: Directory, clinic_id: str, now: datetime) -> Iterator[Interval]:
    """When it is open from now on, the earliest first. Yesterday's hours may last beyond midnight."""
    yesterday, known = local_day(now, directory.clinic(clinic_id).zone) - timedelta(days=1), now
    for days in LOOKED_AHEAD:
        for opening in directory.opening(clinic_id, days_from(yesterday, days)):
            if opening.end > known:
                known = opening.end
                yield opening
