"""Which slot is for whom: what is free, what suits, and what may be offered now."""

from datetime import datetime, timedelta

from clinic import offer
from clinic.appointment import Appointment
from clinic.availability import between
from clinic.booking import Asker, For, Place, check_limit, room_for
from clinic.chat import Chat
from clinic.consent import refusal
from clinic.directory import Directory
from clinic.errors import ClinicError, TooManyBookings
from clinic.place import Clinic
from clinic.reminder import Rules, quiet_hours
from clinic.views import Slot
from clinic.visit_promises import quiet_of
from clinic.waitlist import Wait, suits
from clinic.wall_clock import MINUTE, instant, local_day, minutes, moment

LONGEST = timedelta(days=1)  # a visit that overlaps another starts within less
SYSTEM = Asker("", "system", "waitlist")
STAFF = Asker("", "system", "waitlist", staff=True)  # not held to the notice that a patient must give


async def free_slots(directory: Directory, wait: Wait, now: datetime) -> list[Slot]:
    """What the wish can get on the days that are waited for, earliest first. Raises ``NotFound``."""
    found = await offer.offer(directory, wait.wish, now)
    first = minutes(instant(wait.first_day, 0, found.clinic.zone))
    lengths = {doctor: directory.service(wait.service_id, doctor).minutes * MINUTE for doctor in found.free}
    return sorted(
        Slot(begin := moment(start.minute), begin + lengths[doctor], doctor)
        for doctor, starts in found.free.items()
        for start in between(starts, first, minutes(wait.ends_at))
    )


def is_for(directory: Directory, wait: Wait, slot: Slot, now: datetime) -> bool:
    """Whether the slot suits the wish and does not start within the clinic's cutoff. Raises ``NotFound``."""
    clinic = directory.clinic(wait.clinic_id)
    notice = max(clinic.offer_cutoff_minutes, clinic.notice_minutes) * MINUTE
    return slot.start >= told_at(clinic, now) + notice and suits(wait, slot, clinic.zone)


async def may_book(directory: Directory, wait: Wait, slot: Slot, now: datetime) -> bool:
    """Whether the patient may be asked, may book one more visit, and has none at that time."""
    chat = await Chat.of(wait.tenant_id).find_one({"_id": wait.chat_id})
    if chat is None or refusal(chat, "offer"):
        return False
    try:
        await check_limit(directory, For(wait.patient_id), SYSTEM, now, wait.clinic_id)
    except TooManyBookings:
        return False
    nearby = {"patient_id": wait.patient_id, "start": {"$gt": slot.start - LONGEST, "$lt": slot.end}}
    visits = await Appointment.of(wait.tenant_id).rows(nearby, fields=("status", "end"))
    return all(row["status"] == "cancelled" or row["end"] <= slot.start for row in visits)


def still_offered(directory: Directory, held: Appointment, now: datetime) -> bool:
    """Whether the doctor still sees patients at the time that is held."""
    place = Place(held.clinic_id, held.service_id, held.doctor_id, held.start)
    try:
        return held.start > now and bool(room_for(directory, place, STAFF, now))
    except ClinicError:
        return False


def told_at(clinic: Clinic, now: datetime) -> datetime:
    """When somebody can be written to: now, or after the quiet hours."""
    rules = Rules(clinic.zone, quiet=quiet_of(clinic))
    nights = quiet_hours(rules, local_day(now, clinic.zone) - timedelta(days=1), 2)
    return next((night.end for night in nights if now in night), now)


def offered_until(clinic: Clinic, start: datetime, now: datetime) -> datetime:
    """For how long the one who is asked now has the slot to themselves."""
    return min(told_at(clinic, now) + clinic.offer_minutes * MINUTE, start)
