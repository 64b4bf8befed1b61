"""The ledger of promises: what is to be sent, once, whoever dies on the way.

A promise is written with the appointment, or completed by the retry of the same request. Workers claim it by comparing
and setting, under a lease; a sweep finds what was lost. So losing Redis, and all its jobs, loses no promise.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from pymongo import IndexModel

from clinic.delivery import RANK, StatusChange, below, fields, furthest
from clinic.record import ANY_MOMENT, Day, Door, TenantRecord, new_id

LEASE = timedelta(minutes=2)
Status = Literal["due", "sending", "accepted", "sent", "delivered", "read", "failed", "withdrawn", "included"]
OPEN = {"$in": ["due", "sending"]}


class Notification(TenantRecord):
    """One promise. ``wake_at`` is when a worker should look at it: when it is due, or when the lease of the one that is
    sending it runs out; without it there is nothing left to do. By ``deadline_at`` it should have been read, else it
    goes by the next channel, or to a person.

    ``appointment_id`` is the visit, or what it is about where that is no visit: a one-time code, a card.

    ``kind`` is its purpose, with a step where there are several ("confirmation", "reminder:24h") and the channel where
    that is not the first one ("reminder:24h@sms"). An ``included`` one is told by another's message.
    """

    appointment_id: str
    clinic_id: str = ""  # of the visit: whose staff may see it
    doctor_id: str = ""  # of the visit, where a clinic shows doctors their own only
    kind: str
    start_version: int  # of the appointment: a moved one is another promise. Of an offer: the version of its hold
    channel: str = "whatsapp"
    day: Day | None = None  # the local day of the visit, where a household's promises about it go together
    included_in: str = ""  # the promise whose message tells this one, too
    deadline_at: datetime | None = None
    handed_on: bool = False  # failed, and now with another channel or a person
    resent: int = 0  # how often staff have sent it again
    chat_id: str
    language: str
    status: Status = "due"
    status_rank: int = 0
    status_at: datetime | None = None
    due_at: datetime
    wake_at: datetime | None = None
    attempt: int = 0
    token: str = ""  # of the attempt: only its holder may say how it ended
    worker: str = ""
    leaving_at: datetime | None = None  # the attempt is at the provider's door: nobody takes it back any more
    minutes: int = 0  # to wait, or by which the doctor is late, where it tells of that
    wamid: str = ""
    error: str = ""
    pricing: dict[str, Any] | None = None
    accepted_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None

    class Settings:
        name = "notifications"
        indexes = [
            IndexModel(
                [("tenant_id", 1), ("appointment_id", 1), ("kind", 1), ("start_version", 1)],
                name="one_per_promise",
                unique=True,
            ),
            IndexModel([("tenant_id", 1), ("due_at", 1)]),
            IndexModel([("wake_at", 1)]),
            IndexModel([("status_at", 1)], name="failed_lately", partialFilterExpression={"status": "failed"}),
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("day", 1)], name="household_day"),
            IndexModel([("deadline_at", 1)], name="watched", partialFilterExpression={"deadline_at": ANY_MOMENT}),
        ]

    @property
    def purpose(self) -> str:
        """What it is for: "confirmation", "reminder", "offer", ..."""
        return self.kind.partition("@")[0].partition(":")[0]

    @property
    def outbox_id(self) -> str:
        """What the provider is given to send back with every status of this attempt."""
        return f"n.{self.id}.{self.attempt}"

    @property
    def card_id(self) -> str:
        """The request of the card that its failure opens: each time that staff send it again may open another one."""
        return f"n.{self.id}.{self.resent}" if self.resent else f"n.{self.id}"


def ledger() -> Door[Notification]:
    """All tenants' promises."""
    return Notification.everywhere("jobs and sweeps name promises by id alone, whosever they are")


