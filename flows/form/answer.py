"""What the form's endpoint answers: the next screen, the same one with an error, the end, or that the form is over.

Everything is asked of the desk anew, so a form that was opened hours ago shows what is free now.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from clinic.errors import NotFound
from clinic.views import Wish
from flows.choices import forget
from flows.desk import Desk
from flows.form.choice import completion, named
from flows.form.offer import open_form
from flows.form.screens import ORDER, SCREENS, Data
from flows.inbound import Inbound, Kind
from flows.session import Session
from flows.steps.confirm import summary, visit
from flows.steps.doctor import ANY
from flows.talk import Talk

FIRST = "_FIRST"  # ends the name of a screen with which the form begins: WhatsApp begins only where nothing leads to
SENT = ("clinic", "service", "doctor", "day", "slot")  # what the screens send along
BY_SCREEN = dict(zip(ORDER, (1, 3, 4, 5, 5), strict=True))  # how many of them each has


@dataclass(frozen=True, slots=True)
class Asked:
    """``action`` is WhatsApp's: INIT, BACK, data_exchange; all but the last begin anew. ``form`` is the number of the
    question that the form came with; empty: it is too old."""

    form: str
    action: str
    screen: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screen:
    """To be shown."""

    name: str
    data: Data


@dataclass(frozen=True, slots=True)
class Filled:
    """The form ends; ``choice`` comes back as a message of the patient's, with ``text`` for whoever reads the chat."""

    choice: str
    text: str


@dataclass(frozen=True, slots=True)
class Over:
    """It cannot be filled in any more; the patient reads why."""

    text: str


@dataclass(frozen=True, slots=True)
class _Found:
    """The screen that what was chosen leads to; ``error`` is the text of what is in the way there."""

    screen: str
    error: str = ""


async def answer(session: Session, asked: Asked, desk: Desk, now: datetime) -> Screen | Filled | Over:
    """One answer for whatever comes, however strange."""
    talk = Talk(session.copy(), Inbound("form", now, Kind.FORM), desk, now)
    talk.own = (await talk.tenant()).texts
    if not asked.form or open_form(session) != asked.form:
        return Over(talk.say("form_over"))
    screen = asked.screen.removesuffix(FIRST) if asked.action == "data_exchange" else ""
    at = ORDER.index(screen) if screen in ORDER else -1
    _take(talk, asked.data, BY_SCREEN.get(screen, 0))
    if screen == "DOCTOR" and asked.data.get("look") == "doctors":
        found = _Found(screen)
    else:
        found = await _onward(talk)
    if screen == "CONFIRM" and found == _Found("CONFIRM"):
        return await _filled(talk, asked.form)
    shown = await _show(talk, found, at)
    if isinstance(shown, Screen) and shown.name == screen:
        return Screen(asked.screen, shown.data)
    return shown


async def _filled(talk: Talk, form: str) -> Filled | Over:
    try:
        return Filled(completion(form, talk.choices), summary(talk, await visit(talk)))
    except (LookupError, NotFound):  # whom it is for has left the chat meanwhile
        return Over(talk.say("form_over"))


def _take(talk: Talk, data: Mapping[str, Any], count: int) -> None:
    """What was filled in, as far as the screen goes; nothing of it is believed yet."""
    if count:
        forget(talk.choices, "clinic")
    for name in SENT[:count]:
        if isinstance(told := data.get(name), str) and told and len(told) <= 200:
            talk.choices[name] = "" if name == "doctor" and told == ANY else told


async def _onward(talk: Talk) -> _Found:
    """The first screen on which something is still to be chosen. What the clinic does not offer is dropped."""
    for name, look in zip(ORDER, (_clinic, _doctor, _day, _slot), strict=False):
        try:
            error = await look(talk)
        except NotFound:
            error = "withdrawn"
        if error is not None:
            return _Found(name, error)
    return _Found("CONFIRM")


async def _clinic(talk: Talk) -> str | None:
    return _settle(talk, "clinic", [each.id for each in await talk.clinics()])


async def _doctor(talk: Talk) -> str | None:
    """A service, and who offers it."""
    error = _settle(talk, "service", [each.id for each in await talk.services()])
    if error is not None:
        return error
    doctors = [each.id for each in await talk.doctors()]
    if talk.choices.get("doctor") == "" and doctors:
        return None
    return _settle(talk, "doctor", doctors)


def _settle(talk: Talk, name: str, offered: list[str]) -> str | None:
    """None where it is chosen, or there is no choice; else the error, mostly none."""
    chosen = talk.choices.get(name)
    if chosen in offered:
        return None
    if chosen is None and len(offered) == 1:
        talk.choices[name] = offered[0]
        return None
    talk.choices.pop(name, None)
    return "withdrawn" if chosen or not offered else ""


async def _day(talk: Talk) -> str | None:
    days, chosen = await talk.days(), talk.choices.get("day", "")
    if not days:
        return "form_nothing"
    with suppress(ValueError):
        if date.fromisoformat(chosen) in days:
            return None
    return "form_day_full" if chosen else ""


async def _slot(talk: Talk) -> str | None:
    """A time of that day, kept off other patients' lists while this one reads the last screen."""
    slots, chosen = await talk.slots(date.fromisoformat(talk.choices["day"])), talk.choices.get("slot", "")
    if not chosen:
        return ""
    slot = named(slots, chosen)
    if slot is not None and await talk.desk.hold(_wish(talk, slot.doctor_id), slot, talk.now):
        return None
    talk.look_again()
    return "form_taken"


def _wish(talk: Talk, doctor_id: str) -> Wish:
    return Wish(talk.choices["clinic"], talk.choices["service"], talk.choices["doctor"] or doctor_id)


async def _show(talk: Talk, found: _Found, at: int) -> Screen | Over:
    """WhatsApp goes forward or stays; what would lead back ends in words on the present screen, or ends the form."""
    to, error = ORDER.index(found.screen), found.error
    if error == "form_nothing" and at < 0:
        return Over(talk.say("no_slots_any"))
    if (error == "form_nothing" and to > at) or to < at:
        to, error = at, error or "withdrawn"
    if to == ORDER.index("CONFIRM") and error == "form_taken":
        error = "form_taken_back"
    try:
        data = await SCREENS[ORDER[to]](talk)
    except (LookupError, ValueError, NotFound):  # something that it shows has been withdrawn
        return Over(talk.say("form_over"))
    name = f"{ORDER[to]}{FIRST}" if at < 0 < to else ORDER[to]
    return Screen(name, data | ({"error_message": talk.say(error)} if error else {}))
