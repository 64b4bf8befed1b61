"""Schedules: the doctors' regular hours, with a look ahead before anything changes."""

from typing import Annotated, Any

from fastapi import Query

from api.etag import Tag
from api.house import Now
from api.own_hours import check_own
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.hours import AcceptStranded, VisitHit
from api.shapes.schedules import NewSchedule, NextStart, ScheduleAsked, ScheduleChange, ScheduleOut, SchedulePreview
from api.staff import Staff, may
from clinic import news, scheduling
from clinic.directory import Directory, fresh_directory
from clinic.paging import page
from clinic.schedule import Schedule
from clinic.wall_clock import MINUTE, local_day, moment

router = desk_router("/schedules", "schedules")


@router.get("")
async def list_schedules(
    staff: Annotated[Staff, may("schedules:read")],
    asked: Asked,
    doctor_id: Annotated[str, Query(max_length=64)] = "",
    clinic_id: Annotated[str, Query(max_length=64)] = "",
) -> Page[ScheduleOut]:
    """Regular hours, of one doctor or at one clinic where asked."""
    wanted = {"doctor_id": doctor_id, "clinic_id": clinic_id}
    query = {"$and": [{name: value for name, value in wanted.items() if value}, staff.scope("schedules:read")]}
    found, following = await page(Schedule.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[ScheduleOut.of(each) for each in found], next=following)


@router.post("/preview")
async def preview_schedule(
    wanted: ScheduleAsked, staff: Annotated[Staff, may("schedules:read")], now: Now
) -> SchedulePreview:
    """What hours would offer next, and whose booked visits would no longer fit if they stood in for `replaces`. Nothing
    is stored."""
    staff.require("schedules:read", wanted.clinic_id)
    directory = await fresh_directory(staff.tenant_id)
    old = await _own(staff, wanted.replaces) if wanted.replaces else None
    facts = wanted.model_dump(exclude={"replaces", "service_id", "days", "limit"}, exclude_unset=True)
    new = scheduling.made(directory, facts | ({"id": old.id} if old else {}), now)
    stranded = await scheduling.would_strand(directory, old, new, now)
    shown = [VisitHit.of(visit) for visit in stranded]
    return SchedulePreview(next=_next(directory, new, wanted, now), stranded=shown)


@router.post("", status_code=201)
async def create_schedule(
    new: NewSchedule,
    staff: Annotated[Staff, may("schedules:create")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> ScheduleOut:
    """Give a doctor regular hours at a clinic. They can be booked within 15 seconds everywhere."""
    staff.require("schedules:create", new.clinic_id)
    check_own(staff, new.doctor_id, "schedules:approve", new.clinic_id)
    directory = await fresh_directory(staff.tenant_id)
    accept = accept_stranded and staff.may("schedules:approve", new.clinic_id)
    wanted = scheduling.made(directory, new.given(), now)
    return await _told(staff, tag, None, await scheduling.add(directory, wanted, accept=accept, now=now))


@router.get("/{id}")
async def get_schedule(id: Id, staff: Annotated[Staff, may("schedules:read")], tag: Tag) -> ScheduleOut:
    """One doctor's regular hours at one clinic."""
    schedule = await _own(staff, id)
    tag.set(schedule.version)
    return ScheduleOut.of(schedule)


@router.patch("/{id}")
async def edit_schedule(
    id: Id,
    change: ScheduleChange,
    staff: Annotated[Staff, may("schedules:update")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> ScheduleOut:
    """Change regular hours. Refused with `strands_patients` where booked visits would no longer fit."""
    old = await _own(staff, id)
    for clinic_id, doctor_id in ((old.clinic_id, old.doctor_id), (change.clinic_id, change.doctor_id)):
        staff.require("schedules:update", clinic_id or old.clinic_id)
        check_own(staff, doctor_id or old.doctor_id, "schedules:approve", clinic_id or old.clinic_id)
    accept = accept_stranded and staff.may("schedules:approve", old.clinic_id)
    changes, version = change.given(), tag.version
    before, after = await scheduling.change(staff.tenant_id, id, changes, version, accept=accept, now=now)
    return await _told(staff, tag, before, after)


@router.delete("/{id}")
async def delete_schedule(
    id: Id,
    staff: Annotated[Staff, may("schedules:delete")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> ScheduleOut:
    """Take regular hours away. Refused with `strands_patients` where visits are booked in them."""
    old = await _own(staff, id)
    staff.require("schedules:delete", old.clinic_id)
    accept = accept_stranded and staff.may("schedules:approve", old.clinic_id)
    gone = await scheduling.remove(staff.tenant_id, id, tag.version, accept=accept, now=now)
    return await _told(staff, tag, gone, None)


async def _own(staff: Staff, id: str) -> Schedule:
    """Raises ``NotFound``, also at a clinic that one may not see."""
    found = await Schedule.of(staff.tenant_id).get(id)
    staff.require("schedules:read", found.clinic_id)
    return found


def _next(directory: Directory, schedule: Schedule, asked: ScheduleAsked, now: Now) -> list[NextStart]:
    minutes = (
        directory.service(asked.service_id, schedule.doctor_id).minutes if asked.service_id else schedule.slot_minutes
    )
    first = max(local_day(now, schedule.zone), schedule.valid_from)
    found = scheduling.next_starts(directory, schedule, minutes, first, asked.days)
    ahead = [each for each in found if moment(each.minute) > now][: asked.limit]
    return [
        NextStart(start=moment(each.minute), end=moment(each.minute) + minutes * MINUTE, capacity=each.capacity)
        for each in ahead
    ]


async def _told(staff: Staff, tag: Tag, before: Schedule | None, after: Schedule | None) -> ScheduleOut:
    was, now = (ScheduleOut.of(each).model_dump(mode="json") if each else {} for each in (before, after))
    last: Any = after or before
    staff.touched("schedules", last.id, was, now)
    whose = {"clinic_id": last.clinic_id, "doctor_id": last.doctor_id}
    await news.tell(staff.tenant_id, "schedule.changed", last.id, **whose)
    tag.set(last.version)
    return ScheduleOut.of(last)
