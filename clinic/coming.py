"""Patients who say that they will come."""

from datetime import datetime

from clinic.appointment import Appointment
from clinic.booking import Asker, compare_and_set, has_done
from clinic.errors import NotChangeable


async def confirm_coming(
    tenant_id: str, appointment_id: str, start_version: int, asker: Asker, now: datetime
) -> Appointment:
    """Write down that the patient will come to the start that they were told of; said twice it counts once. Raises
    ``NotChangeable`` where the visit was moved since, is over or cancelled."""
    old = await Appointment.of(tenant_id).get(appointment_id)
    if has_done(old, asker):
        return old
    if old.status != "booked" or old.start <= now or old.start_version != start_version:
        raise NotChangeable
    if old.coming_at:
        return old
    return await compare_and_set(
        old, {"$set": {"coming_at": now}, "$inc": {"version": 1}}, asker.change("confirmed", now), now
    )
