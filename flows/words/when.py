"""Days and times in plain words: "tomorrow", "monday 5 pm", "kal shaam 5 baje", "الخميس", "jeudi 17h30"."""

from dataclasses import dataclass
from datetime import date, time

from flows.words.grammar import reduce
from flows.words.lexicon import Item, items
from flows.words.moment import PARTS, Days, Hour, Span, day_of_month

MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class When:
    """When a patient would like to come, as wall-clock time at the clinic; what was not said is None.

    - one day: ``day``, and ``day_to`` None; several days: both, both included ("next week" is Monday to Sunday);
    - an exact time: ``time_from`` and ``time_to`` are equal ("5 pm" is 17:00 and 17:00); a stretch of time: both
      ("morning" is 06:00 to 12:00, "4 to 6" is 16:00 to 18:00); an open end is None ("after 5" is 17:00 and None).
    """

    day: date | None = None
    day_to: date | None = None
    time_from: time | None = None
    time_to: time | None = None

    @property
    def exact(self) -> bool:
        """Whether one time was named rather than a stretch of the day."""
        return self.time_from is not None and self.time_from == self.time_to


def read_when(text: str, language: str, today: date) -> When | None:
    """The days and times that ``text`` names, or None where it names none. Never raises.

    It reads the chat's language, English, Hindi and Arabic (both also in Latin letters). Dates are day first. A
    weekday, even "next friday", is the next such day after ``today``; a date that has passed means the next one. A
    bare hour is read as a clinic means it (see ``Hour``). A day ruled out ("not monday", "kal nahi") does not count."""
    row = items(text[:MAX_LENGTH], language)
    alone = number_alone(row, today)
    if alone:
        return alone
    row = reduce(row, today)
    return when_of(days_of(row), row)


def when_of(days: Days | None, row: list[Item], open_ends: bool = False) -> When | None:
    """The days, and the times that a reduced row names. ``open_ends``: "before 11 in the morning" has no beginning."""
    first, last = (days.first, days.last) if days else (None, None)
    found = When(first, last, *_times(row, open_ends))
    return None if found == When() else found


def number_alone(row: list[Item], today: date) -> When | None:
    """A message that is one number: up to 12 an hour, above it a day of the month."""
    if [item.kind for item in row] != ["n"]:
        return None
    number = row[0].value
    if 1 <= number <= 12:
        return When(None, None, Hour(number).read(), Hour(number).read())
    day = day_of_month(number, today)
    return When(day) if day else None


def days_of(row: list[Item]) -> Days | None:
    """A date beats a weekday; else what was said first."""
    said = [item.value for item in row if item.kind == "Y"]
    return min(said, key=lambda days: not days.dated, default=None)


def _times(row: list[Item], open_ends: bool) -> tuple[time | None, time | None]:
    parts = [item.value for item in row if item.kind == "p"]
    part = parts[0] if len(parts) == 1 else ""
    for item in row:
        if item.kind == "S":
            return _span(item.value, part, open_ends)
    for item in row:
        if item.kind == "A":
            said = item.value.read(part)
            return said, said
    if not parts:
        return None, None
    return min(PARTS[part][0] for part in parts), max(PARTS[part][1] for part in parts)


def _span(span: Span, part: str, open_ends: bool) -> tuple[time | None, time | None]:
    if span.start and span.end:
        return _between(span.start, span.end, part)
    begin, finish = PARTS.get(part, (None, None))
    start = span.start.read(part) if span.start else None
    end = span.end.read(part) if span.end else None
    # Nothing comes after the evening: "evening after 6" stays open, as "after 6" does.
    if open_ends:
        return start, end
    if start and finish and finish > start and part != "evening":
        end = finish
    if end and begin and begin < end and not start:
        start = begin
    return start, end


def _between(first: Hour, last: Hour, part: str) -> tuple[time, time]:
    """ "4 to 6 pm" is 16 to 18, "11 to 1 pm" 11 to 13, "10 to 8" 10 to 20."""
    end = last.read(part)
    readings = [Hour(first.hour, first.minute, first.half or last.half).read(part), first.read(part), first.read()]
    start = next((reading for reading in readings if reading < end), readings[1])
    if start > end and end.hour < 12:
        end = end.replace(hour=end.hour + 12)
    return min(start, end), max(start, end)
