"""What patients say to the times that are kept for them, by a button that may be old."""

from datetime import datetime

from clinic import alternative
from clinic.appointment import Appointment
from clinic.booking import Asker, has_done
from clinic.directory import directory_of
from clinic.errors import AlternativeGone, DoctorBack, NotChangeable
from clinic.leave_round import follow
from clinic.leave_told import to_call
from clinic.leave_visit import LeaveVisit, open_case
from clinic.waitlist_match import still_offered

ASKED, UNREACHABLE = "leave_asked", "undeliverable"


async def take(
    visit: Appointment, start_version: int, number: int, asker: Asker, now: datetime
) -> tuple[Appointment, list[str]]:
    """Move the visit, as it was told at that version of its start, to the time that is kept for it under that number;
    the visit as it is now, and the ids of the promises to be kept at once.

    Raises ``AlternativeGone``, ``DoctorBack``, ``NotChangeable``.
    """
    case = await open_case(visit.tenant_id, visit.id)
    kept = await _kept(visit, case, number)
    if kept and has_done(kept, asker):
        return await _completed(case, kept, asker, now)
    if visit.status != "booked" or visit.start_version != start_version or visit.start <= now:
        raise NotChangeable
    if case is None:
        raise DoctorBack
    directory = await directory_of(visit.tenant_id)
    if kept is None or kept.status != "waitlist" or not still_offered(directory, kept, now):
        raise AlternativeGone
    if not await alternative.choose(kept, visit, asker, now):
        raise AlternativeGone
    return await _completed(case, await Appointment.of(kept.tenant_id).get(kept.id), asker, now)


async def _kept(visit: Appointment, case: LeaveVisit | None, number: int) -> Appointment | None:
    """What is, or was, kept under the number; of a visit that was replaced already, by what replaced it."""
    kept_id = alternative.alternative_id(case.id, number) if case else visit.replaced_by
    return await Appointment.of(visit.tenant_id).find_one({"_id": kept_id}) if kept_id else None


async def _completed(
    case: LeaveVisit | None, chosen: Appointment, asker: Asker, now: datetime
) -> tuple[Appointment, list[str]]:
    if not await alternative.complete(chosen, asker, now):
        raise NotChangeable
    chosen = await Appointment.of(chosen.tenant_id).get(chosen.id)  # with the reference of the other
    return chosen, await follow(case, chosen, now) if case else []


async def call_me(visit: Appointment, now: datetime, reason: str = ASKED) -> bool:
    """None of the times suits, or nobody could be told of them: somebody calls. False where no leave concerns the visit
    any more."""
    case = await open_case(visit.tenant_id, visit.id)
    if case is None or visit.status != "booked" or visit.start_version != case.start_version:
        return False
    await to_call(await directory_of(visit.tenant_id), case, visit, reason, now)
    return True
