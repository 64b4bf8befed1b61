"""What belongs to a person: gathered by ids from all that points to them."""

from datetime import datetime

from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.conversation import Conversation
from clinic.erasure import Erasure, Scope
from clinic.erasure_request import is_only_theirs, patients_of
from clinic.merge import PatientMerge
from clinic.patient import Patient
from clinic.queue_entry import QueueEntry
from clinic.waitlist import Wait

TOOK_PLACE = frozenset({"arrived", "checked-in", "fulfilled"})


async def gather(asked: Erasure, now: datetime) -> Scope:
    """All ids, before anything is changed."""
    people = await patients_of(asked)
    own = [each for each in people if is_only_theirs(each, asked)]
    merged = await _merged(asked.tenant_id, [each.id for each in own])
    scope = Scope(chats=[asked.chat_id] if asked.chat_id else [], patients=[each.id for each in [*own, *merged]])
    scope.shared = [each.id for each in await _behind(asked) if each.id not in scope.patients]
    scope.names = sorted({each.name for each in [*own, *merged]})
    scope.numbers = sorted({number for each in [*own, *merged] for number in each.phones})
    await _of_the_chat(asked, scope)
    await _visits(asked.tenant_id, scope, now)
    await _others(asked.tenant_id, scope)
    return scope


async def _behind(asked: Erasure) -> list[Patient]:
    return await Patient.of(asked.tenant_id).find({"contacts.chat_id": asked.chat_id}) if asked.chat_id else []


async def _merged(tenant_id: str, ids: list[str]) -> list[Patient]:
    """Records that became these, at whatever remove."""
    found: list[str] = []
    while ids:
        rows = await PatientMerge.of(tenant_id).rows({"into_id": {"$in": ids}}, ("from_id",))
        ids = [row["from_id"] for row in rows if row["from_id"] not in found]
        found += ids
    people = await Patient.of(tenant_id).find({"_id": {"$in": found}}) if found else []
    return [each for each in people if each.status == "merged"]  # a merge may have been taken back


async def _of_the_chat(asked: Erasure, scope: Scope) -> None:
    if not asked.chat_id:
        return
    known = await Chat.of(asked.tenant_id).find_one({"_id": asked.chat_id})
    seen = await Conversation.of(asked.tenant_id).find_one({"_id": asked.chat_id})
    written = [(known.user_id, known.wa_id, known.profile_name)] if known else []
    written += [(seen.person.user_id, seen.person.wa_id, seen.person.profile_name)] if seen else []
    scope.senders = sorted({each for user_id, wa_id, _ in written for each in (user_id, wa_id) if each})
    scope.numbers = sorted({*scope.numbers, *(f"+{wa_id}" for _, wa_id, _ in written if wa_id)})
    scope.names = sorted({*scope.names, *(name for *_, name in written if name)})


async def _visits(tenant_id: str, scope: Scope, now: datetime) -> None:
    if not scope.patients:
        return
    fields = ("status", "start")
    rows = await Appointment.of(tenant_id).rows({"patient_id": {"$in": scope.patients}}, fields)
    scope.visits = [row["_id"] for row in rows]
    past = [row for row in rows if row["status"] in TOOK_PLACE or (row["status"] == "booked" and row["start"] <= now)]
    scope.kept_visits = [row["_id"] for row in past]


async def _others(tenant_id: str, scope: Scope) -> None:
    """Of what staff can touch by its own id."""
    if scope.patients:
        mine = {"patient_id": {"$in": scope.patients}}
        scope.waits = [row["_id"] for row in await Wait.of(tenant_id).rows(mine, ("_id",))]
        scope.others = [row["_id"] for row in await QueueEntry.of(tenant_id).rows(mine, ("_id",))]
    if scope.chats:
        cards = await Callback.of(tenant_id).rows({"chat_id": {"$in": scope.chats}}, ("_id",))
        scope.others += [row["_id"] for row in cards]
