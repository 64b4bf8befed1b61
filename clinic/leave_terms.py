"""By when a patient whose doctor will be away has to choose another time. Pure."""

from datetime import datetime, timedelta

from clinic.place import Clinic

LEAST = timedelta(minutes=30)  # less than that is no time to answer: they are called at once
HOUR = timedelta(hours=1)


def answer_by(clinic: Clinic, start: datetime, told_at: datetime) -> datetime | None:
    """As long as the clinic keeps times, but so long before the visit that the silent can be called; of a late leave
    half the time that is left. None where that is too short to ask."""
    kept = told_at + clinic.leave_hold_hours * HOUR
    before = start - clinic.leave_call_hours * HOUR
    halfway = told_at + (start - told_at) / 2
    until = min(kept, max(before, halfway))
    return until if until >= told_at + LEAST else None
