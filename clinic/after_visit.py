"""After the visit: one question of how it was, or, to who did not come, one kind message.

Promised as soon as the visit is marked; a tick completes what a crash left out. It leaves when the patient is on the
way home, and not at night; by then the visit is looked at once more, so what staff take back in time is not told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from clinic.appointment import Appointment
from clinic.directory import Directory, directory_of
from clinic.notification import Notification
from clinic.reminder import LONGEST_CLOSED, Rules, open_from
from clinic.visit_promises import afterwards, rules_of
from clinic.wall_clock import MINUTE, days_from, local_day

TOLD: Mapping[str, str] = {"fulfilled": "satisfaction", "noshow": "no_show"}  # by the visit's status
MARKED: Mapping[str, str] = {"fulfilled": "fulfilled", "noshow": "no_show"}  # as the history has it
AFTER = frozenset(TOLD.values())
PAUSE = 30 * MINUTE
LOOKED_BACK = timedelta(days=2)  # nobody remembers longer how it was

log = structlog.get_logger()


async def follow(visit: Appointment, now: datetime) -> None:
    """Promise what a visit that was just marked causes. Never raises: the mark is set, the tick completes the rest."""
    if visit.status not in TOLD:
        return
    try:
        await _promise(await directory_of(visit.tenant_id), visit, now)
    except Exception as error:
        log.error("word after the visit left to the next tick", exc_info=error)


async def complete(tenant_id: str, now: datetime) -> list[str]:
    """What is missing of the last days; the ids of what is due now. Repeated it promises nothing twice."""
    directory, due = await directory_of(tenant_id), list[str]()
    for doctor_id in directory.doctors:
        lately = {"$gt": now - LOOKED_BACK, "$lte": now}
        found = await Appointment.of(tenant_id).find({"doctor_id": doctor_id, "start": lately})
        seen = [each for each in found if each.chat_id and each.status in TOLD]
        known = await _known(tenant_id, [each.id for each in seen])
        for visit in seen:
            if (visit.id, TOLD[visit.status]) not in known and visit.clinic_id in directory.clinics:
                due += await _promise(directory, visit, now)
    return due


async def _known(tenant_id: str, ids: list[str]) -> set[tuple[str, str]]:
    query = {"appointment_id": {"$in": ids}}
    rows = await Notification.of(tenant_id).rows(query, ("appointment_id", "kind")) if ids else []
    return {(row["appointment_id"], row["kind"]) for row in rows if row["kind"] in AFTER}


async def _promise(directory: Directory, visit: Appointment, now: datetime) -> list[str]:
    what = MARKED[visit.status]
    marked = max((entry.at for entry in visit.history if entry.what == what), default=now)
    due_at = open_from(max(marked + PAUSE, now), visit.start, _rules(directory, visit))
    return await afterwards(visit, TOLD[visit.status], due_at, now)


def _rules(directory: Directory, visit: Appointment) -> Rules:
    """The clinic's, with the holidays that follow the visit."""
    rules = rules_of(directory, visit)
    days = days_from(local_day(visit.start, rules.zone), LONGEST_CLOSED)
    return replace(rules, holidays=(*rules.holidays, *directory.clinic(visit.clinic_id).closed(days)))


def unwanted(promise: Notification, visit: Appointment) -> Mapping[str, bool]:
    """Why it is not to be told any more: the mark was taken back."""
    return {"taken_back": TOLD.get(visit.status) != promise.purpose}
