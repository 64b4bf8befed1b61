"""The rounds of a leave: whoever it hits is found, other times are kept for them and offered, and who has not chosen
one in time is called.

``advance`` may be called at any time, by anybody, any number of times: it looks at what is stored and takes the next
steps. What a crash left between two writes is completed by the next call.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from clinic import alternative, leave_told, visit_promises
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import Directory, directory_of, fresh_directory
from clinic.leave import Leave, Resolved, enter, hit_by, resolved
from clinic.leave_terms import answer_by
from clinic.leave_times import Wanted, keep_all, search
from clinic.leave_told import reachable, to_call
from clinic.leave_visit import OPEN, LeaveVisit, Standing, turn
from clinic.waitlist_match import told_at

SILENT, NO_TIMES, NO_CHAT, TOO_LATE = "leave_silent", "leave_no_times", "leave_no_chat", "leave_too_late"

log = structlog.get_logger()


async def advance(tenant_id: str, now: datetime) -> list[str]:
    """One step of every leave of a practice; the ids of the promises to be kept at once."""
    await alternative.free(await alternative.run_out(tenant_id, now), now)
    leaves = await Leave.of(tenant_id).find({"status": "open"})
    if not leaves:
        return []
    directory, due = await fresh_directory(tenant_id), list[str]()
    for leave in leaves:
        try:
            due += await _look_after(directory, leave, now)
        except Exception as error:  # one leave's trouble must not keep the others waiting
            log.error("leave left to the next round", leave=leave.id, exc_info=error)
    return due


async def _look_after(directory: Directory, leave: Leave, now: datetime) -> list[str]:
    exception = next((each for each in directory.exceptions if each.id == leave.id), None)
    hit = await hit_by(directory, exception, now) if exception else []
    await enter(leave, hit, now)
    due = await _settle(directory, leave, {each.id for each in hit}, now)
    if exception is None or exception.end <= now:
        status = "over" if exception else "withdrawn"
        await _close(leave, now)
        await Leave.of(leave.tenant_id).change({"_id": leave.id, "status": "open"}, {"$set": {"status": status}})
        return due
    found = await _open(leave)
    due += await _offer(directory, [each for each in found if each.status == "found"], now)
    for each in found:
        if each.status == "offered" and each.case.answer_by and each.case.answer_by <= now:
            await _call(directory, each, SILENT, now)
    return due


async def _open(leave: Leave) -> list[Resolved]:
    found = await resolved(leave.tenant_id, [leave.id])
    return [each for each in found if each.case.open and each.visit]


async def _settle(directory: Directory, leave: Leave, hit: set[str], now: datetime) -> list[str]:
    """Write down what has come of them, by whatever way, and complete what was only half done."""
    found, due = await resolved(leave.tenant_id, [leave.id]), list[str]()
    for each in found:
        if each.case.open:
            back = each.visit and each.visit.id not in hit and _is_back(directory, each.visit, now)
            due += await settle(each.case, "kept" if back and each.status in OPEN else each.status, now)
    return due


def _is_back(directory: Directory, visit: Appointment, now: datetime) -> bool:
    """Whether nothing keeps the doctor away then any more, neither this leave nor another one."""
    away = (each for each in directory.exceptions if each.kind != "extra_hours")
    concerned = (each for each in away if each.concerns(visit.doctor_id, visit.clinic_id))
    return visit.start > now and not any(each.time.overlaps(visit.time) for each in concerned)


async def settle(case: LeaveVisit, status: Standing, now: datetime) -> list[str]:
    """Complete a choice that a crash left half done, and, where nothing is left to do, free what is kept; the ids of
    the promises to be kept at once."""
    kept = await alternative.kept_for(case.tenant_id, [case.appointment_id])
    if status not in OPEN:
        await alternative.free(kept, now)
        kept = await alternative.kept_for(case.tenant_id, [case.appointment_id])  # and what was chosen just before
    for chosen in (each for each in kept if each.status != "waitlist"):
        if await alternative.complete(chosen, Asker(f"leave.{case.id}", "system", chosen.via), now):
            return await follow(case, chosen, now)
    if status in OPEN:
        return []
    due = await _tell_back(case, now) if status == "kept" else []
    await leave_told.take_back(case, status, now)
    await turn(case, status, now)
    return due


async def follow(case: LeaveVisit, chosen: Appointment, now: datetime) -> list[str]:
    """What follows from a choice: the other times are free for all, the old visit's promises are taken back, and the
    new one's made."""
    directory = await directory_of(case.tenant_id)
    await alternative.free(await alternative.kept_for(case.tenant_id, [case.appointment_id]), now)
    old = await Appointment.of(case.tenant_id).get(case.appointment_id)
    await visit_promises.cancelled(old, now)
    due = await visit_promises.booked(directory, chosen, now)
    await turn(case, "moved", now)
    return due


async def _tell_back(case: LeaveVisit, now: datetime) -> list[str]:
    """Who was told that the doctor will be away must know that the visit stands."""
    visit = await Appointment.of(case.tenant_id).find_one({"_id": case.appointment_id})
    told = await leave_told.take_back(case, "withdrawn", now)
    if not told or visit is None or visit.status != "booked" or visit.start <= now:
        return []
    return await leave_told.promise(leave_told.BACK, case, visit, now, now)


async def _close(leave: Leave, now: datetime) -> None:
    """Nothing more can be done about visits whose time is over."""
    for each in await resolved(leave.tenant_id, [leave.id]):
        if each.case.open:
            await alternative.free(await alternative.kept_for(leave.tenant_id, [each.case.appointment_id]), now)
            query = {"_id": each.case.id, "open_for": each.case.appointment_id}
            await LeaveVisit.of(leave.tenant_id).change(query, {"$unset": {"open_for": 1}})


async def _offer(directory: Directory, found: Sequence[Resolved], now: datetime) -> list[str]:
    """Keep times for those who can be asked, and promise to tell them; the others are called."""
    searches = [wanted for each in found if (wanted := await _search(directory, each, now))]
    await keep_all(directory, searches, now)
    due: list[str] = []
    for wanted in searches:
        due += await _announce(directory, wanted, now)
    return due


async def _search(directory: Directory, found: Resolved, now: datetime) -> Wanted | None:
    visit = found.visit
    if visit is None or visit.clinic_id not in directory.clinics:
        return None
    clinic = directory.clinic(visit.clinic_id)
    until = answer_by(clinic, visit.start, told_at(clinic, now))
    reasons: Mapping[str, bool] = {NO_CHAT: not await reachable(visit), TOO_LATE: until is None}
    for reason in (each for each, holds in reasons.items() if holds):
        await _call(directory, found, reason, now)
        return None
    return await search(directory, found.case, visit, until, now) if until else None


async def _announce(directory: Directory, wanted: Wanted, now: datetime) -> list[str]:
    case, visit = wanted.case, wanted.visit
    if not wanted.kept:
        await to_call(directory, case, visit, NO_TIMES, now)
        return []
    due_at = told_at(directory.clinic(visit.clinic_id), now)
    due = await leave_told.promise(leave_told.OFFER, case, visit, due_at, now)
    await turn(case, "offered", now, offered_at=now, answer_by=wanted.until)
    return due


async def _call(directory: Directory, found: Resolved, reason: str, now: datetime) -> None:
    if found.visit:
        await to_call(directory, found.case, found.visit, reason, now)
