"""The wish to be forgotten: asked for by chat or to staff, decided on by staff within the practice's time, and then
done for everything that tells of the person."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.record import ANY_MOMENT, ANY_TEXT, Door

Status = Literal["open", "refused", "approved", "done"]


class Scope(BaseModel):
    """Everything that is the person's, by ids, gathered before anything is erased: afterwards nobody could find it.
    Gone when the erasure is done. ``senders``: by which WhatsApp knows them; ``shared``: people who are reached by
    others' chats, too, and stay."""

    chats: list[str] = []
    senders: list[str] = []
    numbers: list[str] = []
    patients: list[str] = []
    shared: list[str] = []
    visits: list[str] = []
    kept_visits: list[str] = []  # that took place
    waits: list[str] = []
    others: list[str] = []  # ids of more records that the audit may tell of
    names: list[str] = []


class Erasure(Edited):
    """One request. ``thread`` is the chat's, or the patient's, id for as long as it is not decided: unique, so asking
    twice is one request. After it is done it names nobody any more."""

    request_id: str
    source: Literal["chat", "staff"] = "chat"
    chat_id: str = ""
    patient_id: str = ""  # where staff ask for one person
    thread: str | None = None
    language: str = ""
    requested_at: datetime
    due_at: datetime  # by when staff must have decided
    status: Status = "open"
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""  # of a refusal, as the patient is told it
    told: Literal["", "chat", "template", "nobody"] = ""  # how the patient was told of the decision
    erase_at: datetime | None = None  # approved, and still to be done: from then on
    chat_cleared_at: datetime | None = None  # the bot has forgotten the conversation
    scope: Scope | None = None
    done_at: datetime | None = None
    counts: dict[str, int] = {}  # of what was erased, by kind

    class Settings:
        name = "erasures"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel(
                [("thread", 1), ("tenant_id", 1)],
                name="one_open_per_person",
                unique=True,
                partialFilterExpression={"thread": ANY_TEXT},
            ),
            IndexModel([("tenant_id", 1), ("due_at", 1)]),
            IndexModel([("erase_at", 1)], name="to_be_done", partialFilterExpression={"erase_at": ANY_MOMENT}),
        ]

    def overdue(self, now: datetime) -> bool:
        """Whether nobody decided in time."""
        return self.status == "open" and self.due_at < now


def everywhere() -> Door[Erasure]:
    """All tenants' erasures."""
    return Erasure.everywhere("what was approved is erased, whosever it is")


async def to_be_done(now: datetime, limit: int = 50) -> list[Erasure]:
    """Those that are approved and not finished, the oldest first."""
    return await everywhere().find({"erase_at": {**ANY_MOMENT, "$lte": now}}, sort=[("erase_at", 1)], limit=limit)
