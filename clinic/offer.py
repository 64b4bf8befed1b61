"""What can be booked now: the hours of the directory, less what the diaries know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic import diary
from clinic.availability import Start, Visit, any_doctor, between, days_with_free, midnights
from clinic.cells import CELL
from clinic.diary import Diary
from clinic.directory import Directory
from clinic.hold import Holds
from clinic.place import Clinic
from clinic.views import Slot, Wish
from clinic.wall_clock import MINUTE, days_from, local_day, minutes, moment


@dataclass(frozen=True, slots=True)
class Offer:
    """The free starts of each doctor who may be meant, within notice and horizon."""

    directory: Directory
    wish: Wish
    days: list[date]  # from today to the horizon, local
    free: Mapping[str, Sequence[Start]]
    diaries: Mapping[str, Diary]

    @property
    def clinic(self) -> Clinic:
        """Where."""
        return self.directory.clinic(self.wish.clinic_id)

    def open_days(self) -> list[date]:
        """The local days on which anybody has a free start."""
        return days_with_free(self.days, self.clinic.zone, self.free.values())

    def of_day(self, day: date | None) -> dict[str, Sequence[Start]]:
        """The free starts of one local day, or of all."""
        if day is None:
            return dict(self.free)
        first, end = midnights([day], self.clinic.zone)
        return {doctor: between(starts, first, end) for doctor, starts in self.free.items()}

    def slots(self, starts: Mapping[str, Sequence[Start]], limit: int) -> list[Slot]:
        """Those starts as slots, earliest first, each once."""
        lines = midnights(self.days, self.clinic.zone) if len(starts) > 1 else ()
        chosen = any_doctor(starts, lines, self._load, limit)
        lengths = {doctor: self._length(doctor) for doctor in starts}
        return [Slot(start := moment(minute), start + lengths[doctor], doctor) for minute, doctor in chosen]

    def _load(self, doctor_id: str, first: int, end: int) -> int:
        """How much the doctor has to do between two minutes, in cells."""
        return self.diaries[doctor_id].load(first // CELL, end // CELL)

    def _length(self, doctor_id: str) -> timedelta:
        return self.directory.service(self.wish.service_id, doctor_id).minutes * MINUTE


async def offer(directory: Directory, wish: Wish, now: datetime) -> Offer:
    """What the wish can get. Raises ``NotFound``."""
    clinic = directory.clinic(wish.clinic_id)
    directory.service(wish.service_id)
    days = days_from(local_day(now, clinic.zone), clinic.horizon_days + 1)
    doctors = [doctor.id for doctor in directory.doctors_for(wish.clinic_id, wish.service_id)]
    diaries = {
        doctor: await diary.diary_of(directory.tenant.id, doctor, now)
        for doctor in doctors
        if wish.doctor_id in ("", doctor)
    }
    free = {}
    for doctor, busy in diaries.items():
        offered = directory.offered(doctor, wish.clinic_id, wish.service_id, days[0], len(days))
        free[doctor] = between(
            busy.free(offered, directory.service(wish.service_id, doctor).visit), *_bounds(clinic, now)
        )
    return Offer(directory, wish, days, free, diaries)


def _bounds(clinic: Clinic, now: datetime) -> tuple[int, int]:
    """The first minute that may be booked now, and the one after the last."""
    earliest = now + clinic.notice_minutes * MINUTE
    first = minutes(earliest) + (earliest.second > 0 or earliest.microsecond > 0)
    return first, minutes(now + timedelta(days=clinic.horizon_days)) + 1


def _visit(offer: Offer, doctor_id: str) -> Visit:
    return offer.directory.service(offer.wish.service_id, doctor_id).visit


async def without_held(
    offer: Offer, starts: Mapping[str, Sequence[Start]], holds: Holds, owner: str, limit: int, now: datetime
) -> dict[str, Sequence[Start]]:
    """Leave out what somebody else is about to confirm, among the first ``limit`` of each doctor. Where several may sit
    at once a hold says nothing."""
    held = await holds.others(offer.directory.tenant.id, starts, owner, now)
    return {
        doctor: [
            start
            for start in offered[:limit]
            if start.capacity > 1
            or not held[doctor]
            or held[doctor].isdisjoint(_visit(offer, doctor).cells(start.minute))
        ]
        for doctor, offered in starts.items()
    }
