"""Which practices have something to do: found by one look over all, so that the idle ones cost a tick nothing."""

from datetime import datetime

from clinic.appointment import Appointment
from clinic.leave import Leave
from clinic.record import ANY_MOMENT, Query, Record
from clinic.slot_offer import SlotOffer
from clinic.template import FINAL, Template
from clinic.template_news import STATUSES
from clinic.waitlist import Wait


async def _of(record: type[Record], query: Query) -> set[str]:
    door = record.everywhere("a tick finds the practices with something to do, and reads nothing but their ids")
    return {str(row["tenant_id"]) for row in await door.rows(query, fields=("tenant_id",))}


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
