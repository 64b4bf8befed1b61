"""Patients as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from api.shapes import Change, Name, OtherId, Shape, Text
from api.span import BirthDay
from clinic.chat import Chat
from clinic.patient_search import Found
from clinic.phone import masked
from clinic.registry import Likeness

BORN = date(1980, 5, 17)


def _spoken(name: str) -> str:
    if not any(letter.isalnum() for letter in name):
        raise ValueError("a name has letters")
    return " ".join(name.split())


PatientName = Annotated[Name, AfterValidator(_spoken)]
Phone = Annotated[Text, Field(min_length=3, max_length=30, examples=["+919820012345"])]
Tag = Annotated[Text, Field(min_length=1, max_length=40, examples=["wheelchair"])]
Language = Annotated[str, Field(max_length=12, pattern=r"^[A-Za-z_-]*$", examples=["hi"])]
Reference = Annotated[Text, Field(max_length=64, examples=["H-10023"])]


class PatientChange(Change):
    """The fields to change. Lists are replaced as a whole."""

    name: PatientName | None = Field(None, examples=["Meera Joshi"])
    birth_date: BirthDay | None = Field(None, examples=[BORN], description="null: not known.")
    language: Language | None = None
    phones: list[Phone] | None = Field(
        None, max_length=5, description="As dialled in the practice's country, or with +."
    )
    tags: list[Tag] | None = Field(None, max_length=20)
    external_reference: Reference | None = Field(None, description="The patient's number in another system.")

    def facts(self) -> dict[str, Any]:
        """The fields that were sent; what cannot be absent stays as it is."""
        given = self.given()
        kept = {name: value for name, value in given.items() if value is not None}
        gone = {name: None for name in ("birth_date", "external_reference") if name in given and not given[name]}
        return kept | gone


class NewPatient(PatientChange):
    """Somebody whom reception registers."""

    name: PatientName = Field(examples=["Meera Joshi"])


class NewNote(Change):
    """What staff should know when they meet the patient. Nothing about health: that belongs into the medical record."""

    text: Annotated[Text, Field(min_length=1, max_length=2000, examples=["Needs the ground floor."])]


class MergeInto(Change):
    """The patient who stays."""

    into: OtherId


class NoteOut(Shape):
    """A note, its author and time."""

    id: str
    text: str
    by: str
    at: datetime


class PatientOut(Shape):
    """A patient. One who was merged into another is a pointer to them."""

    id: str
    version: int
    name: str = Field(examples=["Meera Joshi"])
    birth_date: date | None = Field(None, examples=[BORN])
    language: str = ""
    phones: list[str] = Field([], examples=[["+919820012345"]])
    tags: list[str] = []
    notes: list[NoteOut] = []
    external_reference: str | None = None
    status: Literal["active", "merged"] = "active"
    merged_into: str = ""
    created_at: datetime


class PatientFound(Shape):
    """A patient in a list. `score`: from 0 to 1, how well a search fits."""

    id: str
    name: str = Field(examples=["Meera Joshi"])
    birth_date: date | None = None
    phones: list[str] = []
    tags: list[str] = []
    external_reference: str | None = None
    score: float | None = Field(None, examples=[0.97])

    @classmethod
    def found(cls, found: Found) -> Self:
        """From a search."""
        return cls(**_named(found.row), score=round(found.score, 3))

    @classmethod
    def listed(cls, row: dict[str, Any]) -> Self:
        """From the list."""
        return cls(**_named(row))


class Duplicate(PatientFound):
    """Somebody who may be the same person, and why."""

    reasons: list[Literal["same_phone", "same_birth_date", "similar_name"]]

    @classmethod
    def like(cls, likeness: Likeness) -> Self:
        """As compared."""
        return cls(**_named(dict(likeness.row)), score=likeness.score, reasons=list(likeness.reasons))


class PatientCreated(PatientOut):
    """The new patient, and who may be the same person: compare, and merge if they are."""

    possible_duplicates: list[Duplicate] = []


class ConsentOut(Shape):
    """What was said to being contacted, and to which wording."""

    version: str
    given: bool
    at: datetime


class ChatOut(Shape):
    """A chat through which the patient is reached."""

    id: str
    is_self: bool = Field(description="Whether it is the patient's own; else a relative writes.")
    number: str = Field(examples=["***2345"])
    language: str
    consented: bool
    consents: list[ConsentOut]

    @classmethod
    def of_chat(cls, chat: Chat, is_self: bool) -> Self:
        """With its number masked."""
        return cls(
            id=chat.id, is_self=is_self, number=masked(chat.wa_id) if chat.wa_id else "", language=chat.language,
            consented=bool(chat.consented_to), consents=[ConsentOut.of(each) for each in chat.consents],
        )  # fmt: skip


def _named(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("name", "birth_date", "phones", "tags", "external_reference")
    return {"id": row["_id"], **{name: row[name] for name in kept if name in row}}
