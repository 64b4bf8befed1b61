"""Who comes without an appointment: the next free seat of today, else, where the clinic allows, only a number."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic import attendance, booking, queue, registration
from clinic.appointment import Appointment
from clinic.booking import Asker, For, Place
from clinic.directory import Directory
from clinic.errors import ClinicError, SlotNotOffered, SlotTaken
from clinic.free_slots import free_starts
from clinic.interval import interval
from clinic.queue import ReasonMissing, Step
from clinic.queue_entry import QueueEntry
from clinic.queue_order import first_place
from clinic.registration import Whom
from clinic.views import Wish
from clinic.wall_clock import instant, local_day

TRIES = 5  # of starts that looked free; then the day is so busy that they wait without one


class DayIsFull(ClinicError):
    """No seat is left today: say `overbook` where you may, book another day, or put them on the waitlist."""

    code = "day_is_full"


@dataclass(frozen=True, slots=True)
class WalkIn:
    """What is wanted; ``reason`` is why somebody goes before others."""

    clinic_id: str
    doctor_id: str
    service_id: str
    priority: int = 0
    reason: str = ""


async def walk_in(
    directory: Directory, wanted: WalkIn, who: Whom, asker: Asker, now: datetime
) -> tuple[QueueEntry, Appointment | None]:
    """Their place in today's queue, and the visit, where a seat was found; the same for the same request.

    Raises ``DayIsFull``, ``SlotNotOffered``, ``ReasonMissing``, ``NotFound``.
    """
    if wanted.priority and not wanted.reason.strip():
        raise ReasonMissing
    directory.doctor(wanted.doctor_id)
    zone = directory.clinic(wanted.clinic_id).zone
    if wanted.doctor_id not in {each.id for each in directory.doctors_for(wanted.clinic_id, wanted.service_id)}:
        raise SlotNotOffered("This doctor does not offer this service at this clinic.")
    if earlier := await QueueEntry.of(directory.tenant.id).find_one({"request_id": asker.request_id}):
        return await queue.seen_again(earlier), None
    patient = await registration.whom(directory, who, wanted.clinic_id, asker, now)
    day = local_day(now, zone)
    if visit := await _seated(directory, wanted, patient, asker, now, day):
        return await _checked_in(directory, wanted, visit, asker, now)
    if not directory.clinic(wanted.clinic_id).walk_ins_without_slot:
        await registration.forget(directory.tenant.id, patient)
        raise DayIsFull
    return await _without_slot(directory, wanted, patient, asker, now, day), None


async def _seated(
    directory: Directory, wanted: WalkIn, patient: For, asker: Asker, now: datetime, day: date
) -> Appointment | None:
    """The earliest seat from now on that is left of today."""
    if earlier := await booking.asked_before(directory.tenant.id, wanted.doctor_id, asker.request_id):
        return earlier
    end = instant(day + timedelta(days=1), 0, directory.clinic(wanted.clinic_id).zone)
    rest = interval(now, end)
    wish = Wish(wanted.clinic_id, wanted.service_id, wanted.doctor_id)
    starts = await free_starts(directory, wish, wanted.doctor_id, rest, overbook=asker.overbook) if rest else []
    for start in starts[:TRIES]:
        place = Place(wanted.clinic_id, wanted.service_id, wanted.doctor_id, start)
        try:
            return await booking.book(directory, place, patient, asker, now)
        except SlotTaken:
            continue
    return None


async def _checked_in(
    directory: Directory, wanted: WalkIn, visit: Appointment, asker: Asker, now: datetime
) -> tuple[QueueEntry, Appointment]:
    """Each step has a request id of its own, so that a repetition completes what a crash left out."""
    arriving, hurrying = (replace(asker, request_id=f"{asker.request_id} {step}") for step in ("in", "before"))
    visit, entry = await attendance.check_in(directory, visit, arriving, now)
    if wanted.priority and entry.priority != wanted.priority:
        step = Step("priority", hurrying, now, wanted.reason)
        entry = await queue.prioritize(entry, wanted.priority, step)
    return entry, visit


async def _without_slot(
    directory: Directory, wanted: WalkIn, patient: For, asker: Asker, now: datetime, day: date
) -> QueueEntry:
    """Only a number."""
    change = asker.change("walk_in", now, reason=wanted.reason)
    entry = QueueEntry(
        tenant_id=directory.tenant.id, request_id=asker.request_id, clinic_id=wanted.clinic_id,
        doctor_id=wanted.doctor_id, service_id=wanted.service_id, day=day, token=1, tokens=[],
        patient_id=patient.patient_id, patient_name=patient.patient_name, priority=wanted.priority,
        minutes=directory.service(wanted.service_id, wanted.doctor_id).minutes,
        place=first_place(None, now), arrived_at=now,
        history=[change],
    )  # fmt: skip
    return await attendance.join(entry)
