"""STOP and START: what follows from them in the ledger of promises.

A STOP and a template never cross. Who sends marks its promise as leaving and only then looks at the consent; who stops
writes the consent down and only then looks at what is leaving, and waits for that. So one of the two sees the other.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from clinic import consent, notification
from clinic.after_visit import AFTER
from clinic.appointment import Appointment
from clinic.callback import Callback, open_card
from clinic.chat import Chat, Consent
from clinic.delivery import RANK
from clinic.directory import Directory, directory_of
from clinic.notification import Notification
from clinic.opening import due_at
from clinic.purpose import PURPOSES
from clinic.queue_calls import CAUSED
from clinic.tenant import Tenant
from clinic.visit_promises import REMINDER, reminders

PATIENCE = 4.0  # seconds; shorter than a turn may take, which is then tried again
LOOK = 0.05  # seconds between two looks
LOST = timedelta(seconds=20)  # longer than any request to a provider: whoever was sending is no more
BROUGHT_BACK = frozenset({consent.STOPPED, consent.NO_CONSENT})


class StillLeaving(Exception):
    """Something is on its way to the patient at this very moment: say that it stopped a moment later."""


async def said(known: Chat, what: Consent, now: datetime) -> tuple[Chat, list[str]]:
    """Write down what was said, by whatever way, and let the ledger follow; the ids of what is due now. May be
    repeated. Raises ``StillLeaving``."""
    after = await consent.record(known, what)
    if not what.given:
        await stop(after, now)
        return after, []
    return after, await start(await directory_of(known.tenant_id), after, now) if what.about == "all" else []


async def stop(known: Chat, now: datetime, patience: float = PATIENCE) -> list[Notification]:
    """Take back all that the chat must not be sent any more, and wait for what was leaving; what was taken back. Call
    it after the consent was written down. Raises ``StillLeaving``."""
    promises = await _unasked(known)
    taken = await _take_back(known, promises, now)
    await _card(known, taken, now)
    if await _is_leaving(known, now, patience):
        raise StillLeaving
    return taken


async def _unasked(known: Chat) -> list[Notification]:
    """What is promised to the chat and refused by what it said, whatever its status."""
    rows = await Notification.of(known.tenant_id).find({"chat_id": known.id})
    return [each for each in rows if consent.refusal(known, each.purpose)]


async def _take_back(known: Chat, promises: Iterable[Notification], now: datetime) -> list[Notification]:
    """Those that nobody has at the provider's door, and what they were to tell of others' visits."""
    door = Notification.of(known.tenant_id)
    taken: list[Notification] = []
    gone = notification.withdrawal(consent.refusal(known, REMINDER), now)
    waiting = [each for each in promises if each.status in ("due", "sending", "included")]
    for each in sorted(waiting, key=lambda each: each.status == "included"):
        if each.status == "included" and all(each.included_in != other.id for other in taken):
            continue
        at_no_door = {"leaving_at": {"$exists": False}} if each.status == "sending" else {}
        if await door.change({"_id": each.id, "status": each.status, **at_no_door}, gone):
            taken.append(each)
    return taken


async def _is_leaving(known: Chat, now: datetime, patience: float) -> bool:
    """Whether something is still at the provider's door after all patience. Not what somebody took there long ago who
    must have died since: that is sent, or never will be."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + patience
    while any(each.status == "sending" and each.leaving_at and now - each.leaving_at < LOST
              for each in await _unasked(known)):  # fmt: skip
        if loop.time() > ends:
            return True
        await asyncio.sleep(LOOK)
    return False


async def _card(known: Chat, taken: Iterable[Notification], now: datetime) -> None:
    """A call in place of the reminders, where the practice wants it so."""
    lost = [each for each in taken if each.purpose == REMINDER and each.due_at > now]
    if not lost or not (await Tenant.load(known.tenant_id)).calls_after_stop:
        return
    directory = await directory_of(known.tenant_id)
    for each in {
        each.appointment_id: each for each in sorted(lost, key=lambda each: each.due_at, reverse=True)
    }.values():
        card = Callback(
            tenant_id=known.tenant_id, request_id=f"stop.{each.appointment_id}.{each.start_version}",
            reason="stopped", chat_id=known.id, clinic_id=each.clinic_id, appointment_id=each.appointment_id,
            language=each.language, created_at=now, due_at=max(each.due_at, due_at(directory, each.clinic_id, now)),
        )  # fmt: skip
        await open_card(card)


async def start(directory: Directory, known: Chat, now: datetime) -> list[str]:
    """What was taken back is owed again as far as it is still due, and so is what was not even promised meanwhile; the
    ids of what is due now. Call it after the consent was written down."""
    ahead = await Appointment.of(known.tenant_id).find({"chat_id": known.id, "start": {"$gt": now}})
    visits = {each.id: each for each in ahead if each.status == "booked" and each.clinic_id in directory.clinics}
    if not visits:
        return []
    planned = [each for visit in visits.values() for each in reminders(directory, visit, now, known)]
    rows = await Notification.of(known.tenant_id).find({"chat_id": known.id})
    stored = {_key(each): each for each in rows}
    due = await notification.promise_all(each for each in planned if _key(each) not in stored)
    again = [(stored[_key(each)], each) for each in planned if _key(each) in stored]
    others = [each for each in rows if each.appointment_id in visits and _of_its_own(each, visits)]
    for before, wanted in [*again, *((each, each) for each in others)]:
        if await _owe_again(before, wanted, now):
            due.append(before.id)
    return [row["_id"] for row in await _due(known.tenant_id, due, now)]


def _key(promise: Notification) -> tuple[str, str, int]:
    return promise.appointment_id, promise.kind, promise.start_version


def _of_its_own(promise: Notification, visits: dict[str, Appointment]) -> bool:
    """News of a visit that still are news: no reminder, which is planned anew, and no word of a moment that is past."""
    if promise.purpose in CAUSED | AFTER or promise.purpose == REMINDER or promise.purpose not in PURPOSES:
        return False
    return promise.start_version == visits[promise.appointment_id].start_version


async def _owe_again(before: Notification, wanted: Notification, now: datetime) -> bool:
    """Only what was withdrawn for want of consent."""
    if before.status != "withdrawn" or before.error not in BROUGHT_BACK:
        return False
    at = max(wanted.due_at, now)
    due = {"status": "due", "status_rank": RANK["due"], "status_at": now, "error": "", "due_at": at, "wake_at": at}
    if wanted.deadline_at:
        due["deadline_at"] = wanted.deadline_at
    query = {"_id": before.id, "status": "withdrawn"}
    return await Notification.of(before.tenant_id).change(query, {"$set": due})


async def _due(tenant_id: str, ids: list[str], now: datetime) -> list[dict[str, str]]:
    rows = await Notification.of(tenant_id).rows({"_id": {"$in": ids}}, ("due_at",)) if ids else []
    return [row for row in rows if row["due_at"] <= now]
