"""By when somebody will call back: the desk is staffed while the clinic is open."""

from datetime import datetime, timedelta

from clinic.directory import Directory
from clinic.wall_clock import days_from, local_day

WITHIN = timedelta(minutes=30)  # of open time
LOOKED_AHEAD = 14  # days
CLOSED = timedelta(days=1)  # where no hours are known


def due_at(directory: Directory, clinic_id: str, now: datetime) -> datetime:
    """Half an hour from now, or from when the clinic opens next. Without a clinic the first one counts."""
    clinic_id = (
        clinic_id if directory.is_open(clinic_id) else next((each.id for each in directory.active_clinics()), "")
    )
    if not clinic_id:
        return now + CLOSED
    yesterday = local_day(now, directory.clinic(clinic_id).zone) - timedelta(days=1)
    ahead = (each for each in directory.opening(clinic_id, days_from(yesterday, LOOKED_AHEAD)) if each.end > now)
    opening = next(ahead, None)
    return max(now, opening.start) + WITHIN if opening else now + CLOSED
