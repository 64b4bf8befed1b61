"""A half-done booking in the hands of somebody at the desk: it goes on where the patient stopped, as far as what was
chosen still holds."""

from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.errors import NotFound
from clinic.views import Wish
from flows.choices import forget
from flows.desk import Desk
from flows.inbound import Inbound, Kind
from flows.session import Session
from flows.slots import local, read_slot
from flows.steps.menu import MENU
from flows.steps.person import NEW

ON = "yes"  # the menu's option that goes on with the booking


async def begin(choices: dict[str, str], language: str, desk: Desk, now: datetime) -> Session:
    """The session before its first turn: at the menu, from where the table leads to the first thing that is open."""
    chosen = dict(choices)
    await _know(chosen, desk)
    await _look_again(chosen, desk, now)
    return Session(step=MENU.name, language=language, choices=chosen, options=[(ON, ON)])


def going_on(id: str, session: Session, now: datetime) -> Inbound:
    """The message that makes the first turn."""
    return Inbound(id, now, Kind.CHOICE, choice=f"{session.asked}:{ON}")


async def _know(chosen: dict[str, str], desk: Desk) -> None:
    """Who was new then may be known by now."""
    if chosen.get("patient") == NEW:
        name = chosen.get("name", "").casefold()
        known = next((each for each in (await desk.chat()).patients if each.name.casefold() == name), None)
        if known:
            chosen["patient"] = known.id


async def _look_again(chosen: dict[str, str], desk: Desk, now: datetime) -> None:
    """A time that is taken or past is asked anew; what the clinic has withdrawn, the turn finds out by itself."""
    place = next((each for each in await desk.clinics() if each.id == chosen.get("clinic")), None)
    if "slot" not in chosen or place is None:
        return
    slot = read_slot(chosen["slot"])
    wish = Wish(place.id, chosen.get("service", ""), slot.doctor_id)
    try:
        free = await desk.slots(wish, now, local(slot, ZoneInfo(place.zone)).date())
    except NotFound:
        free = []
    if slot not in free:
        forget(chosen, "slot")
