"""Word of the decision to forget somebody, or not to, where the chat may not say it any more: one more promise in the
ledger. What is to be erased waits for it a while, since afterwards nobody knows whom to tell."""

from datetime import datetime, timedelta

from clinic import erasure_request, notification
from clinic.channel import account_of
from clinic.chat import Chat
from clinic.erasure import Erasure
from clinic.notification import Notification
from clinic.purpose import PURPOSES, codes_of
from clinic.template import approved
from clinic.tenant import Tenant

TOLD = {"approved": "erasure_approved", "refused": "erasure_refused"}  # purposes, by the decision
PATIENCE = timedelta(minutes=20)  # the patient reads that it is done within the hour
OVER = "decision_over"


async def promise(asked: Erasure, now: datetime) -> str:
    """Put it into the ledger, due now, once; its id, empty where nobody can be told."""
    known = await Chat.of(asked.tenant_id).find_one({"_id": asked.chat_id}) if asked.chat_id else None
    if known is None or not await _words(asked, known):
        await erasure_request.told(asked, "nobody")
        return ""
    await erasure_request.told(asked, "template")  # before a worker can say that it came to nothing
    return await notification.promise(
        Notification(
            tenant_id=asked.tenant_id, appointment_id=asked.id, kind=TOLD[asked.status], start_version=0,
            chat_id=known.id, language=asked.language or known.language, due_at=now, wake_at=now,
        )
    )  # fmt: skip


async def _words(asked: Erasure, known: Chat) -> bool:
    languages = [asked.language, known.language, *(await Tenant.load(asked.tenant_id)).languages]
    codes = [code for language in languages if language for code in codes_of(language)]
    account = await account_of(asked.tenant_id, known.channel_id)
    return await approved(asked.tenant_id, TOLD[asked.status], codes, account) is not None


def useful_until(promise: Notification, asked: Erasure) -> datetime:
    """As long as the provider may try to deliver it, and the person is not forgotten."""
    over = promise.due_at + timedelta(seconds=PURPOSES[promise.purpose].ttl)
    return min(over, asked.erase_at + PATIENCE) if asked.erase_at else over


async def holds_up(asked: Erasure, now: datetime) -> bool:
    """Whether the erasure waits for its last word. After all patience that is taken back, and said to be untold."""
    owed = await Notification.of(asked.tenant_id).find_one({"appointment_id": asked.id})
    if owed is None or owed.status not in ("due", "sending"):
        return False
    if now < useful_until(owed, asked):
        return True
    await notification.withdraw_one(owed, OVER, now)
    await untold(asked.tenant_id, asked.id)
    return False


async def untold(tenant_id: str, id: str) -> None:
    """It came to nothing: somebody should call."""
    await Erasure.of(tenant_id).change({"_id": id, "told": "template"}, {"$set": {"told": "nobody"}})
