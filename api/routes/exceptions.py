"""Exceptions: leave, blocks, hospital rounds, holidays and extra hours, each with who is hit."""

from typing import Annotated, Any

from fastapi import Query

from api.etag import Tag
from api.house import Now
from api.own_hours import check_own, check_places
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id, Moment
from api.shapes.hours import AcceptStranded, Hit, VisitHit
from api.shapes.schedules import ExceptionChange, ExceptionKind, ExceptionOut, NewException
from api.staff import Staff, may
from clinic import absence, news
from clinic.directory import Directory, fresh_directory
from clinic.errors import NotFound
from clinic.exception import ScheduleException
from clinic.paging import page
from clinic.stranded import Booked

router = desk_router("/exceptions", "exceptions")


@router.get("")
async def list_exceptions(
    staff: Annotated[Staff, may("exceptions:read")],
    asked: Asked,
    doctor_id: Annotated[str, Query(max_length=64)] = "",
    clinic_id: Annotated[str, Query(max_length=64)] = "",
    kind: ExceptionKind | None = None,
    since: Annotated[Moment | None, Query(alias="from", description="What ends after this.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="What starts before this.")] = None,
) -> Page[ExceptionOut]:
    """What differs from the regular hours, by its end. What holds for all clinics is listed everywhere."""
    wanted: dict[str, Any] = {"doctor_id": doctor_id, "clinic_id": clinic_id, "kind": kind}
    parts: list[dict[str, Any]] = [{name: value for name, value in wanted.items() if value}, _scope(staff)]
    parts += [{"end": {"$gt": since}}] if since else []
    parts += [{"start": {"$lt": until}}] if until else []
    door = ScheduleException.of(staff.tenant_id)
    found, following = await page(door, {"$and": parts}, sort="end", cursor=asked.cursor, limit=asked.limit)
    return Page(items=[ExceptionOut.of(each) for each in found], next=following)


@router.post("/preview")
async def preview_exception(new: NewException, staff: Annotated[Staff, may("exceptions:read")], now: Now) -> Hit:
    """Whose visits it would leave without a doctor. Nothing is stored."""
    directory = await fresh_directory(staff.tenant_id)
    wanted = absence.made(directory, new.given(), now)
    check_places(staff, "exceptions:read", absence.places(directory, wanted.doctor_id, wanted.clinic_id))
    return Hit(appointments=_shown(await absence.hit(directory, None, wanted, now)))


@router.post("", status_code=201)
async def create_exception(
    new: NewException, staff: Annotated[Staff, may("exceptions:create")], tag: Tag, now: Now
) -> ExceptionOut:
    """Enter leave, a block, a hospital round, a holiday or extra hours. `hit` lists the booked visits that it leaves
    without a doctor: move or cancel them, or let the patients be called."""
    directory = await fresh_directory(staff.tenant_id)
    wanted = absence.made(directory, new.given(), now)
    check_change(staff, "exceptions:create", wanted, directory)
    return await _told(staff, tag, None, wanted, await absence.add(directory, wanted, now))


@router.get("/{id}")
async def get_exception(id: Id, staff: Annotated[Staff, may("exceptions:read")], tag: Tag) -> ExceptionOut:
    """One of them."""
    found = await seen_exception(staff, id)
    tag.set(found.version)
    return ExceptionOut.of(found)


@router.patch("/{id}")
async def edit_exception(
    id: Id, change: ExceptionChange, staff: Annotated[Staff, may("exceptions:update")], tag: Tag, now: Now
) -> ExceptionOut:
    """Change one; `hit` lists the booked visits that the change leaves without a doctor."""
    await _mine(staff, id, "exceptions:update")
    before, after, hit = await absence.change(staff.tenant_id, id, change.given(), tag.version, now)
    return await _told(staff, tag, before, after, hit)


@router.delete("/{id}")
async def delete_exception(
    id: Id,
    staff: Annotated[Staff, may("exceptions:delete")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> ExceptionOut:
    """Remove one. Extra hours in which patients are booked are refused with `strands_patients`."""
    old = await _mine(staff, id, "exceptions:delete")
    accept = accept_stranded and staff.may("exceptions:approve", old.clinic_id)
    gone = await absence.remove(staff.tenant_id, id, tag.version, accept=accept, now=now)
    return await _told(staff, tag, gone, None, [])


def _scope(staff: Staff) -> dict[str, Any]:
    clinics = staff.clinics("exceptions:read")
    return {} if clinics is None else {"clinic_id": {"$in": ["", *sorted(clinics)]}}


async def seen_exception(staff: Staff, id: str) -> ScheduleException:
    """Raises ``NotFound``, also at a clinic that one may not see."""
    found = await ScheduleException.of(staff.tenant_id).get(id)
    if found.clinic_id:
        staff.require("exceptions:read", found.clinic_id)
    return found


async def _mine(staff: Staff, id: str, permission: str) -> ScheduleException:
    """One that somebody may change. Raises ``NotFound``, ``NotAllowed``."""
    found, directory = await seen_exception(staff, id), await staff.directory()
    check_change(staff, permission, found, directory)
    return found


def check_change(staff: Staff, permission: str, wanted: ScheduleException, directory: Directory) -> None:
    """Raises ``NotFound`` where they may not see it, ``NotAllowed`` where they may not change it."""
    places = absence.places(directory, wanted.doctor_id, wanted.clinic_id)
    if wanted.clinic_id and not staff.may("exceptions:read", wanted.clinic_id):
        raise NotFound
    check_places(staff, permission, places)
    check_own(staff, wanted.doctor_id, "exceptions:approve", wanted.clinic_id)


def _shown(visits: list[Booked]) -> list[VisitHit]:
    return [VisitHit.of(visit) for visit in visits]


async def _told(
    staff: Staff, tag: Tag, before: ScheduleException | None, after: ScheduleException | None, hit: list[Booked]
) -> ExceptionOut:
    was, now = (ExceptionOut.of(each).model_dump(mode="json") if each else {} for each in (before, after))
    last: Any = after or before
    staff.touched("exceptions", last.id, was, now)
    whose = {"clinic_id": last.clinic_id, "doctor_id": last.doctor_id}
    await news.tell(staff.tenant_id, "exception.changed", last.id, **whose)
    tag.set(last.version)
    answer = ExceptionOut.of(last)
    answer.hit = _shown(hit)
    return answer
