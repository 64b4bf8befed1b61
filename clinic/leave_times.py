"""Finding other times for a patient whose doctor will be away, and keeping them: at most three each, the earliest
visits first, and nobody a second one before everybody who can has a first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic import alternative, offer
from clinic.appointment import Appointment
from clinic.availability import between
from clinic.directory import Directory
from clinic.errors import ClinicError
from clinic.habits import Habits, Time, habits, overlaps, ranked
from clinic.leave_visit import LeaveVisit
from clinic.views import Slot, Wish
from clinic.wall_clock import MINUTE, minutes, moment

LOOKED_BACK = timedelta(days=2 * 365)  # for habits
BY_HABIT = ("booked", "arrived", "checked-in", "fulfilled")
FIELDS = ("_id", "status", "clinic_id", "doctor_id", "start", "end")
SHORTLIST = 60  # times to choose from: enough for three on different days where many others were faster


@dataclass
class Wanted:
    """One patient's search: what is wanted, what would do, and what is kept for them so far."""

    case: LeaveVisit
    visit: Appointment
    until: datetime  # how long it is kept
    usual: Habits
    times: list[Time]
    kept: list[Time] = field(default_factory=list)

    def best(self, zone: str) -> list[Time]:
        """What would do, the most welcome first."""
        own = Time(Slot(self.visit.start, self.visit.end, self.visit.doctor_id), self.visit.clinic_id, zone)
        return ranked(self.times, own, self.usual, self.kept)


async def search(directory: Directory, case: LeaveVisit, visit: Appointment, until: datetime, now: datetime) -> Wanted:
    """Begin, or go on where somebody who was killed stopped."""
    seen = {"patient_id": visit.patient_id, "start": {"$gte": now - LOOKED_BACK}}
    rows = [row for row in await Appointment.of(visit.tenant_id).rows(seen, FIELDS) if row["status"] != "cancelled"]
    known = [row for row in rows if row["clinic_id"] in directory.clinics]
    had = [_time(directory, row["clinic_id"], Slot(row["start"], row["end"], row["doctor_id"])) for row in known
           if row["status"] in BY_HABIT]  # fmt: skip
    busy = [(row["start"], row["end"]) for row in rows if row["_id"] != visit.id]
    places = [visit.clinic_id, *sorted({time.clinic_id for time in had} - {visit.clinic_id})]
    free = [time for place in places for time in await _free(directory, visit, place, until, now)]
    wanted = Wanted(case, visit, until, habits(had), [time for time in free if not overlaps(time, busy)])
    wanted.times = wanted.best(directory.clinic(visit.clinic_id).zone)[:SHORTLIST]
    wanted.kept = [
        _time(directory, each.clinic_id, Slot(each.start, each.end, each.doctor_id))
        for each in await alternative.kept_for(visit.tenant_id, [visit.id])
        if each.status == "waitlist"
    ]
    return wanted


def _time(directory: Directory, clinic_id: str, slot: Slot) -> Time:
    return Time(slot, clinic_id, directory.clinic(clinic_id).zone)


def _slot(directory: Directory, service_id: str, doctor_id: str, minute: int) -> Slot:
    begin = moment(minute)
    return Slot(begin, begin + directory.service(service_id, doctor_id).minutes * MINUTE, doctor_id)


async def _free(directory: Directory, visit: Appointment, clinic_id: str, until: datetime, now: datetime) -> list[Time]:
    """What is free there after they have answered, in time for the clinic's notice."""
    try:
        found = await offer.offer(directory, Wish(clinic_id, visit.service_id), now)
    except ClinicError:  # the clinic has withdrawn the place or the service
        return []
    first, last = minutes(until + found.clinic.notice_minutes * MINUTE) + 1, minutes(now + timedelta(days=366))
    return [
        _time(directory, clinic_id, _slot(directory, visit.service_id, doctor, start.minute))
        for doctor, starts in found.free.items()
        for start in between(starts, first, last)
    ]


async def keep_all(directory: Directory, searches: Sequence[Wanted], now: datetime) -> None:
    """Round by round, so that where times are scarce everybody gets fewer."""
    for number in range(1, alternative.MOST + 1):
        for wanted in searches:
            if len(wanted.kept) < number:
                await _keep_one(directory, wanted, number, now)


async def _keep_one(directory: Directory, wanted: Wanted, number: int, now: datetime) -> None:
    kept_id = alternative.alternative_id(wanted.case.id, number)
    for time in wanted.best(directory.clinic(wanted.visit.clinic_id).zone):
        if overlaps(time, _spans(wanted.kept)):
            continue
        if kept := await alternative.keep(directory, wanted.visit, kept_id, time, wanted.until, now):
            slot = Slot(kept.start, kept.end, kept.doctor_id)
            wanted.kept.append(_time(directory, kept.clinic_id, slot))
            return
        wanted.times.remove(time)


def _spans(times: Iterable[Time]) -> list[tuple[datetime, datetime]]:
    return [(time.slot.start, time.slot.end) for time in times]