async def promise(notification: Notification) -> str:
    """Write a promise down, if it is not yet; its id either way."""
    if await Notification.of(notification.tenant_id).insert_new(notification):
        return notification.id
    key = notification.model_dump(include={"appointment_id", "kind", "start_version"})
    stored = await Notification.of(notification.tenant_id).rows(key, fields=("_id",))
    return str(stored[0]["_id"])


async def promise_all(notifications: Iterable[Notification]) -> list[str]:
    """Write them down together; their ids."""
    return list(await asyncio.gather(*map(promise, notifications)))


async def claim(
    ids: Iterable[str], worker: str, now: datetime, lease: timedelta = LEASE, *, leaving: bool = False
) -> list[Notification]:
    """Take those of the promises that are due, or whose sender is lost, for one attempt. Nobody else gets them until
    the lease runs out. ``leaving``: all of them at once, so that they are marked as such in the same write: see
    ``clinic.departure``."""
    wanted, token = list(ids), new_id()
    taken = {
        "status": "sending",
        "token": token,
        "worker": worker,
        "wake_at": now + lease,
        "status_rank": RANK["sending"],
    }
    mark: dict[str, Any] = {"$set": {**taken, "leaving_at": now}} if leaving else {"$set": taken}
    if not leaving:
        mark["$unset"] = {"leaving_at": 1}
    claimed = await ledger().change_all(
        {"_id": {"$in": wanted}, "status": OPEN, "wake_at": {"$lte": now}}, {**mark, "$inc": {"attempt": 1}}
    )
    found = await ledger().find({"_id": {"$in": wanted}}) if claimed else []
    return [each for each in found if each.token == token]


async def accepted(id: str, token: str, wamid: str, now: datetime) -> bool:
    """The provider has taken it; whether it was this attempt's to say. A status may have been faster: then only the
    provider's id is new."""
    mine, taken = {"_id": id, "token": token}, {"wamid": wamid, "accepted_at": now}
    rank = {"status": "accepted", "status_rank": RANK["accepted"], "status_at": now}
    first = {"$set": {**taken, **rank}, "$unset": {"wake_at": 1}}
    if await ledger().change_together({**mine, "status": "sending"}, first):
        return True
    await ledger().change(mine, {"$set": taken, "$unset": {"wake_at": 1}})
    known = await ledger().find_one({"_id": id})
    return known is not None and (known.token, known.wamid) == (token, wamid)


async def failed(id: str, token: str, error: str, now: datetime, retry_at: datetime | None = None) -> bool:
    """The attempt failed; it is due again at ``retry_at``, or for good."""
    status = "due" if retry_at else "failed"
    told = {"status": status, "status_rank": RANK[status], "status_at": now, "error": error}
    wake: dict[str, Any] = (
        {"$set": {**told, "wake_at": retry_at}} if retry_at else {"$set": told, "$unset": {"wake_at": 1}}
    )
    return await ledger().change({"_id": id, "token": token, "status": "sending"}, wake)


async def goes_by(promise: Notification, channel: str) -> bool:
    """A claimed promise leaves by another way than was written down; whether it is still ours to say."""
    query = {"_id": promise.id, "token": promise.token, "status": "sending"}
    if await Notification.of(promise.tenant_id).change(query, {"$set": {"channel": channel}}):
        promise.channel = channel
        return True
    return False


async def owed_again(promise: Notification, at: datetime) -> bool:
    """What a status has refused is due once more."""
    query = {"_id": promise.id, "status": "failed", "attempt": promise.attempt}
    due = {"status": "due", "status_rank": RANK["due"], "wake_at": at}
    return await Notification.of(promise.tenant_id).change(query, {"$set": due})


async def withdrawn(id: str, token: str, reason: str, now: datetime) -> bool:
    """The attempt's holder found it not wanted any more: the visit was cancelled or moved, consent withdrawn."""
    return await ledger().change({"_id": id, "token": token, "status": "sending"}, withdrawal(reason, now))


