"""Which cells of a doctor's time are used up, a moment old at most.

It serves lists only: what decides is the booking lock. Own bookings are entered at once, so that nobody is offered
what was just given away in this process. Where a second reading found nothing else, nobody else books that doctor just
now, and the next one waits for longer: the more visits, the more a reading costs.
"""

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat

from clinic.appointment import Appointment
from clinic.availability import Start, Visit, between, free
from clinic.cells import cell_of, cells_of, used
from clinic.directory import directory_of
from clinic.fresh import Fresh
from clinic.interval import Interval

SECONDS = 5.0
CALM = 15.0  # seconds, where the last reading found what was known; as long as for the practice's directory
REMEMBERED = 5000  # diaries, with all that was found free by them
LISTS = 32  # of one doctor's starts, by clinic, service and state of the practice
LONGEST = timedelta(days=1)  # two visits that overlap start within less: see the limits of ``Service``

Key = tuple[str, str, date]  # tenant, doctor, the first UTC day that is looked at


@dataclass(slots=True)
class Diary:
    """``busy`` tells the used seats of each cell, as far as ``known`` reaches. ``calm``: it was read again, and nobody
    else had changed it."""

    busy: Counter[int]
    known: range
    calm: bool = False
    _free: dict[tuple[int, Visit], tuple[list[Start], list[Start]]] = field(default_factory=dict)

    def free(self, offered: list[Start], visit: Visit) -> list[Start]:
        """Those starts at which the visit finds room. Kept, with the list itself, so that its ``id`` stays its own."""
        key = (id(offered), visit)
        if key not in self._free:
            if len(self._free) >= LISTS:
                self._free.clear()
            self._free[key] = (offered, free(offered, visit, self.busy))
        return self._free[key][1]

    def enter(self, cells: Iterable[str]) -> None:
        """Somebody has just taken these. Only the starts that may reach them are looked at again."""
        taken = sorted(map(cell_of, cells))
        self.busy.update(taken)
        for key, (offered, starts) in self._free.items():
            visit = key[1]
            first, end = visit.reaching(taken[0], taken[-1])
            near = between(starts, first, end)
            at = bisect_left(starts, (first,))
            self._free[key] = (offered, [*starts[:at], *free(near, visit, self.busy), *starts[at + len(near) :]])

    def shows_free(self, cells: range) -> bool:
        """Whether nobody at all sits there, as far as is known here."""
        return cells.start in self.known and cells.stop in self.known and not self.load(cells.start, cells.stop)

    def load(self, first: int, end: int) -> int:
        """How many seats are used up from cell ``first`` up to, but not including, ``end``."""
        return sum(map(self.busy.get, range(first, end), repeat(0)))


async def taken_cells(tenant_id: str, doctor_id: str, since: datetime, until: datetime) -> list[str]:
    """The stored cells of all visits that start in that time."""
    window = {"$gte": since, "$lt": until}
    rows = await Appointment.of(tenant_id).rows({"doctor_id": doctor_id, "start": window}, fields=("cells",))
    return [cell for row in rows for cell in row.get("cells", ())]


async def _load(key: Key) -> Diary:
    """From today to the farthest horizon of the practice: a busy doctor's later visits would only cost time."""
    tenant_id, doctor_id, day = key
    since = datetime.combine(day, time.min, UTC)
    until = since + (await directory_of(tenant_id)).horizon + 2 * LONGEST
    taken = await taken_cells(tenant_id, doctor_id, since - LONGEST, until)
    return _kept(key, Diary(used(taken), cells_of(Interval(since, until - LONGEST))))


_last: OrderedDict[Key, Diary] = OrderedDict()


def _kept(key: Key, read: Diary) -> Diary:
    """Where the store says what was known anyway, what is known, with all that was found free by it: to find that takes
    as long as to read it."""
    last = _last.pop(key, None)
    same = last is not None and last.known == read.known and dict.__eq__(last.busy, read.busy)
    kept = _last[key] = last if last is not None and same else read
    kept.calm = same
    if len(_last) > REMEMBERED:
        _last.popitem(last=False)
    return kept


def _lasts(diary: Diary) -> float:
    return CALM if diary.calm else SECONDS


DIARIES: Fresh[Key, Diary] = Fresh(_load, SECONDS, lasting=_lasts)


async def diary_of(tenant_id: str, doctor_id: str, now: datetime) -> Diary:
    """A doctor's diary from today on."""
    return await DIARIES.get((tenant_id, doctor_id, now.date()))


def known(tenant_id: str, doctor_id: str, now: datetime) -> Diary | None:
    """The same, if it need not be read."""
    return DIARIES.known((tenant_id, doctor_id, now.date()))


def enter(tenant_id: str, doctor_id: str, cells: Iterable[str], now: datetime) -> None:
    """A booking of this process. A diary that is being read just now may or may not see it, and is read again."""
    if diary := known(tenant_id, doctor_id, now):
        diary.enter(cells)
    else:
        forget(tenant_id, doctor_id, now)


def forget(tenant_id: str, doctor_id: str, now: datetime) -> None:
    """Look again: somebody else was faster, or a visit was moved or cancelled."""
    DIARIES.forget((tenant_id, doctor_id, now.date()))
