"""Something that can be booked."""

from pydantic import Field
from pymongo import IndexModel

from clinic.availability import Visit
from clinic.practice_record import PracticeRecord
from clinic.to_bring import Documents, OwnWords
from clinic.views import ServiceView


class Service(PracticeRecord):
    """A kind of visit. The buffers keep the doctor free before and after; they may lie outside the hours."""

    name: str
    minutes: int = Field(gt=0, le=12 * 60)
    price: int | None = None  # in the currency's minor unit
    buffer_before: int = Field(default=0, ge=0, le=4 * 60)
    buffer_after: int = Field(default=0, ge=0, le=4 * 60)
    bring: Documents = []  # besides what every visit to the clinic needs
    bring_words: OwnWords = {}  # the same in the clinic's own words
    active: bool = True
    position: int = 0  # in lists

    class Settings:
        name = "services"
        indexes = [IndexModel([("tenant_id", 1), ("position", 1)])]

    @property
    def visit(self) -> Visit:
        """How long it takes."""
        return Visit(self.minutes, self.buffer_before, self.buffer_after)

    def view(self) -> ServiceView:
        """What the chat may know."""
        return ServiceView(
            self.id, self.name, self.minutes, self.price, tuple(self.bring), tuple(self.bring_words.items())
        )