async def withdraw(
    tenant_id: str, appointment_id: str, reason: str, now: datetime, *, before_version: int | None = None
) -> int:
    """Take back what is not yet being sent about a visit, or only about its starts before a version; how many promises
    that were. What one of them was to tell of others' visits is due by itself again."""
    door = Notification.of(tenant_id)
    known = [each for each in await door.find({"appointment_id": appointment_id}) if each.status == "due"]
    taken = [each for each in known if before_version is None or each.start_version < before_version]
    if not taken:
        return 0
    # its start_version never changes, so only the status is compared again
    due = {"_id": {"$in": [each.id for each in taken]}, "status": "due"}
    count = await door.change_all(due, withdrawal(reason, now))
    for each in taken:
        await release(each, now)
    return count


async def withdraw_one(promise: Notification, reason: str, now: datetime) -> bool:
    """Take back one that nobody is sending."""
    query = {"_id": promise.id, "status": "due"}
    return await Notification.of(promise.tenant_id).change(query, withdrawal(reason, now))


async def put_off(promise: Notification, planned: Notification) -> bool:
    """Let one that nobody has tried to send be due at another time."""
    times = {"due_at": planned.due_at, "wake_at": planned.due_at, "deadline_at": planned.deadline_at}
    query = {"_id": promise.id, "status": "due", "attempt": 0}
    return await Notification.of(promise.tenant_id).change(query, {"$set": times})


def withdrawal(reason: str, now: datetime) -> dict[str, Any]:
    told = {"status": "withdrawn", "status_rank": RANK["withdrawn"], "status_at": now, "error": reason}
    return {"$set": told, "$unset": {"wake_at": 1, "deadline_at": 1}}


async def include(promise: Notification, now: datetime, until: datetime) -> list[Notification]:
    """Let the message of a claimed promise tell the others, too, that its household is promised for the same step and
    day until then; those, also from an attempt that was lost."""
    others = [each for each in await _household(promise) if each.kind == promise.kind and each.id != promise.id]
    # what failed before may have been sent after all
    clean = {"status": "due", "wake_at": {"$lte": until}, "error": ""}
    told = {"status": "included", "status_rank": RANK["included"], "included_in": promise.id, "status_at": now}
    if ids := [each.id for each in others if each.status in OPEN["$in"]]:  # one that is sent may give way meanwhile
        query = {"_id": {"$in": ids}, **clean}
        await Notification.of(promise.tenant_id).change_all(query, {"$set": told, "$unset": {"wake_at": 1}})
        others = await _household(promise)
    return _told_by(promise, others)


async def _household(promise: Notification) -> list[Notification]:
    """All that its household is promised about its day, itself among them."""
    if promise.day is None:
        return []
    query = {"chat_id": promise.chat_id, "day": promise.day.isoformat()}
    return await Notification.of(promise.tenant_id).find(query)


def _told_by(promise: Notification, others: Iterable[Notification]) -> list[Notification]:
    return [each for each in others if each.included_in == promise.id and each.status == "included"]


async def told_together(tenant_id: str, id: str, chat_id: str) -> list[Notification]:
    """The promises that one message told, where it went to that chat."""
    door = Notification.of(tenant_id)
    first = await door.find_one({"_id": id, "chat_id": chat_id})
    if first is None or first.day is None:
        return [first] if first else []
    return [first, *(each for each in await _household(first) if each.included_in == id)]


async def under_way(promise: Notification) -> list[Notification]:
    """The others of its household, step and day that are being sent at this moment."""
    same = [each for each in await _household(promise) if each.kind == promise.kind and each.id != promise.id]
    return [each for each in same if each.status == "sending"]


async def defer(promise: Notification, until: datetime) -> bool:
    """Give a claimed promise back untouched."""
    due = {"status": "due", "status_rank": RANK["due"], "wake_at": until}
    query = {"_id": promise.id, "token": promise.token, "status": "sending"}
    return await Notification.of(promise.tenant_id).change(query, {"$set": due})


