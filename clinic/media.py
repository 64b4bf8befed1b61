"""What patients send besides words: noted with the message, fetched by a job, kept sealed for as long as the practice
wishes, shown to staff with the transcript. Nobody here looks at what is in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from pymongo import IndexModel

from clinic import news
from clinic.errors import ClinicError
from clinic.media_type import ending_of
from clinic.record import ANY_MOMENT, Door, TenantRecord, new_id, to_mongo

LEASE = timedelta(minutes=3)  # longer than a job may take
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=2)  # between two attempts; the provider counts failed ones
AT_PROVIDER = timedelta(days=7)  # so long the provider has it: WhatsApp's media ids of webhooks expire then
A_DAY, MOST_A_DAY = timedelta(days=1), 60  # files of one chat that are kept

Kind = Literal["image", "video", "audio", "document", "sticker"]
Status = Literal["due", "kept", "infected", "refused", "gone", "discarded", "removed"]
Scan = Literal["clean", "not_scanned", "infected"]


class MediaNotKept(ClinicError):
    """The file is not here: its status and reason in the conversation's messages say why."""

    code = "media_not_kept"


class Media(TenantRecord):
    """One file of one message; its id follows from the message's. ``provider_id``, ``declared_type`` and ``digest`` are
    the provider's words, ``content_type`` and ``size`` (bytes) are found in the file. ``stored``: the vault has it.

    ``status``: due (not fetched yet), kept, infected (kept out), refused (``reason``: too_large, wrong_type, altered,
    too_many), gone (the provider has it no more), discarded (to be removed), removed."""

    chat_id: str
    message_id: str
    channel_id: str
    provider_id: str
    kind: Kind
    voice: bool = False  # recorded in the chat
    filename: str = ""
    declared_type: str = ""
    digest: str = ""
    sent_at: datetime
    status: Status = "due"
    reason: str = ""
    content_type: str = ""
    size: int = 0
    scan: Scan | None = None
    stored: bool = False
    attempt: int = 0
    attempt_id: str = ""
    error: str = ""  # of the last attempt
    wake_at: datetime | None = None

    class Settings:
        name = "media"
        indexes = [
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("sent_at", 1)]),
            IndexModel([("tenant_id", 1), ("status", 1), ("sent_at", 1)]),
            IndexModel([("wake_at", 1)], name="due_to_fetch", partialFilterExpression={"wake_at": ANY_MOMENT}),
        ]

    @property
    def readable(self) -> bool:
        """Whether staff may have it."""
        return self.status == "kept"

    @property
    def download_name(self) -> str:
        """A name for whoever saves it: the patient's own, with the ending of what it is."""
        named = "".join(letter for letter in self.filename if letter.isprintable() and letter not in '\\/:*?"<>|;')
        stem, _, ending = named.rpartition(".")
        stem = stem if stem and len(ending) <= 5 else named
        return f"{stem.strip(' .')[:80] or self.kind}{ending_of(self.content_type)}"


def id_of(tenant_id: str, message_id: str) -> str:
    """Of the file of a message."""
    return sha256(f"media {tenant_id} {message_id}".encode()).hexdigest()[:32]


async def note(tenant_id: str, files: Sequence[Media]) -> list[str]:
    """Write down what is to be fetched; the ids of those that were not noted before."""
    known = await Media.of(tenant_id).insert_rows([to_mongo(each) for each in files]) if files else []
    return [each.id for each in files if each.id not in known]


async def of_chat(tenant_id: str, chat_id: str, limit: int = 20) -> list[Media]:
    """The latest of a chat, the newest first."""
    return await Media.of(tenant_id).find({"chat_id": chat_id}, [("sent_at", -1)], limit)


async def named(tenant_id: str, ids: Sequence[str]) -> dict[str, Media]:
    """Those with these ids."""
    found = await Media.of(tenant_id).find({"_id": {"$in": list(ids)}}) if ids else []
    return {each.id: each for each in found}


async def claim(tenant_id: str, id: str, now: datetime) -> Media | None:
    """Take it for one attempt, if it is due. Nobody else gets it until the lease runs out."""
    attempt_id = new_id()
    due = {"_id": id, "status": "due", "wake_at": {"$lte": now}}
    taken = {"$set": {"attempt_id": attempt_id, "wake_at": now + LEASE}, "$inc": {"attempt": 1}}
    if not await Media.of(tenant_id).change(due, taken):
        return None
    return await Media.of(tenant_id).find_one({"_id": id, "attempt_id": attempt_id})


