"""Which patients a member of staff finds: all, or, where their clinics say so, a doctor's own."""

from collections.abc import Iterable

from api.sight import sees_own_patients_only
from api.staff import Staff
from clinic import registry
from clinic.errors import NotFound
from clinic.patient import Patient


async def seen_of(staff: Staff, ids: Iterable[str], permission: str = "patients:read") -> set[str]:
    """Those of them who may be shown."""
    asked = list(ids)
    if not sees_own_patients_only(staff, await staff.directory(), permission):
        return set(asked)
    return await registry.seen_by(staff.tenant_id, staff.doctor_id, asked)


async def patient_of(staff: Staff, id: str, permission: str = "patients:read") -> Patient:
    """Raises ``NotFound``, also for one who is not theirs to see."""
    if id not in await seen_of(staff, [id], permission):
        raise NotFound
    return await Patient.of(staff.tenant_id).get(id)