async def release(promise: Notification, now: datetime) -> int:
    """What the promise was to tell of others is due by itself again; how many those were. None where another worker has
    claimed it since."""
    household = await _household(promise)
    told = _told_by(promise, household)
    if not told or any(each.id == promise.id and each.token != promise.token for each in household):
        return 0
    query = {"_id": {"$in": [each.id for each in told]}, "included_in": promise.id, "status": "included"}
    due = {"status": "due", "status_rank": RANK["due"], "included_in": "", "wake_at": now}
    return await Notification.of(promise.tenant_id).change_all(query, {"$set": due})


async def drop(promise: Notification, reason: str, now: datetime) -> bool:
    """An included promise that its message does not tell after all: not wanted any more."""
    query = {"_id": promise.id, "status": "included"}
    return await Notification.of(promise.tenant_id).change(query, withdrawal(reason, now))


async def overdue(now: datetime, limit: int = 500) -> list[str]:
    """The ids of what is due, or was being sent by somebody who is lost: the oldest first."""
    due = {"wake_at": {**ANY_MOMENT, "$lte": now}}
    rows = await ledger().rows(due, fields=("_id",), sort=[("wake_at", 1)], limit=limit)
    return [str(row["_id"]) for row in rows]


async def forsaken(workers: Iterable[str], before: datetime, now: datetime) -> list[str]:
    """What workers that are lost had claimed before then is due at once; the ids."""
    claimed = {"wake_at": {**ANY_MOMENT, "$gt": now, "$lte": before + LEASE}}
    rows, names = await ledger().rows(claimed, fields=("_id", "status", "worker")), set(workers)
    ids = [str(row["_id"]) for row in rows if row["status"] == "sending" and row.get("worker") in names]
    if ids:
        theirs = {"_id": {"$in": ids}, "status": "sending", "worker": {"$in": sorted(names)}}
        await ledger().change_all(theirs, {"$set": {"wake_at": now}})
    return ids


async def failures(since: datetime) -> list[Notification]:
    """What failed since then, whoever told, and is with nobody yet."""
    lost = await ledger().find({"status": "failed", "status_at": {"$gte": since}})
    return [each for each in lost if not each.handed_on]


async def handed_on(promise: Notification) -> bool:
    """Somebody else sees to it."""
    return await ledger().change({"_id": promise.id}, {"$set": {"handed_on": True}})


async def past_deadline(now: datetime, limit: int = 500) -> list[Notification]:
    """Those that should have been read by now: the oldest first."""
    return await ledger().find({"deadline_at": {**ANY_MOMENT, "$lte": now}}, sort=[("deadline_at", 1)], limit=limit)


async def deadline_met(promise: Notification) -> bool:
    """It was looked at: there is nothing more to watch."""
    return await ledger().change({"_id": promise.id}, {"$unset": {"deadline_at": 1}})


async def apply_statuses(changes: Iterable[StatusChange]) -> list[str]:
    """Let promises come as far as the provider says; the ids of those that failed by it. Others' statuses are left."""
    lost = await asyncio.gather(*(_told_of(change) for change in furthest(changes)))
    return [each for each in lost if each]


async def _told_of(change: StatusChange) -> str:
    match change.outbox_id.split("."):
        case ["n", id, attempt] if await _advance(id, change, attempt):
            return id
    return ""


async def _advance(id: str, change: StatusChange, attempt: str) -> bool:
    """Whether it failed by it. An earlier attempt that arrived counts, one that failed says nothing about the present
    one."""
    query: dict[str, Any] = {"_id": id, "status_rank": {"$lt": below(change.status)}}
    update = {"$set": fields(change) | {f"{change.status}_at": change.at}, "$unset": {"wake_at": 1}}
    door = Notification.of(change.tenant_id)
    if change.status != "failed":
        await door.change_together(query, update)
        return False
    if attempt.isdecimal():
        query["attempt"] = {"$lte": int(attempt[:9])}
    return await door.change(query, update)