async def too_many(media: Media) -> bool:
    """Whether the chat has sent more in a day than is kept of one."""
    day = {"$gt": media.sent_at - A_DAY, "$lte": media.sent_at}
    rows = await Media.of(media.tenant_id).rows({"chat_id": media.chat_id, "sent_at": day}, ("_id",))
    return len(rows) > MOST_A_DAY


async def stored(media: Media, content_type: str, size: int) -> bool:
    """The vault has it, and nobody has looked for viruses yet; whether it is still wanted."""
    found = {"stored": True, "content_type": content_type, "size": size}
    return await Media.of(media.tenant_id).change(_mine(media), {"$set": found})


async def kept(media: Media, scan: Scan) -> bool:
    """Staff may have it; whether it is still wanted."""
    return await _end(media, {"status": "kept", "scan": scan, "error": ""})


async def refused(media: Media, status: Literal["refused", "gone", "infected"], reason: str = "") -> bool:
    """It is not kept, and staff are told why."""
    scan = {"scan": "infected"} if status == "infected" else {}
    return await _end(media, {"status": status, "reason": reason, "stored": False, **scan})


async def put_off(media: Media, error: str, now: datetime, waited_for: bool = False) -> bool:
    """The attempt failed; whether there will be another one. Without ``waited_for`` it is gone once the provider has it
    no more."""
    again = now + min(FIRST * 2 ** min(media.attempt - 1, 20), LONGEST)
    if not waited_for and again > media.sent_at + AT_PROVIDER:
        await refused(media, "gone", "not_fetched")
        return False
    await Media.of(media.tenant_id).change(_mine(media), {"$set": {"wake_at": again, "error": error}})
    return True


async def discard(tenant_id: str, chat_id: str) -> int:
    """Have all files of a chat removed, also those that were not fetched yet; how many. A worker removes them."""
    left: dict[str, Any] = {
        "$set": {"status": "discarded", "filename": "", "provider_id": ""},
        "$unset": {"wake_at": 1},
    }
    door = Media.of(tenant_id)
    rows = [row for row in await door.rows({"chat_id": chat_id}, ("status",)) if row["status"] != "removed"]
    return sum([await door.change({"_id": row["_id"]}, left) for row in rows])


async def to_remove(tenant_id: str, before: datetime, limit: int = 200) -> list[Media]:
    """Those whose time is over, and those to be discarded."""
    door, found = Media.of(tenant_id), list[Media]()
    for status in ("due", "kept", "infected", "refused", "gone"):
        query = {"status": status, "sent_at": {"$lt": before}}
        found += await door.find(query, [("sent_at", 1)], limit)
    return found + await door.find({"status": "discarded"}, limit=limit)


async def removed(media: Media) -> None:
    """The vault has it no more; what stays says that there was a file."""
    gone = {"status": "removed", "stored": False, "filename": "", "provider_id": ""}
    await Media.of(media.tenant_id).change({"_id": media.id}, {"$set": gone, "$unset": {"wake_at": 1}})
    await _tell(media, "removed")


def everywhere() -> Door[Media]:
    """Of all tenants."""
    return Media.everywhere("a sweep fetches what patients of every tenant have sent")


async def overdue(now: datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Tenant and id of what is due, or was being fetched by somebody who is lost."""
    query = {"wake_at": {**ANY_MOMENT, "$lte": now}}
    rows = await everywhere().rows(query, ("tenant_id",), [("wake_at", 1)], limit)
    return [(row["tenant_id"], row["_id"]) for row in rows]


def _mine(media: Media) -> dict[str, Any]:
    return {"_id": media.id, "status": "due", "attempt_id": media.attempt_id}


async def _end(media: Media, told: dict[str, Any]) -> bool:
    ended = await Media.of(media.tenant_id).change(_mine(media), {"$set": told, "$unset": {"wake_at": 1}})
    if ended:
        await _tell(media, told["status"])
    return ended


async def _tell(media: Media, what: str) -> None:
    await news.tell(media.tenant_id, "conversation.media", media.chat_id, media_id=media.id, status=what)
