"""Patients to call: the cards, who works on them, and how it went."""

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import structlog
from fastapi import Query
from redis.exceptions import RedisError

from api import chats
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.resume import Turned, answer, resume
from api.routing import desk_router
from api.shapes import Id, Moment
from api.shapes.callbacks import (
    AnswerIn,
    AttemptIn,
    CallbackOut,
    FiguresOut,
    NoteIn,
    NumberOut,
    OptionOut,
    QuestionOut,
    ResolutionIn,
    ResumeIn,
)
from api.shapes.conversations import MessageOut, with_files
from api.staff import Staff, may
from clinic import call_missed, callback, media, message, paging
from clinic.callback import Callback, masked
from clinic.callback_figures import figures
from clinic.chat import Chat
from clinic.conversation import Conversation, NoChannel
from clinic.errors import ClinicError
from clinic.job import SEND_PROMISE

router = desk_router("/callbacks", "callbacks")
SHOWN = 50  # messages of the transcript
Read = Annotated[Staff, may("callbacks:read")]
Update = Annotated[Staff, may("callbacks:update")]
Word = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$")]
ClinicId = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]


class NoNumber(ClinicError):
    """WhatsApp hides this patient's number: write to them in the conversation."""

    code = "no_number"


@router.get("")
async def list_callbacks(
    staff: Read, asked: Asked, now: Now,
    status: Literal["open", "done", ""] = "open",
    reason: Word = "", clinic_id: ClinicId = "", language: Word = "",
    claimed: Annotated[Literal["me", "nobody", "anybody", ""], Query(description="By whom the card is claimed.")] = "",
    due_before: Annotated[Moment | None, Query(description="Cards that are due by then.")] = None,
) -> Page[CallbackOut]:  # fmt: skip
    """The cards that you may see, the one that is due first at the top."""
    wanted = {"status": status, "reasons.reason": reason, "clinic_id": clinic_id, "language": language}
    query: list[dict[str, Any]] = [within(staff), {name: value for name, value in wanted.items() if value}]
    query += [_claimed(staff, claimed, now)] if claimed else []
    query += [{"due_at": {"$lte": due_before}}] if due_before else []
    cards, following = await paging.page(
        Callback.of(staff.tenant_id), {"$and": query}, sort="due_at", cursor=asked.cursor, limit=asked.limit
    )
    numbers = await _numbers(staff.tenant_id, cards)
    return Page(items=[CallbackOut.shown(card, numbers.get(card.chat_id, ""), now) for card in cards], next=following)


@router.get("/figures")
async def get_callback_figures(
    staff: Read, now: Now,
    start: Annotated[Moment, Query(alias="from", examples=["2027-01-01T00:00:00Z"])],
    end: Annotated[Moment, Query(alias="to", examples=["2027-02-01T00:00:00Z"])],
) -> FiguresOut:  # fmt: skip
    """How well patients were called back: over the cards opened from `from` up to, but not including, `to`."""
    return FiguresOut.model_validate(asdict(await figures(staff.tenant_id, start, end, now, within(staff))))


@router.get("/{id}")
async def get_callback(id: Id, staff: Read, now: Now) -> CallbackOut:
    """One card, its number masked."""
    card = await card_of(staff, id)
    staff.touched("callback", id)
    return await _shown(card, now)


@router.get("/{id}/transcript")
async def get_callback_transcript(id: Id, staff: Read) -> Page[MessageOut]:
    """The last messages of the conversation that failed, the oldest first."""
    card = await card_of(staff, id)
    staff.touched("callback", id)
    said = await message.transcript(staff.tenant_id, card.chat_id, SHOWN)
    return Page(items=await with_files(staff.tenant_id, said), next=None)


@router.post("/{id}/claim")
async def claim_callback(id: Id, staff: Update, now: Now) -> CallbackOut:
    """Take the card for 15 minutes, so that nobody else calls this patient; again, to keep it."""
    await card_of(staff, id, "callbacks:update")
    return await _shown(await callback.claim(staff.tenant_id, id, staff.user_id, now), now)


@router.post("/{id}/release")
async def release_callback(id: Id, staff: Update, now: Now) -> CallbackOut:
    """Give the card back to the queue."""
    await card_of(staff, id, "callbacks:update")
    return await _shown(await callback.release(staff.tenant_id, id, staff.user_id, now), now)


@router.post("/{id}/notes", status_code=201)
async def add_callback_note(id: Id, note: NoteIn, staff: Update, now: Now) -> CallbackOut:
    """Write something on the card."""
    await card_of(staff, id, "callbacks:update")
    return await _shown(await callback.note(staff.tenant_id, id, staff.user_id, note.text, now), now)


@router.post("/{id}/reveal")
async def reveal_callback_number(id: Id, staff: Update, now: Now) -> NumberOut:
    """The patient's number in full. You must have claimed the card; the audit keeps who looked."""
    card = callback.claimed(await card_of(staff, id, "callbacks:update"), staff.user_id, now)
    number = (await _numbers_in_full(staff.tenant_id, [card])).get(card.chat_id, "")
    if not number:
        raise NoNumber
    await callback.called(staff.tenant_id, id, staff.user_id, now)
    staff.touched("callback", id)
    return NumberOut(number=f"+{number.lstrip('+')}")


