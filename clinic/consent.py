"""What patients said to being written to: kept as it was said, and read right before anything is sent."""

from datetime import datetime
from typing import Any

from clinic import chat, news
from clinic.chat import Chat, Consent
from clinic.purpose import PURPOSES
from clinic.tenant import Tenant
from clinic.views import Sender

STOPPED, NO_CONSENT, NO_MARKETING = "stopped", "no_consent", "no_marketing"


def refusal(known: Chat, purpose: str, category: str = "") -> str:
    """Why a template of that purpose must not be sent to the chat, empty where it may. ``category`` is the provider's:
    advertising needs more than a leave to be written to. A STOP leaves what was asked for; who merely said no to our
    question is put on no list before they say yes, so what they asked for is a code, or an answer."""
    meant = PURPOSES.get(purpose)
    if meant and meant.asked_for and (known.stopped or meant.answers):
        return ""
    if known.stopped:
        return STOPPED
    if not known.consented_to:
        return NO_CONSENT
    refused = known.marketing is not None and not known.marketing.given
    return NO_MARKETING if refused and category == "MARKETING" else ""


async def record(known: Chat, said: Consent) -> Chat:
    """Write down what was said: it counts from now on, and stays in the history. The same said again changes nothing.
    The chat must be stored."""
    field = "consent" if said.about == "all" else "marketing"
    if _same(getattr(known, field), said):
        return known
    entry = said.model_dump()
    update: dict[str, Any] = {"$set": {field: entry}, "$push": {"consents": entry}}
    await Chat.of(known.tenant_id).change({"_id": known.id, "consents": {"$ne": entry}}, update)
    await news.tell(known.tenant_id, "consent.changed", known.id)
    told: Chat = known.model_copy(update={field: said, "consents": [*known.consents, said]})
    return told


async def begin(fresh: Chat, said: Consent) -> Chat | None:
    """A chat that begins with what was said, in one write; nothing was ever promised to it. None: it is stored already,
    by somebody who was faster."""
    field = "consent" if said.about == "all" else "marketing"
    begun: Chat = fresh.model_copy(update={field: said, "consents": [said]})
    if not await Chat.of(fresh.tenant_id).insert_new(begun):
        return None
    await news.tell(fresh.tenant_id, "consent.changed", fresh.id)
    return begun


def _same(before: Consent | None, said: Consent) -> bool:
    """A new wording, or a word of the patient's own after a mere no, is something new."""
    return before is not None and (before.version, before.given, before.stop) == (said.version, said.given, said.stop)


async def of_whatsapp(tenant_id: str, sender: Sender, given: bool, now: datetime) -> tuple[Chat, Consent] | None:
    """The chat, and what WhatsApp tells of the wish of the person behind it: theirs is the button "stop promotions". By
    the practice's policy it ends all that was not asked for, or advertising alone. None where it changes nothing: who
    takes it back does not thereby take back a STOP that they wrote to us."""
    tenant = await Tenant.load(tenant_id)
    about = tenant.whatsapp_stop_ends
    known = await chat.find(tenant_id, sender) or await _met(tenant_id, sender)
    if given and about == "all" and not (known.consent and known.consent.source == "whatsapp" and known.stopped):
        return None
    said = Consent(version=tenant.consent_version, given=given, at=now, source="whatsapp", stop=not given, about=about)
    return known, said


def sender_of(known: Chat) -> Sender:
    """Whom WhatsApp knows the chat by."""
    return Sender(known.user_id, known.wa_id, known.profile_name, known.channel_id)


async def _met(tenant_id: str, sender: Sender) -> Chat:
    """Somebody of whom there is only this to remember."""
    fresh = chat.unknown(tenant_id, sender)
    await Chat.of(tenant_id).insert_new(fresh)
    return await Chat.of(tenant_id).get(fresh.id)
