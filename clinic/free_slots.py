"""What staff may book: the free starts of a stretch of time, read anew, without the patients' notice and horizon."""

from collections.abc import Sequence
from datetime import datetime

from clinic import diary
from clinic.availability import Start, Visit, between, free
from clinic.cells import used
from clinic.directory import Directory
from clinic.interval import Interval
from clinic.views import Slot, Wish
from clinic.wall_clock import MINUTE, local_day, minutes, moment


async def free_slots(
    directory: Directory, wish: Wish, time: Interval, limit: int, *, overbook: bool = False
) -> list[Slot]:
    """The first ``limit`` free starts in that time, of the doctor or of everybody who may be meant; earliest first.
    With ``overbook`` also those where only a seat beyond the capacity is left. Raises ``NotFound``."""
    directory.service(wish.service_id)
    slots = [
        Slot(start, start + directory.service(wish.service_id, doctor).minutes * MINUTE, doctor)
        for doctor in _doctors(directory, wish)
        for start in await free_starts(directory, wish, doctor, time, overbook=overbook)
    ]
    order = {doctor: number for number, doctor in enumerate(directory.doctors)}
    return sorted(slots, key=lambda slot: (slot.start, order[slot.doctor_id]))[:limit]


def _doctors(directory: Directory, wish: Wish) -> list[str]:
    if wish.doctor_id:
        directory.doctor(wish.doctor_id)
    offering = (doctor.id for doctor in directory.doctors_for(wish.clinic_id, wish.service_id))
    return [doctor for doctor in offering if wish.doctor_id in ("", doctor)]


async def free_starts(
    directory: Directory, wish: Wish, doctor_id: str, time: Interval, *, overbook: bool = False
) -> list[datetime]:
    """One doctor's. One look into the store."""
    visit = directory.service(wish.service_id, doctor_id).visit
    offered = _offered(directory, wish, doctor_id, time)
    if not offered:
        return []
    taken = await diary.taken_cells(
        directory.tenant.id, doctor_id, time.start - diary.LONGEST, time.end + diary.LONGEST
    )
    return [moment(start.minute) for start in _free(offered, visit, taken, overbook=overbook)]


def _offered(directory: Directory, wish: Wish, doctor_id: str, time: Interval) -> Sequence[Start]:
    zone = directory.clinic(wish.clinic_id).zone
    first, last = local_day(time.start, zone), local_day(time.end, zone)
    found = directory.offered(doctor_id, wish.clinic_id, wish.service_id, first, (last - first).days + 1)
    return between(found, -(-int(time.start.timestamp()) // 60), minutes(time.end))


def _free(offered: Sequence[Start], visit: Visit, taken: Sequence[str], *, overbook: bool) -> list[Start]:
    """With ``overbook`` every seat counts as if it were within the capacity."""
    seats = [Start(start.minute, start.seats if overbook else start.capacity, start.seats) for start in offered]
    return free(seats, visit, used(taken))
