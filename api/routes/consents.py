"""What patients said to being written to: to look up, and to write down what was told to staff."""

from typing import Annotated, Any, Literal

from fastapi import Query

from api.house import InHouse, Now
from api.own_patients import patient_of, seen_of
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.consents import ConsentRecordOut, NewConsent
from api.sight import sees_own_patients_only
from api.staff import Staff, may
from clinic import consent_stop, paging
from clinic.chat import Chat
from clinic.errors import ClinicError, NotFound
from clinic.patient import Patient

router = desk_router("/consents", "patients")
Reading = Annotated[Staff, may("patients:read")]
Updating = Annotated[Staff, may("patients:update")]
PatientId = Annotated[
    str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", description="Only this patient's chats.")
]
STATES: dict[str, dict[str, Any]] = {
    "": {},
    "given": {"consent.given": True},
    "stopped": {"consent.given": False, "consent.stop": True},
    "refused": {"consent.given": False, "consent.stop": {"$ne": True}},
}


class StillSending(ClinicError):
    """It is written down. One message was on its way to the patient at this very moment: ask again in a few seconds to
    be sure that nothing more leaves."""

    code, status, retry_after = "still_sending", 503, 5


@router.get("")
async def list_consents(
    staff: Reading, asked: Asked, patient_id: PatientId = "",
    state: Annotated[Literal["", "given", "stopped", "refused"], Query(description="How it stands now.")] = "",
) -> Page[ConsentRecordOut]:  # fmt: skip
    """The chats and what was said there to being written to, with all of its history. Who sees only their own patients
    names one."""
    query: dict[str, Any] = dict(STATES[state])
    if patient_id:
        patient = await patient_of(staff, patient_id)
        query["_id"] = {"$in": sorted(each.chat_id for each in patient.contacts)}
    elif sees_own_patients_only(staff, await staff.directory(), "patients:read"):
        raise NotFound
    found, following = await paging.page(Chat.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    staff.touched("consents", "", {}, {"shown": [each.id for each in found]})
    return Page(items=[ConsentRecordOut.of_chat(each) for each in found], next=following)


@router.get("/{id}")
async def get_consent(id: Id, staff: Reading) -> ConsentRecordOut:
    """One chat's."""
    chat = await _chat(staff, id, "patients:read")
    staff.touched("consents", id)
    return ConsentRecordOut.of_chat(chat)


@router.post("/{id}", status_code=201)
async def record_consent(id: Id, new: NewConsent, staff: Updating, house: InHouse, now: Now) -> ConsentRecordOut:
    """Write down what a patient told you, at the desk or by telephone. After a withdrawal nothing leaves any more that
    was not asked for, and what was promised is taken back; after a new consent what is still due is owed again."""
    chat = await _chat(staff, id, "patients:update")
    version = (await staff.directory()).tenant.consent_version
    try:
        after, due = await consent_stop.said(chat, new.said(version, staff.user_id, now), now)
    except consent_stop.StillLeaving:
        raise StillSending from None
    staff.touched("consents", id, _audited(chat), _audited(after))
    await house.keep_soon(due)
    return ConsentRecordOut.of_chat(after)


async def _chat(staff: Staff, id: str, permission: str) -> Chat:
    """Raises ``NotFound``, also where none of the people behind it is theirs to see."""
    chat = await Chat.of(staff.tenant_id).get(id)
    if sees_own_patients_only(staff, await staff.directory(), permission):
        people = await Patient.of(staff.tenant_id).rows({"contacts.chat_id": id}, ("_id",))
        if not await seen_of(staff, [each["_id"] for each in people], permission):
            raise NotFound
    return chat


def _audited(chat: Chat) -> dict[str, Any]:
    """Never more than yes or no: an audit outlives the chat."""
    return {"given": bool(chat.consented_to), "stopped": chat.stopped}
