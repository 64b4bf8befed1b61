"""A template that somebody of the staff sends in a conversation: one more promise in the ledger, about a visit."""

import hashlib
from datetime import datetime

from clinic import notification
from clinic.appointment import Appointment
from clinic.channel import account_of
from clinic.chat import Chat
from clinic.consent import refusal
from clinic.conversation import Conversation
from clinic.errors import ClinicError
from clinic.notification import Notification
from clinic.purpose import PURPOSES, codes_of
from clinic.template import APPROVED, Template, approved
from clinic.tenant import Tenant

# A code goes only to who asks for one in the chat, an answer only when there is something to answer.
SENT_BY_STAFF = frozenset(name for name, meant in PURPOSES.items() if not meant.answers)


class NoTemplate(ClinicError):
    """There is no approved template for this: choose another purpose, or have one approved."""

    code = "template_not_approved"


class NoVisit(ClinicError):
    """The patient has no visit that the template could tell about: name one."""

    code = "no_visit"


class PatientStopped(ClinicError):
    """The patient wants no such messages: they said STOP, or no. Call them, or answer in the chat when they write."""

    code = "patient_stopped"


async def purpose_of(tenant_id: str, template_id: str) -> str:
    """What a template is for. Raises ``NotFound``, ``NoTemplate``."""
    template = await Template.of(tenant_id).get(template_id)
    if template.status != APPROVED or template.purpose not in SENT_BY_STAFF:
        raise NoTemplate
    return template.purpose


async def visit_of(chat: Conversation, appointment_id: str, now: datetime) -> Appointment:
    """The visit that is named, of this chat; without a name the next one, else the last. Raises ``NoVisit``."""
    door = Appointment.of(chat.tenant_id)
    mine = {"chat_id": chat.id}
    if appointment_id:
        found = await door.find({**mine, "_id": appointment_id}, limit=1)
    else:
        ahead = await door.find({**mine, "start": {"$gte": now}}, [("start", 1)])
        found = [each for each in ahead if each.status == "booked"] or await door.find(mine, [("start", -1)], 1)
    if not found:
        raise NoVisit
    return found[0]


async def promise(
    chat: Conversation, purpose: str, appointment_id: str, request_id: str, now: datetime
) -> Notification:
    """Put it into the ledger, due now; the same request is the same promise. Raises ``NoTemplate``, ``NoVisit``,
    ``PatientStopped``."""
    visit = await visit_of(chat, appointment_id, now)
    await _check(chat, purpose)
    step = hashlib.sha256(f"{chat.id} {request_id}".encode()).hexdigest()[:16]
    stored = await notification.promise(
        Notification(
            tenant_id=chat.tenant_id,
            appointment_id=visit.id,
            clinic_id=visit.clinic_id,
            kind=f"{purpose}:staff-{step}",
            chat_id=chat.id,
            start_version=visit.start_version,
            language=chat.language or visit.language,
            due_at=now,
            wake_at=now,
        )
    )
    return await Notification.of(chat.tenant_id).get(stored)


async def _check(chat: Conversation, purpose: str) -> None:
    languages = [chat.language, *(await Tenant.load(chat.tenant_id)).languages]
    codes = [code for language in languages if language for code in codes_of(language)]
    known = await Chat.of(chat.tenant_id).find_one({"_id": chat.id})
    account = await account_of(chat.tenant_id, known.channel_id if known else "")
    template = await approved(chat.tenant_id, purpose, codes, account) if purpose in SENT_BY_STAFF else None
    if template is None:
        raise NoTemplate
    if known and known.consent and refusal(known, purpose, template.at(account).billed_as or template.category):
        raise PatientStopped