@router.post("/{id}/outcomes", status_code=201)
async def record_callback_outcome(id: Id, attempt: AttemptIn, staff: Update, house: InHouse, now: Now) -> CallbackOut:
    """How a call went. After `no_answer` the patient is told, in the chat or by an approved template, and the card
    goes back to the queue; after `wrong_number` or `refused` it is resolved."""
    await card_of(staff, id, "callbacks:update")
    card = await callback.attempted(staff.tenant_id, id, staff.user_id, attempt.outcome, now, attempt.next_try_at)
    if attempt.note:
        card = await callback.note(staff.tenant_id, id, staff.user_id, attempt.note, now)
    if attempt.outcome == "no_answer":
        await _tell(staff, house, card, attempt.next_try_at, now)
    return await _shown(card, now)


@router.post("/{id}/resolve")
async def resolve_callback(id: Id, how: ResolutionIn, staff: Update, now: Now) -> CallbackOut:
    """The card is dealt with. Whoever resolved it may send a correction."""
    await card_of(staff, id, "callbacks:update")
    if how.note:
        await callback.note(staff.tenant_id, id, staff.user_id, how.note, now)
    return await _shown(await callback.resolve(staff.tenant_id, id, staff.user_id, how.resolution, now), now)


@router.post("/{id}/resume")
async def resume_callback(id: Id, how: ResumeIn, staff: Update, house: InHouse, now: Now) -> QuestionOut:
    """Go on with the patient's own half-done booking, from where it stopped: the first question that is still open."""
    card = await card_of(staff, id, "callbacks:update")
    return _question(staff, await resume(staff, house, card, how.language, now))


@router.post("/{id}/answer")
async def answer_callback_question(id: Id, said: AnswerIn, staff: Update, house: InHouse, now: Now) -> QuestionOut:
    """The patient's answer to the present question. Once the visit is booked, the card is resolved."""
    card = await card_of(staff, id, "callbacks:update")
    return _question(staff, await answer(staff, house, card, said.choice, said.text, now))


def within(staff: Staff, permission: str = "callbacks:read") -> dict[str, Any]:
    """The clinics that they may see; what belongs to no clinic yet is everybody's."""
    clinics = staff.clinics(permission)
    return {} if clinics is None else {"clinic_id": {"$in": [*sorted(clinics), ""]}}


async def card_of(staff: Staff, id: str, permission: str = "callbacks:read") -> Callback:
    """The card. Raises ``NotFound``, also for one of a clinic that is not theirs."""
    card = await Callback.of(staff.tenant_id).get(id)
    staff.require(permission, card.clinic_id)
    return card


def _claimed(staff: Staff, claimed: str, now: datetime) -> dict[str, Any]:
    held = {"claimed_until": {"$gt": now}}
    match claimed:
        case "me":
            return {"claimed_by": staff.user_id, **held}
        case "nobody":
            return {"$or": [{"claimed_until": None}, {"claimed_until": {"$lte": now}}]}
    return {"claimed_by": {"$gt": ""}, **held}


async def _numbers_in_full(tenant_id: str, cards: list[Callback]) -> dict[str, str]:
    ids = [card.chat_id for card in cards]
    rows = await Chat.of(tenant_id).rows({"_id": {"$in": ids}}, ("wa_id",)) if ids else []
    return {row["_id"]: row.get("wa_id", "") for row in rows}


async def _numbers(tenant_id: str, cards: list[Callback]) -> dict[str, str]:
    return {chat_id: masked(number) for chat_id, number in (await _numbers_in_full(tenant_id, cards)).items()}


async def _shown(card: Callback, now: datetime) -> CallbackOut:
    numbers = await _numbers(card.tenant_id, [card])
    files = await media.of_chat(card.tenant_id, card.chat_id) if card.chat_id else []
    return CallbackOut.shown(card, numbers.get(card.chat_id, ""), now, files)


async def _tell(staff: Staff, house: House, card: Callback, again: datetime | None, now: datetime) -> None:
    """In the conversation, where it may be written to, else by an approved template; a card is not held up by it."""
    chat = await Conversation.of(staff.tenant_id).find_one({"_id": card.chat_id})
    if chat:
        local = again.astimezone(await _zone(staff, card)) if again else None
        with suppress(NoChannel):
            if not await chats.tell(staff, house, chat, local, now):
                await _promise(house, await call_missed.promise(card, chat.language, now))


async def _promise(house: House, id: str) -> None:
    """Wake a worker."""
    try:
        if id:
            await house.jobs.ask(SEND_PROMISE, id)
    except (RedisError, OSError) as error:  # the sweep finds it in a moment
        structlog.get_logger().warning("promise left to the sweep", error=type(error).__name__)


async def _zone(staff: Staff, card: Callback) -> ZoneInfo:
    clinics = (await staff.directory()).clinics
    place = clinics.get(card.clinic_id) or next(iter(clinics.values()), None)
    return ZoneInfo(place.zone if place else "UTC")


def _question(staff: Staff, turned: Turned) -> QuestionOut:
    staff.touched("callback", turned.card.id, now={"appointment_id": turned.booked.id} if turned.booked else {})
    options = [OptionOut(id=each.id, title=each.title, description=each.description) for each in turned.reply.options]
    return QuestionOut(
        text=turned.reply.text, options=options, step=turned.step, done=turned.booked is not None,
        appointment_id=turned.booked.id if turned.booked else None,
    )  # fmt: skip
