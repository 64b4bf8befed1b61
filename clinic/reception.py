"""What the desk does to visits: the same bookings as the chat's, for patients known or new, with the same promises.

Each answers with the visit and the ids of the promises that are due now, so that a worker need not wait for the sweep.
"""

from dataclasses import dataclass
from datetime import datetime

from clinic import booking, promises, registration
from clinic.appointment import Appointment
from clinic.booking import Asker, Place
from clinic.directory import Directory
from clinic.edited import Stale
from clinic.errors import ClinicError
from clinic.registration import Whom


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit, and the promises about it that are due now."""

    visit: Appointment
    due: list[str]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a visit goes; what is not said stays as it is."""

    start: datetime
    doctor_id: str = ""
    service_id: str = ""
    clinic_id: str = ""

    def place(self, visit: Appointment) -> Place:
        """The whole place."""
        return Place(
            self.clinic_id or visit.clinic_id,
            self.service_id or visit.service_id,
            self.doctor_id or visit.doctor_id,
            self.start,
        )


async def book(directory: Directory, place: Place, who: Whom, asker: Asker, now: datetime) -> Kept:
    """Book it, and promise the confirmation and reminders. Raises what ``booking.book`` raises."""
    patient = await registration.whom(directory, who, place.clinic_id, asker, now)
    try:
        booked = await booking.book(directory, place, patient, asker, now)
    except ClinicError:
        await registration.forget(directory.tenant.id, patient)
        raise
    return Kept(booked, await promises.booked(directory, booked, now))


async def move(
    directory: Directory, visit: Appointment, where: Elsewhere, asker: Asker, now: datetime, version: int | None = None
) -> Kept:
    """Move it, and tell the patient. Raises what ``booking.move`` raises, and ``Stale``."""
    seen = _seen(visit, asker, version)
    moved = await booking.move(directory, visit.id, seen, where.place(visit), asker, now)
    return Kept(moved, await promises.moved(directory, moved, now, tell=True))


async def cancel(visit: Appointment, asker: Asker, now: datetime, reason: str = "", version: int | None = None) -> Kept:
    """Cancel it, and tell the patient. Raises what ``booking.cancel`` raises, and ``Stale``."""
    seen = _seen(visit, asker, version)
    cancelled = await booking.cancel(visit.tenant_id, visit.id, seen, asker, now, reason)
    return Kept(cancelled, await promises.cancelled(cancelled, now, tell=visit.start > now))


def _seen(visit: Appointment, asker: Asker, version: int | None) -> int:
    if version is not None and version != visit.version and not booking.has_done(visit, asker):
        raise Stale(visit)
    return visit.version
