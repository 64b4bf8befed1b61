"""The next free times at once, so that most patients need no question about the day."""

from datetime import date

from clinic.views import Slot
from flows.question import Question
from flows.reply import Option
from flows.slots import Hours, during, local, slot_id, spread, within
from flows.speech import short_day
from flows.speech import time as say_time
from flows.table import Step
from flows.talk import Talk, find
from flows.wanted import chosen, wished, without

WISH = ("clinic", "service", "doctor")
SHOWN = 8
LOOKED_AT = 60  # free times from which the ones shown are spread


async def ask(talk: Talk) -> Question | str:
    """Goes on by itself where a time, or a day to look at, is chosen already."""
    if "slot" in talk.choices:
        return "chosen"
    if (move := await wished(talk)) is not None:
        return move
    if "day" in talk.choices:
        return "day"
    slots = await _wished(talk) or await talk.slots(limit=LOOKED_AT)
    if not slots:
        return "none"
    options = await time_options(talk, spread(slots, await talk.zone(), SHOWN), with_day=True)
    tail = (Option("other", talk.say("other_time")),)
    return Question(f"{await _intro(talk)}\n{talk.say('hint_when')}", options, tail)


async def _wished(talk: Talk) -> list[Slot]:
    """The free times on the days and at the hours that the patient wrote; empty where nothing was written, or there are
    none."""
    days, hours = talk.choices.get("days"), talk.choices.get("between")
    if not days and not hours and "not_days" not in talk.choices:
        return []
    zone = await talk.zone()
    slots = without(await talk.slots(), talk, zone)
    if days:
        first, last = map(date.fromisoformat, days.split("/"))
        slots = within(slots, zone, first, last)
    return during(slots, zone, Hours.read(hours)) if hours else slots


async def _intro(talk: Talk) -> str:
    if not talk.choices["doctor"]:
        return talk.say("ask_time_any")
    return talk.say("ask_time", doctor=find(await talk.doctors(), talk.choices["doctor"]).name)


async def time_options(talk: Talk, slots: list[Slot], *, with_day: bool) -> tuple[Option, ...]:
    """A row for each free time; below it the doctor, where the patient did not choose one."""
    zone, today = await talk.zone(), await talk.today()
    doctors = {} if talk.choices["doctor"] else {doctor.id: doctor.name for doctor in await talk.doctors()}

    def row(slot: Slot) -> Option:
        moment = local(slot, zone)
        title = say_time(moment.time(), talk.language)
        if with_day:
            title = talk.say("slot", time=title, day=short_day(moment.date(), talk.language, today))
        return Option(slot_id(slot), title, doctors.get(slot.doctor_id, ""))

    return tuple(map(row, slots))


TIME = Step("time", ask, chosen, gives="day", needs=WISH, revisited=True, takes_time=True)
