"""What a message about a doctor's leave tells: the times that are kept for the patient, each with its button."""

from clinic import alternative
from clinic.facts import day_and_clock
from clinic.leave_told import OFFER
from clinic.leave_visit import open_case
from clinic.notification import Notification
from clinic.views import AppointmentView
from clinic.visit import appointment_view

NAMES = ("first", "second", "third")
PURPOSES = {1: "leave_offer_one", 2: "leave_offer_two", 3: OFFER}
REMINDED = frozenset({"reminder"})


async def told(promise: Notification) -> list[AppointmentView]:
    """What is kept in place of the visit, in the order of its buttons."""
    kept = await alternative.kept_for(promise.tenant_id, [promise.appointment_id])
    waiting = [each for each in kept if each.status == "waitlist"]
    return [await appointment_view(promise.tenant_id, each.id) for each in waiting]


def words(visit: AppointmentView, times: list[AppointmentView], code: str) -> dict[str, str]:
    """The values by parameter; another doctor or place is named with the time."""
    return {name: _time(visit, each, code) for name, each in zip(NAMES, times, strict=False)}


def _time(visit: AppointmentView, other: AppointmentView, code: str) -> str:
    parts = [day_and_clock(other.start, other.clinic.zone, code)]
    parts += [other.doctor.name] if other.doctor.id != visit.doctor.id else []
    parts += [other.clinic.name] if other.clinic.id != visit.clinic.id else []
    return ", ".join(parts)


async def unwanted(promise: Notification) -> str:
    """Why it must not be sent, if so: nothing is kept any more; or it would remind of a visit whose doctor is away."""
    if promise.purpose in REMINDED:
        case = await open_case(promise.tenant_id, promise.appointment_id)
        return "doctor_away" if case else ""
    if promise.purpose != OFFER:
        return ""
    case = await open_case(promise.tenant_id, promise.appointment_id)
    return "" if case and await told(promise) else "offer_over"
