"""What patients said to being written to, as the API shows it."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from api.shapes import Change, Shape
from clinic.callback import masked
from clinic.chat import Chat, Consent

Way = Annotated[Literal["telephone", "desk", "paper", "email"], Field(description="How the patient told you.")]


class SaidOut(Shape):
    """One thing that was said: it stays in the history for good."""

    given: bool
    stop: bool = Field(description="Whether it was a STOP, or a withdrawal told to staff, and not merely a no.")
    about: Literal["all", "marketing"]
    version: str = Field(examples=["2026-01"], description="Of the wording that was shown, or held then.")
    at: datetime
    channel: str = Field(examples=["whatsapp"])
    source: Literal["chat", "whatsapp", "staff", "import"] = Field(
        description="Who told us: the patient in the chat, WhatsApp by an event of its own, staff, or an import."
    )
    by: str = Field(description="The user who wrote it down; empty where the patient said it.")


class ConsentRecordOut(Shape):
    """A chat, and what was said there: `given` and `stopped` are what counts now."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"], description="Of the conversation.")
    number: str = Field(examples=["••••••••••21"], description="Masked.")
    given: bool = Field(description="Whether messages about visits may be sent unasked.")
    stopped: bool = Field(description="After a STOP only what the patient asks for is sent.")
    marketing: bool = Field(description="Whether advertising may be sent.")
    history: list[SaidOut]

    @classmethod
    def of_chat(cls, chat: Chat) -> Self:
        """As it stands."""
        given = bool(chat.consented_to)
        refused = chat.marketing is not None and not chat.marketing.given
        return cls(
            id=chat.id, number=masked(chat.wa_id), given=given, stopped=chat.stopped,
            marketing=given and not refused, history=[SaidOut.of(each) for each in chat.consents],
        )  # fmt: skip


class NewConsent(Change):
    """What the patient told you."""

    agrees: bool = Field(description="true: write to me again; false: no more, until I ask for it.")
    channel: Way = "desk"

    def said(self, version: str, by: str, now: datetime) -> Consent:
        """As it is kept."""
        return Consent(
            version=version,
            given=self.agrees,
            at=now,
            channel=self.channel,
            source="staff",
            by=by,
            stop=not self.agrees,
        )
