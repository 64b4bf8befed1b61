"""Two patients who may be one person, found when somebody new came by chat: for staff to look at. Nobody is merged by
it."""

from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic import news, registry
from clinic.patient import Patient
from clinic.record import TenantRecord

Standing = Literal["open", "different", "merged"]


class PossibleDuplicate(TenantRecord):
    """``patient_id`` came later. ``different``: somebody has looked, and they are two."""

    patient_id: str
    other_id: str
    reasons: list[str]
    score: float
    status: Standing = "open"
    at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None

    class Settings:
        name = "possible_duplicates"
        indexes = [
            IndexModel([("tenant_id", 1), ("patient_id", 1), ("other_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("other_id", 1)]),
            IndexModel([("tenant_id", 1), ("status", 1), ("at", 1)]),
        ]


async def flag(patient: Patient, now: datetime) -> list[str]:
    """Write down who may be the same as one who has just come; whom. Done twice it counts once. A family shares its
    number: only who also has nearly the name may be the same."""
    alike = await registry.duplicates(
        patient.tenant_id, patient.name, patient.phones, patient.birth_date, but=patient.id
    )
    found = [each for each in alike if "similar_name" in each.reasons]
    for each in found:
        pair = PossibleDuplicate(
            tenant_id=patient.tenant_id, patient_id=patient.id, other_id=each.row["_id"], reasons=list(each.reasons),
            score=each.score, at=now,
        )  # fmt: skip
        if await PossibleDuplicate.of(patient.tenant_id).insert_new(pair):
            await news.tell(patient.tenant_id, "patient.possible_duplicate", patient.id)
    return [each.row["_id"] for each in found]


async def merged(tenant_id: str, id: str, into_id: str, by: str, now: datetime) -> None:
    """Two of them are one now, whoever came later."""
    door, told = PossibleDuplicate.of(tenant_id), {"status": "merged", "decided_by": by, "decided_at": now}
    for one, other in ((id, into_id), (into_id, id)):
        await door.change({"patient_id": one, "other_id": other}, {"$set": told})


async def decide(tenant_id: str, id: str, status: Standing, by: str, now: datetime) -> PossibleDuplicate:
    """Somebody has looked. Raises ``NotFound``."""
    told = {"status": status, "decided_by": by, "decided_at": now}
    await PossibleDuplicate.of(tenant_id).change({"_id": id}, {"$set": told})
    return await PossibleDuplicate.of(tenant_id).get(id)
