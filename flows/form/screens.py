"""The screens of the booking form, in their order, and what each shows in the patient's language.

The form itself (``bot.channels.booking_form``) has no words: all of them come as data, so one form serves every
language.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from clinic.errors import NotFound
from clinic.views import ServiceView
from flows.reply import shorten
from flows.slots import local, slot_id
from flows.speech import day as say_day
from flows.speech import money
from flows.speech import time as say_time
from flows.steps.confirm import summary, visit
from flows.steps.doctor import ANY
from flows.talk import Talk

Data = dict[str, Any]
Row = dict[str, str]
TITLE, DESCRIPTION, LABEL, BUTTON, HEADING, BODY = 30, 300, 20, 35, 80, 4096  # WhatsApp's limits
MOST_TIMES = 200  # of one day
ORDER = ("CLINIC", "DOCTOR", "DATE", "SLOT", "CONFIRM")


def row(id: str, title: str, description: str = "") -> Row:
    """One choice; WhatsApp wants no empty description."""
    shown = {"id": id, "title": shorten(title, TITLE)}
    return shown | {"description": shorten(description, DESCRIPTION)} if description else shown


def _words(talk: Talk, heading: str, *, button: str = "form_next", **labels: str) -> Data:
    said = {name: shorten(talk.say(key), LABEL) for name, key in labels.items()}
    return {"heading": shorten(heading, HEADING), "button": shorten(talk.say(button), BUTTON), **said}


def _so_far(talk: Talk, *names: str) -> Data:
    """What was chosen on earlier screens goes along: nothing of a form that is open is kept here."""
    known = {**talk.choices, "doctor": talk.choices.get("doctor") or ANY}
    return {name: known[name] for name in names}


async def clinic(talk: Talk) -> Data:
    """Where."""
    rows = [row(each.id, each.name, each.address) for each in await talk.clinics()]
    return _words(talk, talk.say("form_clinic"), label="form_clinic_label") | {"clinics": rows}


async def doctor(talk: Talk) -> Data:
    """What for, and with whom. Another service may be another doctor's."""
    services, currency = await talk.services(), (await talk.clinic()).currency
    chosen = talk.choices.get("service") or services[0].id
    doctors = [row(each.id, each.name, each.specialty) for each in await talk.doctors(service_id=chosen)]
    anybody = [row(ANY, talk.say("any_doctor"), talk.say("any_doctor_why"))] if len(doctors) > 1 else []
    words = _words(talk, talk.say("ask_doctor"), service_label="form_service_label", doctor_label="form_doctor_label")
    return {
        **words, **_so_far(talk, "clinic"), "service": chosen, "several": len(services) > 1,
        "services": [row(each.id, each.name, _terms(talk, each, currency)) for each in services],
        "doctors": [*anybody, *doctors],
    }  # fmt: skip


def _terms(talk: Talk, service: ServiceView, currency: str) -> str:
    minutes = talk.say("service_minutes", n=service.minutes)
    if service.price is None:
        return minutes
    return talk.say("service_price", minutes=minutes, price=money(service.price, currency, talk.language))


async def day(talk: Talk) -> Data:
    """Which of the days that have a free time."""
    days = await talk.days()
    first, last = days[0], days[-1]
    closed = sorted({first + timedelta(days=n) for n in range((last - first).days)} - set(days))
    return {
        **_words(talk, talk.say("ask_day"), label="form_day_label"),
        **_so_far(talk, "clinic", "service", "doctor"),
        "first": first.isoformat(), "last": last.isoformat(), "closed": [each.isoformat() for each in closed],
    }  # fmt: skip


async def slot(talk: Talk) -> Data:
    """Which of the day's times."""
    chosen, zone = date.fromisoformat(talk.choices["day"]), await talk.zone()
    heading = talk.say("ask_slot", day=say_day(chosen, talk.language, await talk.today()))
    names = {} if talk.choices["doctor"] else {each.id: each.name for each in await talk.doctors()}
    if not (times := (await talk.slots(chosen))[:MOST_TIMES]):
        raise NotFound
    rows = [
        row(slot_id(each), say_time(local(each, zone).time(), talk.language), names.get(each.doctor_id, ""))
        for each in times
    ]
    return {
        **_words(talk, heading, label="form_time_label"),
        **_so_far(talk, "clinic", "service", "doctor", "day"),
        "slots": rows,
    }  # fmt: skip


async def confirm(talk: Talk) -> Data:
    """The visit in full."""
    return {
        **_words(talk, talk.say("form_confirm"), button="yes_book"),
        **_so_far(talk, "clinic", "service", "doctor", "day", "slot"),
        "summary": shorten(summary(talk, await visit(talk)), BODY), "hint": talk.say("form_back"),
    }  # fmt: skip


SCREENS: dict[str, Callable[[Talk], Awaitable[Data]]] = dict(
    zip(ORDER, (clinic, doctor, day, slot, confirm), strict=True)
)
