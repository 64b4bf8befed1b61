"""Telephones of the staff's to which templates may be tried out, so that no patient gets a try."""

from typing import Annotated

from api.house import Now
from api.paging import Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.templates import NewTrialPhone, TrialPhoneOut
from api.staff import Staff, may
from clinic import trial
from clinic.errors import NotFound
from clinic.trial import TrialPhone

router = desk_router("/trial-phones", "templates")


@router.get("")
async def list_trial_phones(staff: Annotated[Staff, may("templates:read")]) -> Page[TrialPhoneOut]:
    """The telephones, ten at most."""
    found = await TrialPhone.of(staff.tenant_id).find(sort=[("_id", 1)])
    return Page(items=[TrialPhoneOut.of(each) for each in found], next=None)


@router.post("", status_code=201)
async def create_trial_phone(
    new: NewTrialPhone, staff: Annotated[Staff, may("templates:approve")], now: Now
) -> TrialPhoneOut:
    """Add a telephone of the staff's."""
    phone = TrialPhone(tenant_id=staff.tenant_id, number=new.number, label=new.label, added_by=staff.user_id, at=now)
    await trial.add_phone(phone)
    staff.touched("trial_phones", phone.id)
    return TrialPhoneOut.of(phone)


@router.delete("/{id}")
async def delete_trial_phone(id: Id, staff: Annotated[Staff, may("templates:approve")]) -> TrialPhoneOut:
    """Remove a telephone."""
    phone = await TrialPhone.of(staff.tenant_id).get(id)
    if not await TrialPhone.of(staff.tenant_id).delete({"_id": id}):
        raise NotFound
    staff.touched("trial_phones", id)
    return TrialPhoneOut.of(phone)
