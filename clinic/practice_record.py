"""What a practice is made of: processes keep it in memory (``clinic.directory``) and must learn when it changes."""

from typing import ClassVar

from clinic.edited import Edited
from clinic.tenant import Tenant


class PracticeRecord(Edited):
    """A place, a service, a doctor, hours. Each change is counted on the tenant, so that who has read all of it can
    tell by one small document whether to read it again."""

    counts_changes: ClassVar[bool] = True

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """Count a change."""
        await Tenant.itself().change({"_id": tenant_id}, {"$inc": {"edits": 1}})
