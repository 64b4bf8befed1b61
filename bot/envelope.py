"""Messages and replies as they wait in Redis: plain JSON, with all that is needed to go on after a crash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from bot.ids import chat_key, short
from clinic.views import Sender
from flows.inbound import Inbound, Kind
from flows.reply import Form, Option, Reply


@dataclass(frozen=True, slots=True)
class Incoming:
    """A patient's message in the inbox."""

    tenant_id: str
    number: str  # the phone_number_id that was written to, and answers
    sender: Sender
    inbound: Inbound
    accepted_at: float  # POSIX
    raw: str = ""  # the provider's own JSON, where it says more
    heard_at: float = 0.0  # when the patient last wrote, POSIX, where this is a word of the staff

    @property
    def chat(self) -> str:
        """The chat it belongs to."""
        return chat_key(self.tenant_id, self.sender.user_id)

    @property
    def correlation_id(self) -> str:
        """What binds together all log lines from the webhook to the reply."""
        return short(self.inbound.id)

    def to_json(self) -> bytes:
        """For the inbox."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes, rate: int = 0) -> Self:
        """From the inbox. ``rate``: see ``Inbound``."""
        known = orjson.loads(data)
        inbound = known["inbound"]
        inbound["at"], inbound["kind"] = datetime.fromisoformat(inbound["at"]), Kind(inbound["kind"])
        inbound["rate"] = rate
        known["sender"], known["inbound"] = Sender(**known["sender"]), Inbound(**inbound)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply in the outbox."""

    id: str
    tenant_id: str
    number: str
    sender: Sender  # to whom it goes
    reply: Reply
    answers: str  # the correlation id of the message that it answers
    accepted_at: float  # when that message came, POSIX
    heard_at: float = 0.0  # when the patient last wrote, where that message was a word of the staff
    by: str = ""  # of the staff, who wrote it

    @property
    def since(self) -> float:
        """From when on the window is counted in which it may be sent."""
        return self.heard_at or self.accepted_at

    def to_json(self) -> bytes:
        """For the outbox."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """From the outbox."""
        known = orjson.loads(data)
        known["sender"], known["reply"] = Sender(**known["sender"]), _reply(known["reply"])
        return cls(**known)


def _reply(known: dict[str, Any]) -> Reply:
    form = Form(**known["form"]) if known.get("form") else None
    return Reply(**known | {"options": tuple(Option(**option) for option in known["options"]), "form": form})


def who(tenant_id: str, sender: Sender) -> bytes:
    """The person behind a chat, kept beside the session."""
    return orjson.dumps({"tenant_id": tenant_id, "sender": sender})


def who_is(data: bytes) -> tuple[str, Sender] | None:
    """The person that ``who`` wrote; None for nothing."""
    if not data:
        return None
    known = orjson.loads(data)
    return known["tenant_id"], Sender(**known["sender"])
