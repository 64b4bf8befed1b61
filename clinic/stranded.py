"""Booked visits that a change of hours would leave without a doctor. Pure but for looking them up."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from clinic.appointment import Appointment
from clinic.cells import cell_of, cells_of
from clinic.directory import Directory
from clinic.errors import ClinicError
from clinic.interval import Interval, merge
from clinic.timetable import Shift
from clinic.wall_clock import days_from, local_day

EXPECTED = ("booked", "arrived", "checked-in")  # patients who are still to be seen
FIELDS = ("reference", "clinic_id", "doctor_id", "service_id", "start", "end", "status", "cells")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit that is still to come, without its patient. ``cells`` are those that it uses up, buffers included."""

    id: str
    reference: str
    clinic_id: str
    doctor_id: str
    service_id: str
    start: datetime
    end: datetime
    cells: Collection[int]

    @property
    def time(self) -> Interval:
        """The visit without its buffers."""
        return Interval(self.start, self.end)


class StrandsPatients(ClinicError):
    """Booked patients would be left without a doctor: move or cancel their visits first, or accept it with
    accept_stranded=true and look after them yourself. The visits are listed."""

    code = "strands_patients"

    def __init__(self, visits: Sequence[Booked]) -> None:
        super().__init__()
        self.visits = visits
        self.told = {"appointments": [_told(visit) for visit in visits]}


def _told(visit: Booked) -> dict[str, Any]:
    return {"id": visit.id, "reference": visit.reference, "start": visit.start, "doctor_id": visit.doctor_id,
            "clinic_id": visit.clinic_id}  # fmt: skip


async def upcoming(tenant_id: str, doctor_ids: Iterable[str], now: datetime) -> list[Booked]:
    """All visits of these doctors that are still to come, by doctor and start."""
    found = []
    for doctor_id in doctor_ids:
        query = {"doctor_id": doctor_id, "start": {"$gte": now}}
        rows = await Appointment.of(tenant_id).rows(query, FIELDS, [("start", 1)])
        found += [_booked(row) for row in rows if row["status"] in EXPECTED]
    return found


def _booked(row: Mapping[str, Any]) -> Booked:
    facts = {name: row[name] for name in FIELDS if name not in ("status", "cells")}
    stored = row.get("cells")
    cells = frozenset(map(cell_of, stored)) if stored else cells_of(Interval(row["start"], row["end"]))
    return Booked(id=row["_id"], cells=cells, **facts)


def stranded(before: Directory, after: Directory, visits: Sequence[Booked]) -> list[Booked]:
    """Those that fit into the hours as they are and not as they would be, earliest first. What is outside the hours
    already is nobody's fault now."""
    fitted, fitting = (_fitting(directory, visits) for directory in (before, after))
    return sorted((each for each in visits if each.id in fitted - fitting), key=lambda each: each.start)


async def stranded_by(before: Directory, after: Directory, doctors: Iterable[str], now: datetime) -> list[Booked]:
    """The same for all that is booked with these doctors."""
    return stranded(before, after, await upcoming(before.tenant.id, sorted(set(doctors)), now))


def _fitting(directory: Directory, visits: Sequence[Booked]) -> set[str]:
    """Those for which the doctor is there and has a seat. Who was booked first sits first."""
    hours = {
        place: _Hours(directory, *place, list(group)) for place, group in groupby(sorted(visits, key=_place), _place)
    }
    used: Counter[tuple[str, int]] = Counter()
    fitting = set()
    for visit in sorted(visits, key=lambda each: each.id):
        seats = hours[_place(visit)].seats(visit.time)
        cells = [(visit.doctor_id, cell) for cell in visit.cells]
        if all(used[cell] < seats for cell in cells):
            used.update(cells)
            fitting.add(visit.id)
    return fitting


def _place(visit: Booked) -> tuple[str, str]:
    return visit.doctor_id, visit.clinic_id


class _Hours:
    """A doctor's hours at a clinic around some visits, by the UTC day on which they begin."""

    def __init__(self, directory: Directory, doctor_id: str, clinic_id: str, visits: Sequence[Booked]) -> None:
        self._by_day: dict[date, list[Shift]] = defaultdict(list)
        if directory.is_open(clinic_id) and directory.doctor(doctor_id).active:
            zone = directory.clinic(clinic_id).zone
            first, last = (local_day(pick(visit.start for visit in visits), zone) for pick in (min, max))
            for shift in directory.hours(doctor_id, clinic_id, days_from(first - DAY, (last - first).days + 3)):
                self._by_day[shift.time.start.date()].append(shift)

    def seats(self, time: Interval) -> int:
        """How many may sit there at once; 0 where the hours do not cover all of the time."""
        days = {time.start.date() - DAY, time.start.date(), time.end.date()}
        around = [shift for day in days for shift in self._by_day.get(day, ()) if shift.time.overlaps(time)]
        if not any(covered.covers(time) for covered in merge(shift.time for shift in around)):
            return 0
        return max(shift.terms.seats for shift in around)
