"""Which visits a member of staff finds: those of their clinics, and where a clinic says so, a doctor's own only."""

from dataclasses import replace
from typing import Any

from api.staff import NotAllowed, Staff
from clinic.booking import Asker
from clinic.directory import Directory
from clinic.errors import NotFound
from clinic.permission import ROLES

SEE_ALL = ("owner", "manager", "receptionist")  # who holds one of these there is not only a doctor


def within(staff: Staff, directory: Directory, permission: str) -> dict[str, Any]:
    """The part of a query that leaves out the others; empty where nothing is left out."""
    own = [clinic.id for clinic in directory.clinics.values() if _own_only(staff, directory, clinic.id)]
    if not own:
        return staff.scope(permission)
    seen = [clinic for clinic in directory.clinics if staff.may(permission, clinic)]
    whole = [clinic for clinic in seen if clinic not in own]
    part = {"clinic_id": {"$in": [clinic for clinic in seen if clinic in own]}, "doctor_id": staff.doctor_id}
    return {"$or": [{"clinic_id": {"$in": whole}}, part]}


def check_seen(staff: Staff, directory: Directory, permission: str, clinic_id: str, doctor_id: str) -> None:
    """Raises ``NotFound`` for what is not theirs to see."""
    staff.require(permission, clinic_id)
    if _own_only(staff, directory, clinic_id) and doctor_id != staff.doctor_id:
        raise NotFound


def sees_own_patients_only(staff: Staff, directory: Directory, permission: str) -> bool:
    """Whether every clinic at which it holds shows this doctor their own patients only: patients are of no clinic."""
    places = [clinic_id for clinic_id in directory.clinics if staff.may(permission, clinic_id)]
    return bool(places) and all(_own_only(staff, directory, clinic_id) for clinic_id in places)


def _own_only(staff: Staff, directory: Directory, clinic_id: str) -> bool:
    clinic = directory.clinics.get(clinic_id)
    if clinic is None or not clinic.doctors_see_own_only or not staff.doctor_id:
        return False
    held = staff.grants.everywhere | staff.grants.by_clinic.get(clinic_id, frozenset())
    return not any(ROLES[role] <= held for role in SEE_ALL)


def asker(staff: Staff, clinic_id: str, *, overbook: bool) -> Asker:
    """As the domain knows them; a seat beyond the capacity only for those who may approve it. Raises ``NotAllowed``."""
    if overbook and not staff.may("appointments:approve", clinic_id):
        raise NotAllowed
    return replace(staff.asker, overbook=overbook)
