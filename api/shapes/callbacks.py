"""Callbacks: the cards, and what is done with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.shapes import Change, Moment, Note, Shape, Text
from api.shapes.media import MediaOut
from clinic.callback import Attempt, Callback, Outcome, Resolution
from clinic.callback import Note as Noted
from clinic.media import Media

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", examples=["en"])]
Written = Annotated[Note, Field(min_length=1, examples=["Works nights: call after 14:00."])]


class ReasonOut(Shape):
    """One failure of the conversation."""

    reason: str = Field(examples=["no_slots"])
    step: str = Field(examples=["time"], description="Where the conversation stood.")
    appointment_id: str = Field(examples=[""])
    detail: str = Field(examples=[""])
    at: datetime


class NoteOut(Shape):
    """What somebody wrote on the card."""

    by: str = Field(examples=["67a1b2c3d4e5f60718293a4b"], description="The user's id.")
    text: str = Field(examples=["Works nights: call after 14:00."])
    at: datetime


class AttemptOut(Shape):
    """One call, and how it went."""

    by: str = Field(examples=["67a1b2c3d4e5f60718293a4b"], description="The user's id.")
    outcome: Outcome
    at: datetime
    next_try_at: datetime | None


class CallbackOut(Shape):
    """A patient whom the chat could not help: somebody should call by `due_at`."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    status: Literal["open", "done"]
    reason: str = Field(examples=["no_slots"], description="The latest; `reasons` has all of them.")
    reasons: list[ReasonOut]
    step: str = Field(examples=["time"], description="Where the conversation stood.")
    choices: dict[str, str] = Field(examples=[{"patient": "new", "name": "Asha Verma", "service": "67a1"}])
    conversation_id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    clinic_id: str
    appointment_id: str = Field(description="The visit that it is about, or that came of it.")
    language: str = Field(examples=["hi"], description="The patient's.")
    number: str = Field("", examples=["••••••••••21"], description="Masked; empty where none is known.")
    created_at: datetime
    due_at: datetime
    overdue: bool = False
    claimed_by: str = Field(description="The user who is calling just now; empty: nobody.")
    claimed_until: datetime | None
    notes: list[NoteOut]
    attempts: list[AttemptOut]
    media: list[MediaOut] = Field([], description="The latest files of the chat; in lists of cards none are shown.")
    recovered: bool = Field(description="Whether the half-done booking became a visit.")
    resolution: Resolution | None
    resolved_by: str
    resolved_at: datetime | None
    version: int

    @classmethod
    def shown(cls, card: Callback, number: str, now: datetime, files: Sequence[Media] = ()) -> "CallbackOut":
        """The card as it stands just now."""
        held = card.claimed_until is not None and card.claimed_until > now and card.status == "open"
        row = card.model_dump(include=set(cls.model_fields)) | {
            "conversation_id": card.chat_id, "number": number, "overdue": card.overdue(now),
            "claimed_by": card.claimed_by if held else "", "claimed_until": card.claimed_until if held else None,
            "attempts": [_attempt(each) for each in card.attempts], "notes": [_noted(each) for each in card.notes],
            "media": [MediaOut.shown(each) for each in files],
        }  # fmt: skip
        return cls.model_validate(row)


def _attempt(each: Attempt) -> AttemptOut:
    return AttemptOut.of(each)


def _noted(each: Noted) -> NoteOut:
    return NoteOut.of(each)


class NoteIn(Change):
    """Something to write on the card."""

    text: Written


class AttemptIn(Change):
    """How a call went. After `no_answer` the card is due again at `next_try_at`."""

    outcome: Outcome
    next_try_at: Moment | None = Field(None, examples=["2027-01-05T10:00:00+05:30"])
    note: Annotated[Note, Field(examples=["A child answered."])] = ""

    @model_validator(mode="after")
    def _agrees(self) -> "AttemptIn":
        if self.next_try_at and self.outcome != "no_answer":
            raise ValueError("next_try_at goes with no_answer only")
        return self


class ResolutionIn(Change):
    """How the card was dealt with."""

    resolution: Resolution
    note: Annotated[Note, Field(examples=["Will come without an appointment."])] = ""


class NumberOut(Shape):
    """The patient's number in full."""

    number: str = Field(examples=["+919876543221"])


class ResumeIn(Change):
    """In which language to ask; the practice's first one unless told."""

    language: Language | Literal[""] = ""


class AnswerIn(Change):
    """The patient's answer: an option's id, or their own words."""

    choice: Annotated[str, Field(max_length=200, examples=["3:yes"])] = ""
    text: Annotated[Text, Field(max_length=1000, examples=["tomorrow after 5"])] = ""

    @model_validator(mode="after")
    def _one(self) -> "AnswerIn":
        if bool(self.choice) == bool(self.text):
            raise ValueError("either a choice or a text")
        return self


class OptionOut(Shape):
    """One answer to choose."""

    id: str = Field(examples=["3:yes"])
    title: str = Field(examples=["Yes, book it"])
    description: str = Field("", examples=["15 minutes, ₹500"])


class QuestionOut(Shape):
    """The next question of the booking, or, when `done`, the words that confirm it."""

    text: str = Field(examples=["Which clinic would you like to come to?"])
    options: list[OptionOut]
    step: str = Field(examples=["clinic"])
    done: bool
    appointment_id: str | None = Field(examples=[None])


class FiguresOut(Shape):
    """Of the cards opened in a period."""

    opened: int = Field(examples=[42])
    open: int = Field(examples=[3])
    overdue: int = Field(examples=[1])
    resolved: int = Field(examples=[39])
    recovered: int = Field(examples=[21], description="Half-done bookings that became visits.")
    minutes_to_first_call: float | None = Field(examples=[11.5], description="The median; null where nobody called.")
    by_reason: dict[str, int] = Field(examples=[{"no_slots": 20, "asked": 22}])
    by_resolution: dict[str, int] = Field(examples=[{"booked": 21, "helped": 18}])
