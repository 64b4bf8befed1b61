"""What the chat could not finish: one open card per conversation for a person, with all that is known.

A card is the lock that keeps two receptionists from calling the same patient: whoever works on it holds a claim, taken
by comparing and setting, which runs out by itself.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from clinic import metrics, news
from clinic.edited import Edited
from clinic.errors import ClinicError

LEASE = timedelta(minutes=15)
Outcome = Literal["reached", "no_answer", "wrong_number", "refused"]  # of one call
Resolution = Literal["booked", "helped", "no_answer", "wrong_number", "refused"]  # of the card


class NotClaimed(ClinicError):
    """Claim the callback first: somebody else may be calling this patient."""

    code = "not_claimed"


class ClaimedByOther(ClinicError):
    """A colleague is calling this patient: take another callback, or wait until they are done."""

    code = "claimed_by_other"


class CallbackDone(ClinicError):
    """This callback is resolved: there is nothing left to do."""

    code = "callback_done"


class AnsweredAlready(ClinicError):
    """This question was answered a moment ago: look at the callback for the present one."""

    code = "answered_already"


class Reason(BaseModel):
    """One failure of the conversation. The reasons: asked, misunderstood, no_slots, too_many_bookings, failed,
    undeliverable, unanswered, ..."""

    request_id: str
    reason: str
    step: str = ""
    appointment_id: str = ""
    detail: str = ""
    at: datetime


class Note(BaseModel):
    """What somebody of the staff wrote down."""

    by: str
    text: str
    at: datetime


class Attempt(BaseModel):
    """One call, and how it went."""

    by: str
    outcome: Outcome
    at: datetime
    next_try_at: datetime | None = None


class Resuming(BaseModel):
    """The patient's booking in a receptionist's hands: the conversation as stored, and the question it stands at."""

    session: str
    turn: int = 1  # counts on, also where the booking is begun anew: each is a request of its own
    text: str = ""
    options: list[tuple[str, str]] = []
    language: str = ""
    done: bool = False


class Callback(Edited):
    """One card. The transcript is the chat's (``clinic.message.transcript``).

    ``thread`` is the chat's id for as long as the card is open: unique, so a second failure joins the open card.
    ``reason``, ``step`` and ``choices`` are the latest; ``reasons`` are all of them.
    """

    request_id: str  # of the message that asked, or of the promise that failed
    request_ids: list[str] = []  # of all that failed: each belongs to one card
    thread: str | None = None
    reason: str
    reasons: list[Reason] = []
    step: str = ""  # where the conversation stood
    choices: dict[str, str] = {}
    chat_id: str
    clinic_id: str = ""
    appointment_id: str = ""  # that it is about, or that came of it
    language: str = ""
    detail: str = ""  # of a failure, without personal data
    status: Literal["open", "done"] = "open"
    created_at: datetime
    due_at: datetime  # by when somebody should have called; after a vain attempt, when to try again
    claimed_by: str = ""
    claimed_until: datetime | None = None
    notes: list[Note] = []
    attempts: list[Attempt] = []
    first_called_at: datetime | None = None
    resuming: Resuming | None = None
    recovered: bool = False  # the half-done booking became a visit after all
    resolution: Resolution | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None

    class Settings:
        name = "callbacks"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], name="one_per_request", unique=True),
            IndexModel([("tenant_id", 1), ("request_ids", 1)], name="one_card_per_failure", unique=True),
            IndexModel(
                [("tenant_id", 1), ("thread", 1)],
                name="one_open_per_conversation",
                unique=True,
                partialFilterExpression={"thread": {"$exists": True}},
            ),
            IndexModel([("tenant_id", 1), ("status", 1), ("due_at", 1)]),
            IndexModel([("tenant_id", 1), ("chat_id", 1)]),
            IndexModel([("tenant_id", 1), ("created_at", 1)]),
        ]

    def model_post_init(self, context: Any, /) -> None:
        """A card begins with its first reason."""
        super().model_post_init(context)
        self.request_ids = self.request_ids or [self.request_id]
        self.reasons = self.reasons or [
            Reason(
                **self.model_dump(include={"request_id", "reason", "step", "appointment_id", "detail"}),
                at=self.created_at,
            )
        ]

    def held_by(self, who: str, now: datetime) -> bool:
        """Whether the claim is theirs just now."""
        return self.claimed_by == who and self.claimed_until is not None and self.claimed_until > now

    def free_for(self, who: str, now: datetime) -> bool:
        """Whether they may take it, or have it."""
        return self.status == "open" and (
            self.claimed_by in ("", who) or (self.claimed_until is not None and self.claimed_until <= now)
        )

    def overdue(self, now: datetime) -> bool:
        """Whether somebody should have called by now."""
        return self.status == "open" and self.due_at < now


async def open_card(card: Callback) -> bool:
    """Put the failure on the desk; whether it was not there yet. It joins the open card of its conversation."""
    door = Callback.of(card.tenant_id)
    fresh = card.model_copy(update={"thread": card.chat_id or card.request_id})
    while True:
        if await door.insert_new(fresh):
            metrics.CALLBACKS.labels(card.reason).inc()
            await _tell(card, "opened")
            return True
        if await door.rows({"request_ids": card.request_id}, ("_id",), limit=1):
            return False
        if joined := await _join(fresh):
            return joined


async def _join(card: Callback) -> bool:
    """Add the failure to the open card; False: it was resolved this very moment, or another process was faster."""
    latest = {
        name: value
        for name in ("reason", "step", "choices", "clinic_id", "appointment_id", "language", "detail")
        if (value := getattr(card, name))
    }
    update = {
        "$push": {"reasons": card.reasons[0].model_dump(), "request_ids": card.request_id},
        "$set": latest,
        "$min": {"due_at": card.due_at},
        "$inc": {"version": 1},
    }
    door = Callback.of(card.tenant_id)
    mine = {"chat_id": card.chat_id} if card.chat_id else {"request_id": card.request_id}
    (open_id, *_) = [row["_id"] for row in await door.rows(mine) if row.get("thread") == card.thread] or [""]
    seen = {"_id": open_id, "thread": card.thread, "request_ids": {"$ne": card.request_id}}
    try:
        joined = bool(open_id) and await door.change(seen, update)
    except DuplicateKeyError:
        return False
    if joined:
        await _tell(card.model_copy(update={"id": open_id}), "changed")
    return joined


async def _tell(card: Callback, what: str) -> None:
    await news.tell(card.tenant_id, f"callback.{what}", card.id, clinic_id=card.clinic_id)


async def claim(tenant_id: str, id: str, who: str, now: datetime) -> Callback:
    """Take the card for a while, or keep it for another while. Raises ``ClaimedByOther``, ``CallbackDone``,
    ``NotFound``."""
    door, taken = Callback.of(tenant_id), {"claimed_by": who, "claimed_until": now + LEASE}
    card = await door.get(id)
    while card.free_for(who, now):
        seen = {"claimed_by": card.claimed_by or {"$in": ["", None]}, "claimed_until": card.claimed_until}
        change = {"$set": taken, "$inc": {"version": 1}}
        changed = await door.change({"_id": id, "status": "open", **seen}, change)
        card = await door.get(id)
        if changed:
            await _tell(card, "claimed")
            return card
    raise CallbackDone if card.status == "done" else ClaimedByOther


async def work(tenant_id: str, id: str, who: str, update: dict[str, Any], now: datetime, **more: Any) -> Callback:
    """Change a card whose claim is ``who``'s, and renew the claim unless the change gives it up; ``more`` must hold,
    too. Raises ``NotClaimed``, ``CallbackDone``, ``NotFound``."""
    held = {"_id": id, "status": "open", "claimed_by": who, "claimed_until": {"$gt": now}, **more}
    renewed = {"claimed_until": now + LEASE}
    change = {**update, "$set": renewed | update.get("$set", {}), "$inc": {"version": 1}}
    changed = await Callback.of(tenant_id).change(held, change)
    card = await Callback.of(tenant_id).get(id)
    if not changed:
        raise CallbackDone if card.status == "done" else NotClaimed
    await _tell(card, "resolved" if card.status == "done" else "changed")
    return card


async def release(tenant_id: str, id: str, who: str, now: datetime) -> Callback:
    """Give the card back to the queue. Raises as ``work``."""
    return await work(tenant_id, id, who, {"$set": {"claimed_by": "", "claimed_until": now}}, now)


async def note(tenant_id: str, id: str, who: str, text: str, now: datetime) -> Callback:
    """Write something on the card, whoever holds it. Raises ``NotFound``."""
    entry = Note(by=who, text=text, at=now).model_dump()
    await Callback.of(tenant_id).change({"_id": id}, {"$push": {"notes": entry}, "$inc": {"version": 1}})
    card = await Callback.of(tenant_id).get(id)
    await _tell(card, "changed")
    return card


async def attempted(
    tenant_id: str, id: str, who: str, outcome: Outcome, now: datetime, next_try_at: datetime | None = None
) -> Callback:
    """One call, and how it went. After ``no_answer`` the card goes back to the queue, due at ``next_try_at``; after a
    wrong number or a refusal there is nobody left to call, and it is resolved. Raises as ``work``."""
    attempt = Attempt(by=who, outcome=outcome, at=now, next_try_at=next_try_at)
    update: dict[str, Any] = {
        "$push": {"attempts": attempt.model_dump(exclude_none=True)},
        "$min": {"first_called_at": now},
    }
    if outcome == "no_answer":
        update["$set"] = {"claimed_by": "", "claimed_until": now, "due_at": next_try_at or now + LEASE}
    elif outcome != "reached":
        update |= _resolution(outcome, who, now)
    return await work(tenant_id, id, who, update, now)


async def resolve(tenant_id: str, id: str, who: str, resolution: Resolution, now: datetime) -> Callback:
    """The card is dealt with. Whoever resolved it may correct how. Raises as ``work``."""
    update = _resolution(resolution, who, now)
    corrected = {"$set": {"resolution": resolution}, "$inc": {"version": 1}}
    if await Callback.of(tenant_id).change({"_id": id, "status": "done", "resolved_by": who}, corrected):
        return await Callback.of(tenant_id).get(id)
    return await work(tenant_id, id, who, update, now)


async def recovered(
    tenant_id: str, id: str, who: str, appointment_id: str, resuming: Resuming, now: datetime
) -> Callback:
    """The half-done booking became a visit: the card is dealt with. Raises as ``work``."""
    update = _resolution("booked", who, now)
    update["$set"] |= {"recovered": True, "appointment_id": appointment_id, "resuming": resuming.model_dump()}
    return await work(tenant_id, id, who, update | {"$min": {"first_called_at": now}}, now)


async def sent_again(tenant_id: str, request_id: str, who: str, now: datetime) -> None:
    """The message whose failure opened a card goes out once more: nobody needs to call, unless more is on the card, or
    somebody is calling just now."""
    door = Callback.of(tenant_id)
    card = await door.find_one({"request_ids": request_id})
    if card is None or card.status != "open" or len(card.request_ids) > 1 or not card.free_for(who, now):
        return
    seen = {"_id": card.id, "status": "open", "version": card.version}
    if await door.change(seen, _resolution("helped", who, now) | {"$inc": {"version": 1}}):
        await _tell(await door.get(card.id), "resolved")


def _resolution(resolution: Resolution, who: str, now: datetime) -> dict[str, Any]:
    told = {"status": "done", "resolution": resolution, "resolved_by": who, "resolved_at": now, "claimed_until": now}
    return {"$set": told, "$unset": {"thread": 1}}


async def called(tenant_id: str, id: str, who: str, now: datetime) -> Callback:
    """Somebody is about to call: they asked for the number. Raises as ``work``."""
    return await work(tenant_id, id, who, {"$min": {"first_called_at": now}}, now)


def masked(number: str) -> str:
    """All but the last two digits hidden: enough to tell two numbers apart, too little to call."""
    return "•" * max(0, len(number) - 2) + number[-2:] if number else ""


async def resumed(tenant_id: str, id: str, who: str, resuming: Resuming, now: datetime) -> Callback:
    """Keep how far the resumed booking has come. Raises ``AnsweredAlready`` where another answer was faster, and as
    ``work``."""
    before = resuming.turn - 1 or {"$in": [0, None]}
    update = {"$set": {"resuming": resuming.model_dump()}, "$min": {"first_called_at": now}}
    try:
        return await work(tenant_id, id, who, update, now, **{"resuming.turn": before})
    except NotClaimed:
        if (await Callback.of(tenant_id).get(id)).held_by(who, now):
            raise AnsweredAlready from None
        raise


def claimed(card: Callback, who: str, now: datetime) -> Callback:
    """The card itself, where ``who`` holds it. Raises ``NotClaimed``, ``CallbackDone``."""
    if card.status == "done":
        raise CallbackDone
    if not card.held_by(who, now):
        raise NotClaimed
    return card
