"""The people with phones: who they are, how they are addressed, and what their phones do."""

from dataclasses import dataclass, field
from typing import Literal

from simulator import ids
from simulator.config import Number
from simulator.errors import Json


@dataclass
class Person:
    """A WhatsApp user. ``key`` is the number's digits, or the user name of somebody who shows no number."""

    key: str
    name: str
    wa_id: str
    username: str | None = None
    numberless: bool = False  # webhooks carry no phone number, only the business-scoped user id
    language: str = "en"
    reachable: bool = True  # else every message fails with 131026
    online: bool = True  # else messages stay at one tick until the phone is back
    reads: bool = True  # read receipts
    drops_flow_token: bool = False  # what is filled in comes without it, as from some iPhones
    last_seen: dict[str, float] = field(default_factory=dict)  # number id -> when the person last wrote to it

    def user_id(self, number: Number) -> str:
        """The business-scoped user id that this business sees."""
        return ids.bsuid(self.wa_id, number.waba_id)

    def address(self, number: Number) -> Json:
        """How a webhook names the person: ``wa_id`` only while the number is shown."""
        return {"user_id": self.user_id(number)} if self.numberless else {"wa_id": self.wa_id}

    def contact(self, number: Number) -> Json:
        """The person's entry in ``contacts``."""
        profile: Json = {"name": self.name}
        if self.username:
            profile["username"] = self.username
        shown = {} if self.numberless else {"wa_id": self.wa_id}
        return {"profile": profile, **shown, "user_id": self.user_id(number)}


Direction = Literal["in", "out"]


@dataclass
class Message:
    """One bubble. ``content`` is what the phone shows; ``status`` moves only for messages of the business."""

    id: str
    number: str
    user: str
    direction: Direction
    at: float
    content: Json
    context: str | None = None
    status: str = "accepted"
    error: Json | None = None
    callback_data: str | None = None
    priced_as: Json | None = None
    reaction: str = ""
    twilio: Json | None = None  # what only Twilio's message resource has

    def shown(self) -> Json:
        """The bubble as the page, the terminal and the transcript read it."""
        return {
            "id": self.id,
            "number": self.number,
            "user": self.user,
            "direction": self.direction,
            "at": self.at,
            "context": self.context,
            "status": self.status,
            "error": self.error,
            "callback_data": self.callback_data,
            "reaction": self.reaction,
            **self.content,
        }
