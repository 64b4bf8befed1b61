"""The people behind a chat, the chats of a patient, and who may be one person: what staff do about them."""

from typing import Annotated, Any, Literal

from fastapi import Query

from api.house import Now
from api.own_patients import patient_of, seen_of
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id, OtherId
from api.shapes.households import ChatChange, NewChat, NewMember, PossibleDuplicateOut
from api.shapes.patients import ChatOut, PatientFound, PatientOut
from api.staff import Staff, may
from clinic import household, possible_duplicate, registry
from clinic.chat import Chat
from clinic.errors import NotFound
from clinic.paging import page_of_rows
from clinic.patient import Contact, Patient
from clinic.possible_duplicate import PossibleDuplicate

router = desk_router("/patients", "patients")
duplicates = desk_router("/possible-duplicates", "patients")

Updating = Annotated[Staff, may("patients:update")]
Creating = Annotated[Staff, may("patients:create")]
Reading = Annotated[Staff, may("patients:read")]


@router.post("/{id}/household", status_code=201)
async def add_household_member(id: Id, new: NewMember, staff: Creating, now: Now) -> PatientOut:
    """Register somebody for whom this patient's chats book, too, such as a child. Who has no chat has no household to
    add to: link one first."""
    patient = await patient_of(staff, id, "patients:create")
    contacts = [Contact(chat_id=each.chat_id, is_self=False) for each in patient.contacts]
    member = Patient(
        tenant_id=staff.tenant_id, name=new.name, birth_date=new.birth_date, phones=patient.phones,
        language=patient.language, contacts=contacts, request_id=staff.request_id, created_at=now,
    )  # fmt: skip
    kept, is_new = await registry.register(member)
    if is_new:
        staff.touched("patients", kept.id, {}, {"name": kept.name, "household_of": id, **_chats(kept)})
        await possible_duplicate.flag(kept, now)
    return PatientOut.of(kept)


@router.post("/{id}/chats", status_code=201)
async def link_patient_chat(id: Id, new: NewChat, staff: Updating, now: Now) -> ChatOut:
    """Let a chat book for this patient, too: you have seen that its holder may. A number that has never written begins
    a chat. Linked again it changes nothing but whose chat it is."""
    before = await patient_of(staff, id, "patients:update")
    chat = await _chat(staff, new)
    after = await household.link(staff.tenant_id, id, chat.id, new.is_self, now, staff.user_id)
    staff.touched("patients", id, _chats(before), _chats(after))
    return ChatOut.of_chat(chat, new.is_self)


@router.patch("/{id}/chats/{chat_id}")
async def edit_patient_chat(id: Id, chat_id: OtherId, change: ChatChange, staff: Updating, now: Now) -> ChatOut:
    """Say whether a chat is the patient's own, or a relative's."""
    before = await patient_of(staff, id, "patients:update")
    if all(contact.chat_id != chat_id for contact in before.contacts):
        raise NotFound
    chat = await Chat.of(staff.tenant_id).get(chat_id)
    after = await household.link(staff.tenant_id, id, chat_id, change.is_self, now, staff.user_id)
    staff.touched("patients", id, _chats(before), _chats(after))
    return ChatOut.of_chat(chat, change.is_self)


@router.delete("/{id}/chats/{chat_id}")
async def unlink_patient_chat(id: Id, chat_id: OtherId, staff: Updating, now: Now) -> Page[ChatOut]:
    """Take the patient off a chat, which no longer shows them; the chats that are left. The record and the visits stay.
    Reminders that were promised to that chat are taken back, and a callback asks to see to visits that are ahead."""
    before = await patient_of(staff, id, "patients:update")
    after = await household.unlink(staff.tenant_id, id, chat_id, now, staff.user_id)
    staff.touched("patients", id, _chats(before), _chats(after))
    chats = await registry.chats(after)
    return Page(items=[ChatOut.of_chat(chat, after.is_self(chat.id)) for chat in chats])


@duplicates.get("")
async def list_possible_duplicates(
    staff: Reading,
    asked: Asked,
    status: Annotated[Literal["open", "different", "merged"], Query(description="Those that are so.")] = "open",
) -> Page[PossibleDuplicateOut]:
    """Patients who came by chat and may be somebody who is there already, the latest first: the same phone or day of
    birth with nearly the same name. Compare them, then merge them or say that they are two."""
    rows, following = await page_of_rows(
        PossibleDuplicate.of(staff.tenant_id), {"status": status}, sort="at", descending=True, cursor=asked.cursor,
        limit=asked.limit,
    )  # fmt: skip
    pairs = [PossibleDuplicate.model_validate(row) for row in rows]
    people = await _people(staff, {each for pair in pairs for each in (pair.patient_id, pair.other_id)})
    shown = [
        PossibleDuplicateOut.pair(pair, people[pair.patient_id], people[pair.other_id])
        for pair in pairs
        if pair.patient_id in people and pair.other_id in people
    ]
    staff.touched("patients", "", {}, {"shown": sorted(people)})
    return Page(items=shown, next=following)


@duplicates.post("/{id}/dismiss")
async def dismiss_possible_duplicate(id: Id, staff: Updating, now: Now) -> PossibleDuplicateOut:
    """They are two: they are not shown as one any more."""
    found = await PossibleDuplicate.of(staff.tenant_id).get(id)
    people = await _people(staff, {found.patient_id, found.other_id})
    if len(people) < 2:
        raise NotFound
    after = await possible_duplicate.decide(staff.tenant_id, id, "different", staff.user_id, now)
    staff.touched("possible_duplicates", id, {"status": found.status}, {"status": after.status})
    return PossibleDuplicateOut.pair(after, people[after.patient_id], people[after.other_id])


async def _chat(staff: Staff, new: NewChat) -> Chat:
    """Raises ``NotFound``, ``BadPhone``."""
    if new.chat_id:
        return await Chat.of(staff.tenant_id).get(new.chat_id)
    [number] = registry.numbers([new.number or ""], registry.region(await staff.directory()))
    return await household.chat_at(staff.tenant_id, number)


async def _people(staff: Staff, ids: set[str]) -> dict[str, PatientFound]:
    """Those who may be shown, by id."""
    rows = await Patient.of(staff.tenant_id).rows({"_id": {"$in": sorted(ids)}}) if ids else []
    shown = await seen_of(staff, [row["_id"] for row in rows])
    return {row["_id"]: PatientFound.listed(row) for row in rows if row["_id"] in shown}


def _chats(patient: Patient) -> dict[str, Any]:
    return {"chats": [contact.model_dump() for contact in patient.contacts]}
