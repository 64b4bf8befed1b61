"""Services: what can be booked, how long it takes and what it costs."""

from typing import Annotated, Any

from api.etag import Tag
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.doctors import NewService, ServiceChange, ServiceOut
from api.staff import Staff, may
from clinic import news, premises
from clinic.directory import DIRECTORIES
from clinic.paging import page
from clinic.service import Service

router = desk_router("/services", "services")


@router.get("")
async def list_services(
    staff: Annotated[Staff, may("services:read")], asked: Asked, active: bool | None = None
) -> Page[ServiceOut]:
    """The services of the practice, those that are no longer offered too, unless `active` says otherwise."""
    query = {} if active is None else {"active": active}
    found, following = await page(Service.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[ServiceOut.of(each) for each in found], next=following)


@router.post("", status_code=201)
async def create_service(new: NewService, staff: Annotated[Staff, may("services:create")], tag: Tag) -> ServiceOut:
    """Add a service. It can be booked with the doctors whose `service_ids` name it."""
    facts = {name: value for name, value in new.given().items() if value is not None}
    service = Service(tenant_id=staff.tenant_id, **facts)
    await Service.of(staff.tenant_id).insert(service)
    DIRECTORIES.forget(staff.tenant_id)
    answer = ServiceOut.of(service)
    staff.touched("services", service.id, {}, answer.model_dump())
    await news.tell(staff.tenant_id, "service.created", service.id)
    tag.set(service.version)
    return answer


@router.get("/{id}")
async def get_service(id: Id, staff: Annotated[Staff, may("services:read")], tag: Tag) -> ServiceOut:
    """One service."""
    service = await Service.of(staff.tenant_id).get(id)
    tag.set(service.version)
    return ServiceOut.of(service)


@router.patch("/{id}")
async def edit_service(
    id: Id, change: ServiceChange, staff: Annotated[Staff, may("services:update")], tag: Tag
) -> ServiceOut:
    """Change a service. Visits that are booked keep the length that they were booked with."""
    return await _changed(id, change.given(), staff, tag)


@router.delete("/{id}")
async def delete_service(id: Id, staff: Annotated[Staff, may("services:delete")], tag: Tag) -> ServiceOut:
    """Offer a service no longer; it is kept for the visits that are booked."""
    return await _changed(id, {"active": False}, staff, tag)


async def _changed(id: str, changes: dict[str, Any], staff: Staff, tag: Tag) -> ServiceOut:
    before, after = await premises.change_service(staff.tenant_id, id, changes, tag.version)
    was, answer = ServiceOut.of(before), ServiceOut.of(after)
    staff.touched("services", id, was.model_dump(), answer.model_dump())
    await news.tell(staff.tenant_id, "service.changed", id)
    tag.set(after.version)
    return answer
