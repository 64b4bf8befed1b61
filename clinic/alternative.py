"""Another time, kept for a patient whose doctor will be away: an appointment with the status ``waitlist`` that carries
the time's cells and names the visit that it is to replace.

So what is kept cannot be booked by anybody else, by whatever way. Choosing it is one write: it becomes the visit. Only
then is the old one given up, which whoever comes next completes; nobody is ever left without both.
"""

from collections.abc import Iterable
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from clinic import diary
from clinic.appointment import Appointment, new_reference
from clinic.booking import Asker, Place, room_for, tell
from clinic.directory import Directory
from clinic.errors import ClinicError
from clinic.habits import Time
from clinic.record import ANY_MOMENT
from clinic.seats import take

SYSTEM = "system"
MOST = 3


def alternative_id(case_id: str, number: int) -> str:
    """The same wherever it is made, so that two workers keep no more than one."""
    return f"{case_id}{number}"


def number_of(kept: Appointment) -> int:
    """Which of the patient's choices it is, from 1."""
    return int(kept.id[-1])


async def keep(
    directory: Directory, visit: Appointment, id: str, time: Time, until: datetime, now: datetime
) -> Appointment | None:
    """Keep that time in place of the visit; what is kept under the id, if another worker was faster. None where the
    time is gone."""
    place = Place(time.clinic_id, visit.service_id, time.slot.doctor_id, time.slot.start)
    asker = Asker(id, SYSTEM, visit.via)
    wanted = Appointment(
        id=id, tenant_id=visit.tenant_id, request_id=id, via=visit.via, status="waitlist", clinic_id=time.clinic_id,
        doctor_id=time.slot.doctor_id, service_id=visit.service_id, patient_id=visit.patient_id,
        patient_name=visit.patient_name, chat_id=visit.chat_id, language=visit.language, start=time.slot.start,
        end=time.slot.end, replaces=visit.id, kept_until=until, history=[asker.change("held", now)],
    )  # fmt: skip

    async def write(cells: list[str]) -> Appointment:
        made: Appointment = wanted.model_copy(update={"cells": cells, "reference": new_reference()})
        await Appointment.of(made.tenant_id).insert(made)
        diary.enter(made.tenant_id, made.doctor_id, cells, now)
        return made

    try:
        return await take(room_for(directory, place, asker, now), write, now)
    except DuplicateKeyError:
        return await Appointment.of(visit.tenant_id).find_one({"_id": id})
    except ClinicError:  # somebody was faster, or the doctor does not offer it any more
        return None


async def kept_for(tenant_id: str, visit_ids: Iterable[str]) -> list[Appointment]:
    """What is kept in place of these visits, or was chosen, in the order of the choices."""
    return await Appointment.of(tenant_id).find({"replaces": {"$in": sorted(visit_ids)}}, sort=[("_id", 1)])


async def run_out(tenant_id: str, now: datetime) -> list[Appointment]:
    """What is kept although its time is over, by whomever it was left."""
    return await Appointment.of(tenant_id).find({"kept_until": {**ANY_MOMENT, "$lte": now}})


async def choose(kept: Appointment, visit: Appointment, asker: Asker, now: datetime) -> bool:
    """Turn it into the visit; whether it was still kept. ``complete`` gives up the old one."""
    update = {
        "$set": {"status": "booked", "start_version": visit.start_version + 1},
        "$unset": {"kept_until": 1},
        "$inc": {"version": 1},
        "$push": {"history": asker.change("moved", now, was=visit.start).model_dump(exclude_none=True)},
    }
    seen = {"_id": kept.id, "status": "waitlist", "version": kept.version}
    return await Appointment.of(kept.tenant_id).change(seen, update)


async def complete(chosen: Appointment, asker: Asker, now: datetime) -> bool:
    """Give up the visit in whose place another time was chosen, which takes over its reference: the patient may have
    told it to others. False where the visit was moved or cancelled meanwhile, or another time was chosen a moment ago:
    then this one is freed."""
    visits = Appointment.of(chosen.tenant_id)
    old = await visits.find_one({"_id": chosen.replaces})
    if old is None:
        return False
    seen = {
        "_id": old.id, "status": "booked", "start_version": chosen.start_version - 1, "replaced_by": {"$exists": False},
    }  # fmt: skip
    update = {
        "$set": {
            "status": "cancelled", "replaced_by": chosen.id, "reference": new_reference(),
            "reference_given": old.reference,
        },
        "$unset": {"cells": 1},
        "$inc": {"version": 1},
        "$push": {"history": asker.change("moved", now, was=old.start).model_dump(exclude_none=True)},
    }  # fmt: skip
    changed = await visits.change(seen, update)
    diary.forget(old.tenant_id, old.doctor_id, now)
    given = await visits.get(old.id)
    if given.replaced_by == chosen.id:
        if given.reference_given and chosen.reference != given.reference_given:
            await visits.change({"_id": chosen.id}, {"$set": {"reference": given.reference_given}})
        if changed:
            await tell(chosen, "moved")
        return True
    await visits.delete({"_id": chosen.id, "status": "booked", "version": chosen.version})
    diary.forget(chosen.tenant_id, chosen.doctor_id, now)
    return False


async def free(kept: Iterable[Appointment], now: datetime) -> int:
    """Free for all what is kept and was not chosen; how many that were."""
    count = 0
    for each in kept:
        count += await Appointment.of(each.tenant_id).delete({"_id": each.id, "status": "waitlist"})
        diary.forget(each.tenant_id, each.doctor_id, now)
    return count
