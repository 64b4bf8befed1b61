"""The transcript: what was said, by whom, and what became of it. It waits in Redis until it is written in batches."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import orjson

from bot.envelope import Incoming, Outgoing
from bot.media import media_id
from bot.payload import StatusUpdate
from clinic.conversation import Written
from clinic.delivery import StatusChange, fields, furthest
from clinic.views import Sender
from flows.inbound import Kind
from flows.session import Session

HIDDEN = "••••••"  # in place of words that are not kept
ALIASES = {"played": "read"}  # a voice message heard


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told about a message of ours."""

    id: str  # our outbox id; empty for a message that carries none
    status: str
    at: datetime
    wamid: str = ""
    pricing: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    number: str = ""
    to: str = ""  # how the patient's number, or the provider's id of them, begins: no more than the country

    def change(self, tenant_id: str, outbox_id: str) -> StatusChange:
        """The same for the database."""
        error = f"{self.error.get('code')} {self.error.get('title')}".strip() if self.error else ""
        status = ALIASES.get(self.status, self.status)
        return StatusChange(tenant_id, status, self.at, outbox_id, self.wamid, error, self.pricing)

    def to_json(self) -> bytes:
        """For Redis."""
        return orjson.dumps(self)


def told_of(status: StatusUpdate) -> bytes:
    """What a webhook told, for Redis: the JSON of a ``Told``."""
    return orjson.dumps(
        {
            "id": status.outbox_id, "status": status.status, "at": status.at, "wamid": status.wamid,
            "pricing": status.pricing, "error": status.error, "number": status.phone_number_id,
            "to": (status.recipient_id or status.recipient_user_id).lstrip("+")[:3],
        }
    )  # fmt: skip


def accepted(id: str, wamid: str, now: datetime) -> Told:
    """The provider took the reply."""
    return Told(id, "accepted", now, wamid)


def refused(id: str, error: dict[str, Any], now: datetime) -> Told:
    """The provider will never take the reply."""
    return Told(id, "failed", now, error=error)


def tales(data: bytes) -> list[Told]:
    """All that Redis gathered about one message: JSON objects, a comma between two."""
    found = orjson.loads(b"[%b]" % data)
    for told in found:
        told["at"] = datetime.fromisoformat(told["at"])
    return [Told(**told) for told in found]


@dataclass(frozen=True, slots=True)
class Record:
    """One message of a chat, from either side."""

    id: str  # the provider's for a patient's message, the outbox id for ours
    tenant_id: str
    sender: Sender  # the person of the chat, whoever wrote
    direction: str  # in, out
    kind: str
    text: str
    at: datetime
    options: list[list[str]] = field(default_factory=list)  # id and title of each, as shown
    raw: str = ""
    by: str = ""  # of the staff, who wrote it or did it
    held: bool = False  # a person has the conversation
    language: str = ""
    clinic_id: str = ""

    def row(self, chat_id: str, tales: list[Told]) -> dict[str, Any]:
        """The message as the database keeps it, with the furthest that it is known to have come."""
        row = {
            "id": self.id, "tenant_id": self.tenant_id, "chat_id": chat_id, "direction": self.direction,
            "kind": self.kind, "text": self.text, "options": self.options, "at": self.at,
        }  # fmt: skip
        if self.raw:
            row["raw"] = orjson.loads(self.raw)
        if file := self.media_id:
            row["media_id"] = file
        if self.by:
            row["by"] = self.by
        for change in furthest(told.change(self.tenant_id, self.id) for told in tales):
            row |= fields(change)
        return row

    @property
    def media_id(self) -> str:
        """Of the file that came with it; empty for none."""
        return media_id(self.tenant_id, self.id, self.raw) if self.kind == Kind.MEDIA else ""

    def written(self, chat_id: str) -> Written:
        """What the conversation's own record shows of it."""
        return Written(
            self.tenant_id, chat_id, self.sender, self.at, self.direction == "in", self.language, self.clinic_id
        )

    def to_json(self) -> bytes:
        """For Redis."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """From Redis."""
        known = orjson.loads(data)
        known["sender"], known["at"] = Sender(**known["sender"]), datetime.fromisoformat(known["at"])
        return cls(**known)


def of_incoming(item: Incoming, session: Session) -> Record:
    """What the patient said, or somebody of the staff did, and where the conversation stands by it."""
    said = item.inbound
    options = [[said.choice, said.text]] if said.choice else []
    direction, text = ("note", "") if said.of_staff else ("in", said.text)
    raw = item.raw
    if said.id == session.hidden:  # a one-time code stands in it
        text, raw = HIDDEN, ""
    return Record(
        said.id, item.tenant_id, item.sender, direction, said.kind, text, said.at, options, raw, said.by,
        session.held is not None, session.language, session.choices.get("clinic", ""),
    )  # fmt: skip


def of_outgoing(item: Outgoing, now: datetime, clinic_id: str = "") -> Record:
    """What we answered."""
    reply = item.reply
    asks = "location_request" if reply.ask_location else "contact_request" if reply.ask_contact else ""
    kind = asks or ("options" if reply.options else "text")
    options = [[option.id, option.title] for option in reply.options]
    return Record(
        item.id, item.tenant_id, item.sender, "out", kind, reply.text, now.astimezone(UTC), options, by=item.by,
        held=bool(item.by), clinic_id=clinic_id,
    )  # fmt: skip
