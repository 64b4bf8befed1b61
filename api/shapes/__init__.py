"""What the API takes and answers: one file per resource."""

from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

SHAPE_OF_ID: dict[str, Any] = {"min_length": 1, "max_length": 64, "pattern": r"^[A-Za-z0-9_.:-]+$"}
EXAMPLE = ["67a1b2c3d4e5f60718293a4b"]
Id = Annotated[str, Path(examples=EXAMPLE, **SHAPE_OF_ID)]
OtherId = Annotated[str, Field(examples=EXAMPLE, **SHAPE_OF_ID)]


def check_text(text: str) -> str:
    """Text that can be stored and shown. Raises ``ValueError`` for control characters."""
    if any(ord(character) < 32 and character not in "\n\t" for character in text):
        raise ValueError("no control characters")
    return text


def _bounded(moment: AwareDatetime) -> AwareDatetime:
    if not 1900 <= moment.year <= 2200:
        raise ValueError("a year from 1900 to 2200")
    return moment


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_text)]
Name = Annotated[Text, Field(min_length=1, max_length=120)]
Note = Annotated[Text, Field(max_length=2000)]
Moment = Annotated[AwareDatetime, AfterValidator(_bounded)]  # with its offset, in a year that calendars know


class Shape(BaseModel):
    """An answer, made from a record of the domain."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, record: Any) -> Self:
        """The record as it is shown: fields of the same names."""
        return cls.model_validate(record)


class Change(BaseModel):
    """What a caller wants: an unknown field is a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)
