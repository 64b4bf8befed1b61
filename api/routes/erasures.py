"""Wishes to be forgotten: who asked, until when to decide, and deciding. What is then erased and what is kept stands in
`docs/privacy.md`."""

from datetime import datetime
from typing import Annotated, Literal

import structlog
from fastapi import Query
from redis.exceptions import RedisError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.own_patients import patient_of
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.erasures import Approval, ErasureDetail, ErasureOut, NewErasure, PersonOut, Refusal, fates
from api.sight import sees_own_patients_only
from api.staff import Staff, may
from clinic import conversation, erasure_request, erasure_told, paging
from clinic.conversation import Conversation, NoChannel
from clinic.erasure import Erasure
from clinic.erasure_request import VisitsAhead, is_only_theirs, patients_of
from clinic.errors import NotFound
from clinic.job import SEND_PROMISE

router = desk_router("/erasures", "patients")
Reading = Annotated[Staff, may("patients:read")]
Updating = Annotated[Staff, may("patients:update")]
Deciding = Annotated[Staff, may("patients:delete")]


@router.get("")
async def list_erasures(
    staff: Reading, asked: Asked, now: Now,
    status: Annotated[Literal["", "open", "refused", "approved", "done"], Query()] = "",
) -> Page[ErasureOut]:  # fmt: skip
    """Who asked to be forgotten, the one that is due first at the top. Not for who sees their own patients only."""
    await _check(staff)
    query = {"status": status} if status else {}
    found, following = await paging.page(
        Erasure.of(staff.tenant_id), query, sort="due_at", cursor=asked.cursor, limit=asked.limit
    )
    return Page(items=[ErasureOut.shown(each, now) for each in found], next=following)


@router.get("/{id}")
async def get_erasure(id: Id, staff: Reading, now: Now, tag: Tag) -> ErasureDetail:
    """One wish, with whom it is about, the visits that stand in its way, and what would happen to what."""
    await _check(staff)
    asked = await Erasure.of(staff.tenant_id).get(id)
    staff.touched("erasures", id)
    tag.set(asked.version)
    return await _detail(asked, now)


@router.post("", status_code=201)
async def create_erasure(new: NewErasure, staff: Updating, now: Now) -> ErasureOut:
    """Open a request for a patient who asked at the desk or by letter. A request that is open already is answered."""
    patient = await patient_of(staff, new.patient_id, "patients:update")
    directory = await staff.directory()
    asked = await erasure_request.by_staff(directory, patient, staff.request_id or patient.id, now)
    staff.touched("erasures", asked.id, {}, {"status": asked.status})
    return ErasureOut.shown(asked, now)


@router.post("/{id}/approve")
async def approve_erasure(id: Id, wanted: Approval, staff: Deciding, house: InHouse, now: Now, tag: Tag) -> ErasureOut:
    """Have it done: the patient is told, and within some minutes everything is erased that no law keeps. There is no
    way back. Visits ahead are cancelled only where you say so."""
    asked = await Erasure.of(staff.tenant_id).get(id)
    if not wanted.cancel_visits and await erasure_request.visits_ahead(asked, now):
        raise VisitsAhead
    before, after = await erasure_request.approve(asked, staff.user_id, now, tag.version)
    return await _decided(staff, house, before, after, "", now, tag)


@router.post("/{id}/refuse")
async def refuse_erasure(id: Id, wanted: Refusal, staff: Deciding, house: InHouse, now: Now, tag: Tag) -> ErasureOut:
    """Say no, with the reason that the patient is told."""
    asked = await Erasure.of(staff.tenant_id).get(id)
    before, after = await erasure_request.refuse(asked, staff.user_id, wanted.reason, now, tag.version)
    return await _decided(staff, house, before, after, wanted.reason, now, tag)


async def _decided(
    staff: Staff, house: House, before: Erasure, after: Erasure, reason: str, now: datetime, tag: Tag
) -> ErasureOut:
    staff.touched("erasures", after.id, {"status": before.status}, {"status": after.status})
    if not await _told(staff, house, after, reason, now):
        await _promised(house, after, now)
    tag.set(after.version)
    return ErasureOut.shown(await Erasure.of(staff.tenant_id).get(after.id), now)


async def _told(staff: Staff, house: House, asked: Erasure, reason: str, now: datetime) -> bool:
    """Whether the patient was told in the chat. The decision stands either way."""
    chat = await Conversation.of(staff.tenant_id).find_one({"_id": asked.chat_id}) if asked.chat_id else None
    if chat is None or not chat.open_at(now):
        return False
    try:
        await house.chats(conversation.word(chat, "staff:decided", asked.id, now, staff.user_id, reason))
    except (NoChannel, RedisError) as error:
        structlog.get_logger().warning("decision not told", why=type(error).__name__)
        return False
    await erasure_request.told(asked, "chat")
    return True


async def _promised(house: House, asked: Erasure, now: datetime) -> None:
    """By an approved template, where there is one."""
    try:
        if owed := await erasure_told.promise(asked, now):
            await house.jobs.ask(SEND_PROMISE, owed)
    except (RedisError, OSError) as error:  # the sweep finds it in a moment
        structlog.get_logger().warning("promise left to the sweep", error=type(error).__name__)


async def _detail(asked: Erasure, now: datetime) -> ErasureDetail:
    people = await patients_of(asked) if asked.status in ("open", "approved") else []
    ahead = await erasure_request.visits_ahead(asked, now) if asked.status == "open" else []
    return ErasureDetail(
        **ErasureOut.shown(asked, now).model_dump(), visits_ahead=len(ahead), fates=fates(),
        people=[PersonOut(id=each.id, name=each.name, stays=not is_only_theirs(each, asked)) for each in people],
    )  # fmt: skip


async def _check(staff: Staff) -> None:
    if sees_own_patients_only(staff, await staff.directory(), "patients:read"):
        raise NotFound
