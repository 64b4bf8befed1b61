"""The chat's own texts as the API takes and shows them."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api.shapes import Change, Text
from api.shapes.templates import FindingOut

Form = Annotated[Text, Field(max_length=5000, examples=["Good day, this is {practice}."])]
KeyPath = Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9_]+$", examples=["hello"])]
LanguagePath = Annotated[str, Path(max_length=3, pattern=r"^[a-z]{2,3}$", examples=["en"])]


class TextIn(Change):
    """The practice's words: one form, or as many as ours has, one for each plural of the language."""

    forms: list[Form] = Field(min_length=1, max_length=6)


class TextOut(BaseModel):
    """A text of the chat: ours, and the practice's own where it has some."""

    id: str = Field(examples=["hello.en"])
    key: str = Field(examples=["hello"])
    language: str
    ours: list[str]
    own: list[str] | None = Field(description="null: patients read ours.")
    limit: int = Field(description="Characters that fit.", examples=[20])
    about: str = Field(description="Where patients read it.")
    placeholders: list[str] = Field(examples=[["practice"]])
    version: int = Field(description="Of the practice's words; 0 where there are none.")
    author: str = ""
    edited_at: datetime | None = None


class TextPreview(BaseModel):
    """The words with sample facts, and what a check finds."""

    shown: list[str]
    findings: list[FindingOut]
