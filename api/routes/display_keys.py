"""Keys of waiting rooms' screens: issued, listed, revoked."""

from typing import Annotated

from fastapi import Query

from api.house import Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.display_keys import DisplayKeyOut, IssuedDisplayKey, NewDisplayKey
from api.staff import Staff, may
from clinic import display_key, news
from clinic.display_key import DisplayKey
from clinic.paging import page

router = desk_router("/display-keys", "keys")


@router.get("")
async def list_display_keys(
    staff: Annotated[Staff, may("keys:read")], asked: Asked, clinic_id: Annotated[str, Query(max_length=64)] = ""
) -> Page[DisplayKeyOut]:
    """The keys of screens, also of those that were revoked."""
    query = {"$and": [staff.scope("keys:read"), {"clinic_id": clinic_id} if clinic_id else {}]}
    keys, following = await page(DisplayKey.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[DisplayKeyOut.of(key) for key in keys], next=following)


@router.post("", status_code=201)
async def create_display_key(
    new: NewDisplayKey, staff: Annotated[Staff, may("keys:create")], now: Now
) -> IssuedDisplayKey:
    """A key for a screen, which shows one clinic's waiting room: numbers and first names. Its text is told only now."""
    staff.require("keys:create", new.clinic_id)
    (await staff.directory()).clinic(new.clinic_id)
    key, text = await display_key.issue(staff.tenant_id, new.clinic_id, new.name, staff.actor, now)
    staff.touched("keys", key.id, {}, {"clinic_id": key.clinic_id, "name": key.name})
    await news.tell(staff.tenant_id, "key.issued", key.id, clinic_id=key.clinic_id)
    return IssuedDisplayKey(**DisplayKeyOut.of(key).model_dump(), key=text)


@router.delete("/{id}")
async def revoke_display_key(id: Id, staff: Annotated[Staff, may("keys:delete")], now: Now) -> DisplayKeyOut:
    """The screen shows nothing any more."""
    key = await DisplayKey.of(staff.tenant_id).get(id)
    staff.require("keys:delete", key.clinic_id)
    revoked = await display_key.revoke(staff.tenant_id, id, now)
    staff.touched("keys", id, {"revoked": key.revoked_at is not None}, {"revoked": True})
    await news.tell(staff.tenant_id, "key.revoked", id, clinic_id=key.clinic_id)
    return DisplayKeyOut.of(revoked)
