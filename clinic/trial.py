"""Trying a template out: it is sent, with sample facts, to a telephone of the staff's and to no other.

A practice keeps a short list of such telephones, so that nobody writes to a patient, or to a stranger, by mistake.
"""

from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic.errors import ClinicError
from clinic.record import TenantRecord
from clinic.template import APPROVED, Template

MOST_PHONES = 10
MOST_TRIALS = 20  # within a day: they cost money, and a test is no way to write to somebody
PHONE = r"\+[1-9][0-9]{6,14}"


class TooManyTrialPhones(ClinicError):
    """There are ten telephones for tests already: remove one first."""

    code = "too_many_trial_phones"


class TrialPhoneKnown(ClinicError):
    """This telephone is on the list already: choose it there."""

    code = "trial_phone_known"


class TooManyTrials(ClinicError):
    """Twenty test messages went out within a day: try again tomorrow."""

    code = "too_many_trials"


class NotApproved(ClinicError):
    """WhatsApp sends approved templates only: submit this one first, and preview it until then."""

    code = "not_approved"


class TrialPhone(TenantRecord):
    """A telephone of the staff's, in international form."""

    number: str
    label: str = ""
    added_by: str = ""
    at: datetime

    class Settings:
        name = "trial_phones"
        indexes = [IndexModel([("tenant_id", 1), ("number", 1)], name="one_per_number", unique=True)]


class Trial(TenantRecord):
    """One try: ``error`` says why it did not leave."""

    template_id: str
    phone_id: str
    asked_by: str = ""
    status: Literal["queued", "accepted", "failed"] = "queued"
    error: str = ""
    wamid: str = ""
    at: datetime
    ended_at: datetime | None = None

    class Settings:
        name = "trials"
        indexes = [IndexModel([("tenant_id", 1), ("at", 1)])]


async def add_phone(phone: TrialPhone) -> None:
    """Put it on the list. Raises ``TooManyTrialPhones``, ``TrialPhoneKnown``."""
    door = TrialPhone.of(phone.tenant_id)
    if await door.count() >= MOST_PHONES:
        raise TooManyTrialPhones
    if not await door.insert_new(phone):
        raise TrialPhoneKnown


async def ask(tenant_id: str, template_id: str, phone_id: str, by: str, now: datetime, since: datetime) -> Trial:
    """Write down that a try is wanted. Raises ``NotFound`` for a telephone that is not on the list, ``NotApproved``,
    ``TooManyTrials``."""
    template = await Template.of(tenant_id).get(template_id)
    phone = await TrialPhone.of(tenant_id).get(phone_id)
    if template.status != APPROVED:
        raise NotApproved
    if await Trial.of(tenant_id).count({"at": {"$gt": since}}) >= MOST_TRIALS:
        raise TooManyTrials
    test = Trial(tenant_id=tenant_id, template_id=template.id, phone_id=phone.id, asked_by=by, at=now)
    await Trial.of(tenant_id).insert(test)
    return test


async def ended(test: Trial, now: datetime, *, wamid: str = "", error: str = "") -> None:
    """Write down how it went."""
    told = {"status": "failed" if error else "accepted", "wamid": wamid, "error": error, "ended_at": now}
    await Trial.of(test.tenant_id).change({"_id": test.id, "status": "queued"}, {"$set": told})
