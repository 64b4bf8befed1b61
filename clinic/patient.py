"""A person who is seen: the owner of a chat, one of the household behind it, or somebody whom reception registered."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, computed_field
from pymongo import IndexModel

from clinic import patient_keys
from clinic.edited import Edited
from clinic.record import Day, new_id


class Contact(BaseModel):
    """A chat through which the patient is reached. ``is_self``: it is the patient's own."""

    chat_id: str
    is_self: bool = True


class Note(BaseModel):
    """What staff should know when they meet the patient; about the visit to the desk, never about health."""

    id: str = Field(default_factory=new_id)
    text: str
    by: str  # a user's id
    at: datetime


class Patient(Edited):
    """One patient may be reached through several chats, one chat may stand for several patients. One who was merged
    into another stays as a pointer to them."""

    name: str
    birth_date: Day | None = None
    language: str = ""
    phones: list[str] = []  # E.164
    contacts: list[Contact] = []
    notes: list[Note] = []
    tags: list[str] = []
    external_reference: str | None = None  # the patient's number in another system
    status: Literal["active", "merged"] = "active"
    merged_into: str = ""
    request_id: str  # of the message, request or import row that registered the patient
    created_at: datetime

    class Settings:
        name = "patients"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("contacts.chat_id", 1)]),
            IndexModel([("tenant_id", 1), ("keys", 1)]),
            IndexModel([("tenant_id", 1), ("created_at", 1)]),
            IndexModel(
                [("tenant_id", 1), ("external_reference", 1)],
                name="one_per_reference",
                unique=True,
                partialFilterExpression={"external_reference": {"$exists": True}},
            ),
        ]

    @computed_field
    def keys(self) -> list[str]:
        """What the patient is found by (``clinic.patient_keys``), stored with each change."""
        if self.status == "merged":
            return [MERGED]
        return patient_keys.keys(self.id, self.name, self.phones, self.birth_date, self.external_reference or "")

    def is_self(self, chat_id: str) -> bool:
        """Whether the chat is the patient's own."""
        return any(contact.is_self for contact in self.contacts if contact.chat_id == chat_id)


MERGED = "merged"  # the only key of one who was merged: nobody searches for it, and the key is there
