"""From "monday 5 pm" to a free time: what a patient's own words about day and time lead to."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from clinic.views import Slot
from flows.choices import forget
from flows.said import Said
from flows.slots import Hours, around, during, local, read_slot, slot_id, within
from flows.speech import day as say_day
from flows.speech import time as say_time
from flows.table import STAY
from flows.talk import Talk
from flows.words.when import When, read_when

Days = tuple[date, date]  # the first and the last, both included


async def wanted(talk: Talk, said: Said) -> str | None:
    """The move that the words make; None where they name no day and no time, or are a plain answer to the question."""
    when = None if said.certain or not said.text else read_when(said.text, talk.language, await talk.today())
    return await _seek(talk, when) if when else None


async def wished(talk: Talk) -> str | None:
    """The move that an earlier sentence makes, now that its time has come; None where it named no day and no time."""
    days, hours = talk.choices.pop("wish_days", ""), talk.choices.pop("wish_hours", "")
    if not_days := talk.choices.pop("wish_not", ""):
        talk.choices["not_days"] = not_days
    if not (days or hours or not_days):
        return None
    first, _, last = days.partition("/")
    span = Hours.read(hours or "-")
    when = When(
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last and last != first else None,
        span.start,
        span.end,
    )
    return await _seek(talk, when)


def without(slots: list[Slot], talk: Talk, zone: ZoneInfo) -> list[Slot]:
    """The free times without those on days that the patient ruled out."""
    not_days = talk.choices.get("not_days", "").split()
    return [slot for slot in slots if local(slot, zone).date().isoformat() not in not_days] if not_days else slots


async def choose(talk: Talk, slot: Slot) -> str:
    """Take a time, unless somebody else is about to. A message that came late is checked against the diary first."""
    day = local(slot, await talk.zone()).date()
    fresh = not talk.late or slot in await talk.slots(day)
    if fresh and await talk.desk.hold(talk.wish(), slot, talk.now):
        talk.choices["slot"] = slot_id(slot)
        return "chosen"
    talk.note("taken", when=await when_text(talk, slot))
    talk.look_again()
    return STAY


async def chosen(talk: Talk, said: Said) -> str | None:
    """The answer to a list of times: one of them, the wish for another day, or one's own words."""
    move = await wanted(talk, said)
    if move or not said.option:
        return move
    if said.option == "other":
        forget(talk.choices, "day")
        return "other"
    return await choose(talk, read_slot(said.option))


async def when_text(talk: Talk, slot: Slot) -> str:
    """ "Tomorrow, Tue 24 Nov, at 5:00 pm"."""
    return moment_text(talk, slot.start, await talk.zone())


def moment_text(talk: Talk, start: datetime, zone: ZoneInfo) -> str:
    """The same of any moment, on the clock of a place."""
    moment, today = start.astimezone(zone), talk.now.astimezone(zone).date()
    return talk.say(
        "day_at_time",
        day=say_day(moment.date(), talk.language, today),
        time=say_time(moment.time(), talk.language),
    )


async def _seek(talk: Talk, when: When) -> str:
    days = (when.day, when.day_to or when.day) if when.day else _looked_at(talk)
    found = without(await _on(talk, days), talk, await talk.zone())
    not_days = talk.choices.get("not_days")
    forget(talk.choices, "day")
    if not_days and not (when.day and not when.day_to):
        talk.choices["not_days"] = not_days
    if not found:
        talk.note("nothing_then")
        return "times"
    move = _look_at(talk, days)
    return await _at(talk, when, found, move) if when.time_from or when.time_to else move


def _looked_at(talk: Talk) -> Days | None:
    """The day or days that are on the table already: "after five" means then."""
    days = talk.choices.get("day") or talk.choices.get("days")
    if not days:
        return None
    first, _, last = days.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last or first)


async def _on(talk: Talk, days: Days | None) -> list[Slot]:
    """The free times on those days; on all, where none are named."""
    if days is None:
        return await talk.slots()
    first, last = days
    return await talk.slots(first) if first == last else within(await talk.slots(), await talk.zone(), first, last)


def _look_at(talk: Talk, days: Days | None) -> str:
    """Remember the day or days to be looked at."""
    if days is None:
        return "times"
    first, last = days
    if first == last:
        talk.choices["day"] = first.isoformat()
        return "day"
    talk.choices["days"] = f"{first}/{last}"
    return "times"


async def _at(talk: Talk, when: When, found: list[Slot], move: str) -> str:
    zone = await talk.zone()
    exact = when.time_from if when.time_from == when.time_to else None
    if exact is not None:
        return await _exactly(talk, exact, found, move)
    hours = Hours(when.time_from, when.time_to)
    if during(found, zone, hours):
        talk.choices["between"] = str(hours)
    else:
        talk.note("nothing_then")
    return move


async def _exactly(talk: Talk, moment: time, found: list[Slot], move: str) -> str:
    zone = await talk.zone()
    hit = next((slot for slot in found if local(slot, zone).time() == moment), None)
    if hit:
        held = await choose(talk, hit)
        return move if held == STAY else held
    if during(found, zone, around(moment)):
        talk.note("not_free", when=say_time(moment, talk.language))
        talk.choices["between"] = str(around(moment))
    else:
        talk.note("nothing_then")
    return move
