"""Times that staff may book."""

from typing import Annotated

from fastapi import Query

from api.house import Now
from api.paging import Page
from api.routing import desk_router
from api.shapes.appointments import SlotOut
from api.sight import check_seen
from api.span import Edge, span
from api.staff import Staff, may
from clinic.free_slots import free_slots
from clinic.interval import interval
from clinic.views import Wish

router = desk_router("/slots", "appointments")
DAYS, MOST = 7, 62
Needed = Annotated[str, Query(min_length=1, max_length=64)]


@router.get("")
async def list_slots(
    staff: Annotated[Staff, may("appointments:read")],
    now: Now,
    service_id: Needed,
    clinic_id: Needed,
    doctor_id: Annotated[str, Query(max_length=64, description="Empty: anybody who offers the service there.")] = "",
    from_: Annotated[Edge | None, Query(alias="from", description="A local day or a moment; now without it.")] = None,
    to: Annotated[
        Edge | None, Query(description="A day (all of it) or a moment; a week without it, 62 days most.")
    ] = None,
    overbook: Annotated[bool, Query(description="Also times with a seat beyond the capacity only.")] = False,
    limit: Annotated[int, Query(ge=1, le=2000, description="How many slots at most.")] = 500,
) -> Page[SlotOut]:
    """Free times from now on, earliest first; each doctor's on their own. Staff are not held to the notice and the
    horizon that patients have."""
    directory = await staff.directory()
    check_seen(staff, directory, "appointments:read", clinic_id, doctor_id or staff.doctor_id)
    time = span(from_, to, directory.clinic(clinic_id).zone, now, days=DAYS, most=MOST)
    ahead = interval(max(time.start, now), time.end)
    wish = Wish(clinic_id, service_id, doctor_id)
    found = await free_slots(directory, wish, ahead, limit, overbook=overbook) if ahead else []
    return Page(items=[SlotOut.of(slot) for slot in found], next=None)
