"""Who waits for a time to be freed, and what would suit them."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pymongo import IndexModel

from clinic.errors import TooManyWaits
from clinic.record import Day, TenantRecord
from clinic.views import Slot, Wish
from clinic.wall_clock import instant

Part = Literal["morning", "afternoon", "evening"]
PARTS: dict[Part, tuple[time, time]] = {
    "morning": (time.min, time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time.max),
}
Status = Literal["waiting", "booked", "withdrawn", "expired"]


MOST = 5  # open ones of one patient


class Wait(TenantRecord):
    """One wish of one patient. ``doctor_id`` empty: any doctor; no ``weekdays`` (Monday is 0) or ``parts``: any.
    ``seen`` are the slots that were free when it was asked for, as long as they stay free: they did not suit."""

    request_id: str
    patient_id: str
    patient_name: str = ""
    chat_id: str
    language: str = ""
    clinic_id: str
    service_id: str
    doctor_id: str = ""
    first_day: Day  # local, as is the next
    last_day: Day
    weekdays: list[int] = []
    parts: list[Part] = []
    seen: list[str] = []
    status: Status = "waiting"
    created_at: datetime
    ends_at: datetime  # the end of its last day
    ended_at: datetime | None = None

    class Settings:
        name = "waits"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], name="one_per_request", unique=True),
            IndexModel([("tenant_id", 1), ("status", 1), ("created_at", 1)]),
            IndexModel([("tenant_id", 1), ("patient_id", 1), ("status", 1)]),
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("status", 1)]),
            IndexModel([("status", 1), ("ends_at", 1)]),  # of all practices
        ]

    @property
    def wish(self) -> Wish:
        """What to look for."""
        return Wish(self.clinic_id, self.service_id, self.doctor_id)


def slot_key(slot: Slot) -> str:
    """One time of one doctor."""
    return f"{slot.doctor_id} {slot.start:%Y%m%dT%H%M}"


def suits(wait: Wait, slot: Slot, zone: str) -> bool:
    """Whether the time is one that is waited for, by the clinic's clock. Place and service are not looked at."""
    local = slot.start.astimezone(ZoneInfo(zone))
    return (
        wait.doctor_id in ("", slot.doctor_id)
        and wait.first_day <= local.date() <= wait.last_day
        and (not wait.weekdays or local.weekday() in wait.weekdays)
        and (not wait.parts or any(_within(local.time(), part) for part in wait.parts))
    )


def _within(clock: time, part: Part) -> bool:
    first, end = PARTS[part]
    return first <= clock < end


def end_of(day: date, zone: str) -> datetime:
    """When the local day is over."""
    return instant(day + timedelta(days=1), 0, zone)


async def join(wait: Wait) -> Wait:
    """Put it on the list, once for its request; as it stands there. Raises ``TooManyWaits``."""
    waits = Wait.of(wait.tenant_id)
    if earlier := await waits.find_one({"request_id": wait.request_id}):
        return earlier
    if await waits.count({"patient_id": wait.patient_id, "status": "waiting"}) >= MOST:
        raise TooManyWaits
    if await waits.insert_new(wait):
        return wait
    return await waits.find_one({"request_id": wait.request_id}) or wait


async def end(wait: Wait, status: Status, now: datetime) -> bool:
    """Take it off the list; whether it was still there."""
    ended = {"status": status, "ended_at": now}
    return await Wait.of(wait.tenant_id).change({"_id": wait.id, "status": "waiting"}, {"$set": ended})


async def waiting(tenant_id: str) -> list[Wait]:
    """All who wait, the longest waiting first."""
    return await Wait.of(tenant_id).find({"status": "waiting"}, sort=[("created_at", 1), ("_id", 1)])


async def forget_seen(wait: Wait, free: set[str]) -> None:
    """What is not free any more was not refused for good: when it is freed it is offered."""
    still = [key for key in wait.seen if key in free]
    if len(still) < len(wait.seen):
        wait.seen = still
        await Wait.of(wait.tenant_id).change({"_id": wait.id}, {"$set": {"seen": still}})
