"""Leaves: a doctor is away, and patients are offered other times; how much of it is resolved."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query

from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routes.exceptions import check_change, seen_exception
from api.routing import desk_router
from api.shapes import Id
from api.shapes.leaves import LeaveOut, NewLeave
from api.staff import Staff, may
from clinic import absence, job, leave, news
from clinic.directory import Directory, fresh_directory
from clinic.exception import ScheduleException
from clinic.leave import Leave, Resolved, resolved
from clinic.paging import page

router = desk_router("", "leaves")
Read = Annotated[Staff, may("exceptions:read")]
Create = Annotated[Staff, may("exceptions:create")]


@router.get("/leaves")
async def list_leaves(
    staff: Read,
    asked: Asked,
    doctor_id: Annotated[str, Query(max_length=64)] = "",
    status: Literal["open", "over", "withdrawn", ""] = "",
) -> Page[LeaveOut]:
    """The leaves that patients are, or were, looked after for, the latest first, each with its visits as they stand."""
    clinics = staff.clinics("exceptions:read")
    query: dict[str, Any] = {} if clinics is None else {"clinic_id": {"$in": ["", *sorted(clinics)]}}
    query |= {name: value for name, value in (("doctor_id", doctor_id), ("status", status)) if value}
    found, following = await page(
        Leave.of(staff.tenant_id), query, sort="begun_at", descending=True, cursor=asked.cursor, limit=asked.limit
    )
    return Page(items=await _shown(staff, found), next=following)


@router.post("/leaves", status_code=201)
async def create_leave(new: NewLeave, staff: Create, house: InHouse, now: Now) -> LeaveOut:
    """Enter a doctor's leave and look after whom it hits: other times are found, kept, and offered by message; who does
    not answer in time is on the callback queue. The same leave entered twice is one."""
    directory = await fresh_directory(staff.tenant_id)
    facts = {**new.given(), "kind": "leave"}
    known = _same(directory, facts)
    wanted = known or absence.made(directory, facts, now)
    check_change(staff, "exceptions:create", wanted, directory)
    if known is None:
        await absence.add(directory, wanted, now)
        staff.touched("exceptions", wanted.id, now={"doctor_id": wanted.doctor_id, "reason": wanted.reason})
    return await _begin(staff, house, wanted, now)


def _same(directory: Directory, facts: dict[str, Any]) -> ScheduleException | None:
    """The very leave, entered before."""
    doctor_id, clinic_id = facts["doctor_id"], facts.get("clinic_id") or ""
    if any(facts[name].tzinfo is None for name in ("start", "end")):
        zone = absence.zone_of(directory, doctor_id, clinic_id)
    else:
        zone = "UTC"
    times = tuple(absence.moment_of(facts[name], zone) for name in ("start", "end"))
    own = (each for each in directory.exceptions if (each.doctor_id, each.clinic_id) == (doctor_id, clinic_id))
    return next((each for each in own if each.kind == "leave" and (each.start, each.end) == times), None)


@router.post("/exceptions/{id}/resolve")
async def resolve_exception(id: Id, staff: Create, house: InHouse, now: Now) -> LeaveOut:
    """Look after the patients whom a leave, block, hospital round or holiday hits that is in the calendar already.
    Asked again it changes nothing."""
    found, directory = await seen_exception(staff, id), await fresh_directory(staff.tenant_id)
    check_change(staff, "exceptions:create", found, directory)
    return await _begin(staff, house, found, now)


@router.get("/leaves/{id}")
async def get_leave(id: Id, staff: Read) -> LeaveOut:
    """One leave: the visits that it hits, what has become of each, and how much is resolved, at this moment."""
    return (await _shown(staff, [await _seen(staff, id)]))[0]


@router.delete("/leaves/{id}")
async def withdraw_leave(
    id: Id, staff: Annotated[Staff, may("exceptions:delete")], house: InHouse, now: Now
) -> LeaveOut:
    """The doctor will be there after all: the leave is removed, what was kept is freed, and patients who were told of
    it are told that their visits stand. Who has moved already has moved."""
    found = await _seen(staff, id)
    exception = await ScheduleException.of(staff.tenant_id).find_one({"_id": id})
    if exception:
        check_change(staff, "exceptions:delete", exception, await staff.directory())
        await absence.remove(staff.tenant_id, id, None, accept=False, now=now)
        staff.touched("leaves", id, was={"status": found.status}, now={"status": "withdrawn"})
        await _wake(staff, house, found)
    return (await _shown(staff, [found]))[0]


async def _begin(staff: Staff, house: InHouse, exception: ScheduleException, now: datetime) -> LeaveOut:
    begun = await leave.begin(await fresh_directory(staff.tenant_id), exception, staff.actor, now)
    staff.touched("leaves", begun.id, now={"status": begun.status})
    await _wake(staff, house, begun)
    return (await _shown(staff, [begun]))[0]


async def _wake(staff: Staff, house: InHouse, begun: Leave) -> None:
    """The workers' tick would find it, too."""
    await news.tell(staff.tenant_id, "leave.changed", begun.id, clinic_id=begun.clinic_id, doctor_id=begun.doctor_id)
    await house.jobs.ask(job.RESOLVE_LEAVES, staff.tenant_id)


async def _seen(staff: Staff, id: str) -> Leave:
    """Raises ``NotFound``, also at a clinic that one may not see."""
    found = await Leave.of(staff.tenant_id).get(id)
    if found.clinic_id:
        staff.require("exceptions:read", found.clinic_id)
    return found


async def _shown(staff: Staff, leaves: list[Leave]) -> list[LeaveOut]:
    """With the visits at those clinics that one may see."""
    ids = [each.id for each in leaves]
    exceptions = {each.id: each for each in await ScheduleException.of(staff.tenant_id).find({"_id": {"$in": ids}})}
    visits: dict[str, list[Resolved]] = defaultdict(list)
    for each in await resolved(staff.tenant_id, ids):
        if staff.may("exceptions:read", each.case.clinic_id):
            visits[each.case.leave_id].append(each)
    return [LeaveOut.shown(each, exceptions.get(each.id), visits[each.id]) for each in leaves]
