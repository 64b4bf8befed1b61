"""The waitlist: who waits for which times, what was offered to them, and taking somebody off it."""

from typing import Annotated, Literal

from fastapi import Query

from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.waitlist import WaitDetail, WaitOut
from api.sight import check_seen, within
from api.staff import Staff, may
from clinic.paging import page
from clinic.slot_offer import SlotOffer
from clinic.waitlist import Wait
from clinic.waitlist_answer import leave
from clinic.waitlist_round import offer_now

router = desk_router("/waitlist", "appointments")

Reading = Annotated[Staff, may("appointments:read")]
Updating = Annotated[Staff, may("appointments:update")]
AnyId = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]


@router.get("")
async def list_waits(
    staff: Reading,
    asked: Asked,
    status: Literal["waiting", "booked", "withdrawn", "expired", ""] = "waiting",
    clinic_id: AnyId = "",
    doctor_id: AnyId = "",
    patient_id: AnyId = "",
) -> Page[WaitOut]:
    """Who waits, the longest waiting first: in this order a freed time is offered to those whom it suits."""
    wanted = {"status": status, "clinic_id": clinic_id, "doctor_id": doctor_id, "patient_id": patient_id}
    query = {name: value for name, value in wanted.items() if value}
    seen = within(staff, await staff.directory(), "appointments:read")
    found, following = await page(
        Wait.of(staff.tenant_id), {"$and": [seen, query]}, sort="created_at", cursor=asked.cursor, limit=asked.limit
    )
    return Page(items=[WaitOut.of(each) for each in found], next=following)


@router.get("/{id}")
async def get_wait(id: Id, staff: Reading) -> WaitDetail:
    """One wish, with all that was offered for it."""
    wait = await _wait(staff, id, "appointments:read")
    staff.touched("waits", id)
    return await _shown(wait)


@router.post("/{id}/withdraw")
async def withdraw_wait(id: Id, staff: Updating, house: InHouse, now: Now) -> WaitDetail:
    """Take a wish off the list; a time that is kept for it goes to the next who waits, or is free for all."""
    wait = await _wait(staff, id, "appointments:update")
    await house.keep_soon(await leave(wait, now))
    after = await Wait.of(staff.tenant_id).get(id)
    staff.touched("waits", id, {"status": wait.status}, {"status": after.status})
    return await _shown(after)


@router.post("/{id}/offer-now")
async def offer_wait_now(id: Id, staff: Updating, house: InHouse, now: Now) -> WaitDetail:
    """Offer this patient the earliest free time that suits them, before their turn. It is kept for them as long as any
    offer is; what the patient was offered before is not offered again."""
    wait = await _wait(staff, id, "appointments:update")
    await house.keep_soon(await offer_now(wait, now))
    staff.touched("waits", id, {}, {"offered_at": now.isoformat()})
    return await _shown(wait)


async def _wait(staff: Staff, id: str, permission: str) -> Wait:
    wait = await Wait.of(staff.tenant_id).get(id)
    check_seen(staff, await staff.directory(), permission, wait.clinic_id, wait.doctor_id)
    return wait


async def _shown(wait: Wait) -> WaitDetail:
    offers = await SlotOffer.of(wait.tenant_id).find({"wait_id": wait.id}, sort=[("offered_at", -1)])
    return WaitDetail.with_offers(wait, offers)
