"""How every list is asked for and answered."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A part of a list. Ask again with `cursor` set to `next` for what follows; `null` says that this is all."""

    items: list[T]
    next: str | None = Field(None, examples=["W3siaXMiOiAxfSwgIjY3Il0="])


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which part of a list is wanted."""

    limit: int
    cursor: str


async def page_asked(
    limit: Annotated[int, Query(ge=1, le=200, description="How many items at most.")] = 50,
    cursor: Annotated[str, Query(max_length=1000, description="`next` of the page before.")] = "",
) -> PageAsked:
    """From the query string."""
    return PageAsked(limit, cursor)


Asked = Annotated[PageAsked, Depends(page_asked)]
