"""A person who is seen: the owner of a chat, or one of the household behind it."""

from datetime import datetime

from pydantic import BaseModel
from pymongo import IndexModel

from clinic.record import Day, TenantRecord


class Contact(BaseModel):
    """A chat through which the patient is reached. ``is_self``: it is the patient's own."""

    chat_id: str
    is_self: bool = True


class Patient(TenantRecord):
    """One patient may be reached through several chats, one chat may stand for several patients."""

    name: str
    birth_date: Day | None = None
    contacts: list[Contact] = []
    request_id: str  # of the message that registered the patient
    created_at: datetime

    class Settings:
        name = "patients"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("contacts.chat_id", 1)]),
        ]

    def is_self(self, chat_id: str) -> bool:
        """Whether the chat is the patient's own."""
        return any(contact.is_self for contact in self.contacts if contact.chat_id == chat_id)
