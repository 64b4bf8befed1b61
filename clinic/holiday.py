"""On which days a clinic is closed: the public holidays of its country and region, and its own days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from clinic.record import Day

Name = Annotated[str, Field(max_length=100)]
LANGUAGE = "en_US"  # named, else the machine's own would count


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day. ``public``: of the country's calendar; ``worked``: the clinic is open all the same."""

    date: date
    name: str
    public: bool
    worked: bool


class OwnHoliday(BaseModel):
    """A day on which this clinic alone is closed."""

    date: Day
    name: Name = ""


class HolidayRules(BaseModel):
    """``country`` (ISO 3166, two letters) switches its public holidays on, ``subdivision`` (as the package ``holidays``
    names them, such as ``MH`` of ``IN``) those of the region; ``worked`` are the ones on which the clinic is open."""

    country: str = ""
    subdivision: str = ""
    own: list[OwnHoliday] = []
    worked: list[Day] = []

    @model_validator(mode="after")
    def region_is_known(self) -> Self:
        """Raises ``ValueError`` for a region whose holidays nobody knows."""
        check_region(self.country, self.subdivision)
        return self

    def of_year(self, year: int) -> list[Holiday]:
        """All holidays of a year, those that are worked too, in order."""
        found = {day: Holiday(day, name, True, day in self.worked) for day, name in self._public(year).items()}
        for own in self.own:
            if own.date.year == year:
                found[own.date] = Holiday(own.date, own.name, False, own.date in self.worked)
        return [found[day] for day in sorted(found)]

    def closes(self, day: date) -> bool:
        """Whether nobody is seen on that day."""
        if day in self.worked:
            return False
        return any(own.date == day for own in self.own) or day in self._public(day.year)

    def _public(self, year: int) -> Mapping[date, str]:
        return public_holidays(self.country, self.subdivision, year) if self.country else {}


@lru_cache(maxsize=2048)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """The public holidays of a region in a year, with English names where there are any. Those that follow the moon are
    estimated by the package, which then says so in the name."""
    import holidays  # see ``regions``

    return MappingProxyType(
        dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=LANGUAGE))
    )


@lru_cache
def regions() -> Mapping[str, tuple[str, ...]]:
    """The countries whose holidays are known, each with its subdivisions."""
    import holidays  # late, with its calendars of all peoples: programs that ask for no holiday start without them

    known = holidays.list_supported_countries(include_aliases=False)
    return MappingProxyType({country: tuple(parts) for country, parts in known.items() if len(country) == 2})


def check_region(country: str, subdivision: str) -> None:
    """Raises ``ValueError``, which says what to write instead."""
    if not country and subdivision:
        raise ValueError("a subdivision needs its country: give both, or neither")
    if country and country not in regions():
        raise ValueError("the holidays of this country are not known: use two capital letters, such as IN, or leave "
                         "the country empty and add the days to `own`")  # fmt: skip
    if subdivision and subdivision not in regions()[country]:
        raise ValueError(f"the subdivision is one of {_some(regions()[country])}, or empty for the whole country")


def _some(parts: tuple[str, ...]) -> str:
    return ", ".join(parts[:60]) or "none"


def closed_days(rules: HolidayRules, days: list[date]) -> Iterator[date]:
    """Those of the days on which the rules close the clinic."""
    if rules.country or rules.own:
        yield from (day for day in days if rules.closes(day))
