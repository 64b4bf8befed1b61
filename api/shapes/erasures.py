"""Wishes to be forgotten, as the API shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from api.shapes import Change, OtherId, Shape, Text
from clinic.erasure import Erasure
from clinic.personal_kinds import KINDS, Fate

Reason = Annotated[
    Text, Field(min_length=1, max_length=500, examples=["The law makes us keep your record for two more years."])
]


class ErasureOut(Shape):
    """A wish to be forgotten. By `due_at` somebody must have decided."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    version: int
    status: Literal["open", "refused", "approved", "done"] = Field(
        description="`approved`: it is being erased; `done`: nothing here says any more who it was."
    )
    source: Literal["chat", "staff"]
    conversation_id: str = Field(description="Empty once it is done, or where there is no chat.")
    patient_id: str = Field(description="Where staff asked for one person.")
    requested_at: datetime
    due_at: datetime
    overdue: bool
    decided_by: str = Field(description="A user's id.")
    decided_at: datetime | None
    reason: str = Field(description="Of a refusal, as the patient is told it.")
    told: Literal["", "chat", "template", "nobody"] = Field(
        description="How the patient learns of the decision. `template`: they last wrote more than a day ago, so an "
        "approved template tells them; `nobody`: there is none, or it did not leave or arrive; call them."
    )
    done_at: datetime | None
    counts: dict[str, int] = Field(examples=[{"messages": 42, "patients": 1}], description="What was erased, by kind.")

    @classmethod
    def shown(cls, asked: Erasure, now: datetime) -> Self:
        """As it stands."""
        row = asked.model_dump() | {"conversation_id": asked.chat_id, "overdue": asked.overdue(now)}
        return cls.model_validate({name: row[name] for name in cls.model_fields})


class PersonOut(Shape):
    """Somebody whom it is about."""

    id: str
    name: str
    stays: bool = Field(description="Reached by another chat, too: only this chat is taken off the record.")


class FateOut(Shape):
    """What happens to one kind of data, and why."""

    kind: str = Field(examples=["appointments"])
    fate: Fate = Field(description="`bare`: what could name the person goes, the fact stays.")
    why: str


class ErasureDetail(ErasureOut):
    """With whom it is about, and what would happen."""

    people: list[PersonOut]
    visits_ahead: int = Field(description="They would be cancelled: approve with `cancel_visits`.")
    fates: list[FateOut]


def fates() -> list[FateOut]:
    """Of all kinds that hold anything of a patient."""
    rows = [(document.get_collection_name(), kind) for document, kind in KINDS.items() if kind.fate != "none"]
    return [FateOut(kind=name, fate=kind.fate, why=kind.why) for name, kind in rows]


class NewErasure(Change):
    """For whom it is asked, at the desk or by letter."""

    patient_id: OtherId


class Approval(Change):
    """That it is to be done."""

    cancel_visits: bool = Field(False, description="Whether visits ahead may be cancelled for it.")


class Refusal(Change):
    """Why it is not done: the patient is told these words."""

    reason: Reason
