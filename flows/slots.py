"""Free times as a conversation handles them: named in an option, filtered by day and hour, spread over the days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from clinic.views import Slot

MINUTE = timedelta(minutes=1)
FEW = 2  # times of each part of a day, of those that are shown first


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall-clock time from ``start`` up to, but not including, ``end``; open where one is None."""

    start: time | None = None
    end: time | None = None

    @classmethod
    def read(cls, text: str) -> "Hours":
        """From "12:00-17:00"; either side may be empty."""
        start, _, end = text.partition("-")
        return cls(time.fromisoformat(start) if start else None, time.fromisoformat(end) if end else None)

    def __str__(self) -> str:
        return "-".join(f"{side:%H:%M}" if side else "" for side in (self.start, self.end))

    def __contains__(self, moment: time) -> bool:
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


PARTS = {
    "morning": Hours(None, time(12)),
    "afternoon": Hours(time(12), time(17)),
    "evening": Hours(time(17), None),
}


def around(moment: time, hours: int = 2) -> Hours:
    """A few hours on both sides of a time, within its day."""
    at = moment.hour * 60 + moment.minute
    start, end = max(at - hours * 60, 0), at + hours * 60 + 1
    return Hours(time(*divmod(start, 60)), time(*divmod(end, 60)) if end < 24 * 60 else None)


def slot_id(slot: Slot) -> str:
    """A slot in one word, for an option's id."""
    start = slot.start.astimezone(UTC).isoformat(timespec="minutes")[:16].replace("-", "").replace(":", "")
    return f"{start}.{(slot.end - slot.start) // MINUTE}.{slot.doctor_id}"


def read_slot(id: str) -> Slot:
    """The slot that ``slot_id`` named."""
    start, minutes, doctor_id = id.split(".", 2)
    begins = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return Slot(begins, begins + timedelta(minutes=int(minutes)), doctor_id)


def local(slot: Slot, zone: ZoneInfo) -> datetime:
    """When the slot begins, on the clinic's clock."""
    return slot.start.astimezone(zone)


def within(slots: Iterable[Slot], zone: ZoneInfo, first: date, last: date) -> list[Slot]:
    """The slots of the local days from ``first`` to ``last``."""
    return [slot for slot in slots if first <= local(slot, zone).date() <= last]


def during(slots: Iterable[Slot], zone: ZoneInfo, hours: Hours) -> list[Slot]:
    """The slots that begin within the hours."""
    return [slot for slot in slots if local(slot, zone).time() in hours]


def parts(slots: Iterable[Slot], zone: ZoneInfo) -> dict[str, int]:
    """How many slots each part of the day has, where it has any."""
    moments = [local(slot, zone).time() for slot in slots]
    counts = {part: sum(moment in hours for moment in moments) for part, hours in PARTS.items()}
    return {part: count for part, count in counts.items() if count}


def _part_of_day(slot: Slot, zone: ZoneInfo) -> tuple[date, int]:
    moment = local(slot, zone)
    return moment.date(), (moment.hour >= 12) + (moment.hour >= 17)


def spread(slots: Iterable[Slot], zone: ZoneInfo, room: int) -> list[Slot]:
    """At most ``room`` slots, the earliest first, a few of each part of the next days: who is at work in the morning
    finds an evening too."""
    groups = list[list[Slot]]()
    for _, group in groupby(slots, lambda slot: _part_of_day(slot, zone)):
        groups.append(list(group))
        if sum(min(len(each), FEW) for each in groups) >= room:  # what comes later has no room
            break
    each = max(FEW, -(-room // len(groups))) if groups else 0
    return [slot for group in groups for slot in group[:each]][:room]
