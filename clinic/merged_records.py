"""What goes along when two records of a patient become one: the visits, and all that names the patient beside them.

Cards of the callback queue and conversations are the chat's, which the patient record brings along.
"""

from collections.abc import Mapping
from typing import Any

from clinic.appointment import Appointment
from clinic.feedback import Feedback
from clinic.queue_entry import QueueEntry
from clinic.record import TenantRecord
from clinic.slot_offer import SlotOffer
from clinic.waitlist import Wait

Ids = Mapping[str, list[str]]
NAMED: dict[str, type[TenantRecord]] = {"appointments": Appointment, "queue": QueueEntry, "waits": Wait}
UNNAMED: dict[str, type[TenantRecord]] = {"offers": SlotOffer, "feedback": Feedback}
ALL = NAMED | UNNAMED


async def found(tenant_id: str, patient_id: str) -> dict[str, list[str]]:
    """The ids of all that names the patient, by kind."""
    own = {"patient_id": patient_id}
    ids = {kind: await _ids(record, tenant_id, own) for kind, record in ALL.items() if record is not Feedback}
    return ids | {"feedback": await _ids(Feedback, tenant_id, {"appointment_id": {"$in": ids["appointments"]}})}


async def _ids(record: type[TenantRecord], tenant_id: str, query: Mapping[str, Any]) -> list[str]:
    return [str(row["_id"]) for row in await record.of(tenant_id).rows(query, fields=("_id",))]


async def give(tenant_id: str, ids: Ids, patient_id: str, name: str, *, of: str) -> None:
    """Let these be the patient's, as far as they are still those ``of`` the other. What may be a patient's only once,
    as a time that was offered to both, stays where it is."""
    for kind, record in ALL.items():
        theirs = {"patient_id": patient_id} | ({"patient_name": name} if kind in NAMED else {})
        queries = ({"_id": each, "patient_id": of} for each in ids.get(kind, ()))
        changes = [(query, {"$set": theirs}) for query in queries]
        if changes:
            await record.of(tenant_id).change_each(changes)
