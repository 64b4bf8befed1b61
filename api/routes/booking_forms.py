"""The booking form as it stands at Meta. Patients of a practice that has `booking_form` on book by it."""

from typing import Annotated

import structlog
from redis.exceptions import RedisError

from api.house import House, InHouse
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.booking_forms import BookingFormOut
from api.staff import Staff, may
from clinic.booking_form import BookingForm, anew
from clinic.job import PUBLISH_FORM, ROTATE_FORM_KEY
from clinic.paging import page

router = desk_router("/booking-forms", "channels")


@router.get("")
async def list_booking_forms(staff: Annotated[Staff, may("channels:read")], asked: Asked) -> Page[BookingFormOut]:
    """The form of each WhatsApp business account of the practice, with its state at Meta."""
    found, following = await page(BookingForm.of(staff.tenant_id), cursor=asked.cursor, limit=asked.limit)
    return Page(items=[BookingFormOut.of(each) for each in found], next=following)


@router.get("/{id}")
async def get_booking_form(id: Id, staff: Annotated[Staff, may("channels:read")]) -> BookingFormOut:
    """One form, and what Meta said of it when it last said something."""
    return BookingFormOut.of(await BookingForm.of(staff.tenant_id).get(id))


@router.post("/{id}/publish")
async def publish_booking_form(
    id: Id, staff: Annotated[Staff, may("channels:update")], house: InHouse
) -> BookingFormOut:
    """Try at once what else happens every five minutes: make the form known to Meta, and look how it stands there. In
    place of one that was deprecated another one is made. Look at the form again a moment later."""
    form = await BookingForm.of(staff.tenant_id).get(id)
    await anew(form)
    await ask(house, PUBLISH_FORM, staff.tenant_id)
    staff.touched("booking_forms", id)
    return BookingFormOut.of(form)


@router.post("/{id}/rotate-key")
async def rotate_booking_form_key(
    id: Id, staff: Annotated[Staff, may("channels:update")], house: InHouse
) -> BookingFormOut:
    """Have a new key made, by which phones lock what patients fill in. What is locked with the old one is read for
    another day. Look at the form again a moment later: `key_made_at` tells."""
    form = await BookingForm.of(staff.tenant_id).get(id)
    await ask(house, ROTATE_FORM_KEY, staff.tenant_id, id)
    staff.touched("booking_forms", id)
    return BookingFormOut.of(form)


async def ask(house: House, job: str, *ids: str) -> None:
    """Leave it to a worker; where none can be told, to the next round."""
    try:
        await house.jobs.ask(job, *ids)
    except (RedisError, OSError) as error:
        structlog.get_logger().warning("form left to the next round", error=type(error).__name__)
