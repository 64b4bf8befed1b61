"""The people behind a chat, the chats of a patient, and who may be one person, as the API takes and shows them."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from api.shapes import Change, OtherId, Shape
from api.shapes.patients import BORN, PatientFound, PatientName, Phone
from api.span import BirthDay
from clinic.possible_duplicate import PossibleDuplicate


class NewMember(Change):
    """Somebody for whom the patient's own chats book, too."""

    name: PatientName = Field(examples=["Arjun Joshi"])
    birth_date: BirthDay | None = Field(None, examples=[BORN])


class NewChat(Change):
    """The chat of a number, or one that there is, by its id: one of the two."""

    number: Phone | None = Field(None, description="As dialled in the practice's country, or with +.")
    chat_id: OtherId | None = None
    is_self: bool = Field(False, description="Whether it is the patient's own; else a relative writes.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.number is None) == (self.chat_id is None):
            raise ValueError("name a number or a chat, one of the two")
        return self


class ChatChange(Change):
    """Whose chat it is."""

    is_self: bool = Field(description="Whether it is the patient's own; else a relative writes.")


class PossibleDuplicateOut(Shape):
    """Two patients who may be one person. `patient` came later, by chat."""

    id: str
    patient: PatientFound
    other: PatientFound
    reasons: list[Literal["same_phone", "same_birth_date", "similar_name"]]
    score: float = Field(examples=[0.9])
    status: Literal["open", "different", "merged"]
    at: datetime

    @classmethod
    def pair(cls, found: PossibleDuplicate, patient: PatientFound, other: PatientFound) -> Self:
        """Side by side."""
        known = found.model_dump(include={"id", "reasons", "score", "status", "at"})
        return cls(**known, patient=patient, other=other)
