"""Conversations as staff see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.shapes import Change, OtherId, Shape, Text
from api.shapes.media import MediaOut
from clinic import media
from clinic.conversation import Conversation
from clinic.failure import reason
from clinic.media import Media
from clinic.message import Message


class ConversationOut(Shape):
    """A patient's chat: who has it, and until when it may be answered freely."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    name: str = Field(examples=["Asha"], description="As the patient calls themselves in WhatsApp.")
    language: str = Field(examples=["hi"])
    clinic_id: str = Field(
        examples=["67a1b2c3d4e5f60718293a4b"], description="The one last talked about; may be empty."
    )
    last_at: datetime
    heard_at: datetime | None = Field(description="When the patient last wrote.")
    held_by: str = Field(examples=[""], description="The user who has the conversation; empty: the assistant.")
    held_until: datetime | None = Field(description="When the assistant returns unless they do something.")
    unread: bool
    window_open: bool
    window_ends_at: datetime | None = Field(description="Until when you may write freely; then a template is needed.")

    @classmethod
    def shown(cls, chat: Conversation, now: datetime) -> "ConversationOut":
        """As it stands just now."""
        holder = chat.holder(now)
        until = chat.held_until if holder else None
        return cls(
            id=chat.id, name=chat.person.profile_name, language=chat.language, clinic_id=chat.clinic_id,
            last_at=chat.last_at, heard_at=chat.heard_at, held_by=holder, held_until=until,
            unread=chat.unread, window_open=chat.open_at(now), window_ends_at=chat.window_ends_at,
        )  # fmt: skip


class TappedOut(Shape):
    """Something that could be tapped, or was."""

    id: str
    title: str


class MessageOut(Shape):
    """One message. `note` is about the conversation: a person took it, or handed it back."""

    id: str = Field(examples=["o.1.abcd.efgh.0"])
    direction: Literal["in", "out", "note"]
    kind: str = Field(examples=["text"])
    by: str = Field(examples=[""], description="The user who wrote it; empty: the patient, or the assistant.")
    text: str = Field(examples=["Hello"])
    options: list[TappedOut]
    at: datetime
    status: str = Field(examples=["read"], description="queued, accepted, sent, delivered, read or failed.")
    status_at: datetime | None
    reason: str = Field(examples=[""], description="Why it failed, and what to do, in a sentence.")
    media: MediaOut | None = Field(None, description="The file that came with it.")

    @classmethod
    def shown(cls, said: Message, files: Mapping[str, Media] | None = None) -> "MessageOut":
        """With how far it came; ``files`` are the messages' own, by id."""
        file = (files or {}).get(said.media_id)
        return cls(
            id=said.id, direction=said.direction, kind=said.kind, by=said.by, text=said.text, at=said.at,
            options=[TappedOut(id=option, title=title) for option, title in said.options],
            status=said.status if said.direction == "out" else "", status_at=said.status_at,
            reason=reason(said.error) if said.status == "failed" else "",
            media=MediaOut.shown(file) if file else None,
        )  # fmt: skip


async def with_files(tenant_id: str, said: Sequence[Message]) -> list[MessageOut]:
    """Messages with the files that came with them."""
    files = await media.named(tenant_id, [each.media_id for each in said if each.media_id])
    return [MessageOut.shown(each, files) for each in said]


class WordsIn(Change):
    """What to write to the patient."""

    text: Annotated[Text, Field(min_length=1, max_length=4096, examples=["Hello Asha, how can I help?"])]


class TemplateIn(Change):
    """Which template to send: by its id or its purpose, about which visit (by default the next one, else the last)."""

    template_id: OtherId | None = None
    purpose: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["confirmation"])] | None = None
    appointment_id: OtherId | None = None

    @model_validator(mode="after")
    def _one(self) -> "TemplateIn":
        if (self.template_id is None) == (self.purpose is None):
            raise ValueError("either a template_id or a purpose")
        return self


class PromiseOut(Shape):
    """A message that will be sent in a moment: follow it under /notifications."""

    notification_id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    status: str = Field(examples=["due"])
