"""Which practices have something to do: found by one look over all, so that the idle ones cost a tick nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from clinic.after_visit import LOOKED_BACK, TOLD
from clinic.appointment import Appointment
from clinic.leave import Leave
from clinic.patient_import import PatientImport
from clinic.place import Clinic
from clinic.queue_entry import QueueEntry
from clinic.queue_order import GRACE
from clinic.queue_promises import LOOKED_AHEAD
from clinic.record import ANY_MOMENT, Query, Record
from clinic.reminder import DEFAULT_HOURS
from clinic.slot_offer import SlotOffer
from clinic.template import FINAL, Template
from clinic.template_news import STATUSES
from clinic.waitlist import Wait


async def _of(record: type[Record], query: Query) -> set[str]:
    return {str(row["tenant_id"]) for row in await _rows(record, query, "tenant_id")}


async def _rows(record: type[Record], query: Query, *fields: str) -> list[dict[str, Any]]:
    door = record.everywhere("a tick finds the practices with something to do, and reads nothing but their ids")
    return await door.rows(query, fields)


async def _visited(statuses: Mapping[str, Any] | set[str], start: Query) -> set[str]:
    """Where visits of one of these statuses begin then."""
    rows = await _rows(Appointment, {"start": {**ANY_MOMENT, **start}}, "tenant_id", "status")
    return {str(row["tenant_id"]) for row in rows if row["status"] in statuses}


async def waitlists() -> list[str]:
    """Where somebody waits, or something is offered or held."""
    waiting, offered = await _of(Wait, {"status": "waiting"}), await _of(SlotOffer, {"status": "open"})
    return sorted(waiting | offered | await _of(Appointment, {"offer_until": ANY_MOMENT}))


async def leaves(now: datetime) -> list[str]:
    """Where a leave is looked after, or a time is kept for longer than it should be."""
    kept = await _of(Appointment, {"kept_until": {**ANY_MOMENT, "$lte": now}})
    return sorted(kept | await _of(Leave, {"status": "open"}))


async def reviews() -> set[str]:
    """Where the provider has a template under way."""
    under_way = await _of(Template, {"status": {"$in": sorted(STATUSES - set(FINAL))}})
    return under_way | await _of(Template, {"reviewed": True})


async def queues(now: datetime) -> list[str]:
    """Where somebody is in a queue of today, whatever the day is there, or booked for soon."""
    found = await _visited({"booked"}, {"$gte": now - GRACE, "$lt": now + LOOKED_AHEAD})
    for day in sorted({(now + timedelta(hours=hours)).date() for hours in (-12, 0, 14)}):
        found |= await _of(QueueEntry, {"day": day.isoformat(), "status": {"$in": ["waiting", "called"]}})
    return sorted(found)


async def visited(now: datetime) -> list[str]:
    """Where a visit of the last days took place, or should have."""
    return sorted(await _visited(TOLD, {"$gte": now - LOOKED_BACK, "$lte": now}))


async def reminding(now: datetime, beyond: timedelta) -> list[str]:
    """Where somebody is booked for so soon that a reminder may be due; ``beyond`` its hours. Clinics that remind
    earlier than others are few: they are always looked at."""
    usual = max(DEFAULT_HOURS)
    soon = await _visited({"booked"}, {"$gte": now, "$lt": now + timedelta(hours=usual) + beyond})
    return sorted(soon | await _of(Clinic, {"reminder_hours": {"$gt": usual}}))


async def imports(before: datetime) -> list[str]:
    """Where a list of patients was left half-done."""
    left = {**ANY_MOMENT, "$lt": before}
    return sorted(await _of(PatientImport, {"status": "waiting", "worked_at": left}))
