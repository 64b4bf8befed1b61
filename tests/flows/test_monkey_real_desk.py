"""The same monkey at the real front desk, with real stores under it."""

import random
from datetime import UTC, datetime

import pytest
from monkey import Monkey, Shaky, words
from player import Player

from clinic import demo
from clinic.appointment import Appointment
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.doctor import Doctor
from clinic.place import Clinic
from clinic.record import new_id
from clinic.service import Service
from clinic.tenant import Tenant
from clinic.views import Sender
from flows.language import own_name
from flows.texts import languages
from opdesk.play.people import GREETINGS

TURNS = 200  # of each language
START = datetime(2027, 1, 4, 2, 30, tzinfo=UTC)


async def practice() -> str:
    """A fresh one with three doctors, where a patient may hold three bookings."""
    tenant_id = f"monkey-{new_id()}"
    await demo.seed_many(tenant_id, 3, new_id(), "secret", START)
    await Tenant.itself().change({"_id": tenant_id}, {"$set": {"max_open_bookings": 3, "booking_form": True}})
    return tenant_id


async def data(tenant_id: str) -> set[str]:
    """What stands in a chat of any language: names and addresses."""
    rows = [row for kind in (Clinic, Doctor, Service) for row in await kind.of(tenant_id).rows()]
    told = (str(row.get(name, "")) for row in rows for name in ("name", "address", "specialty", "map_url"))
    return words([*told, *map(own_name, languages()), "Load", "http://desk.example/c/ ics"])


@pytest.mark.parametrize("language", languages())
async def test_at_the_real_desk_too(language: str, database: object) -> None:
    tenant_id = await practice()
    DIRECTORIES.forget(tenant_id)
    dice = random.Random(f"real {language}")
    user = new_id()
    desk = Shaky(None, dice)
    player = Player(desk, now=START, profile_name="Asha Verma")  # type: ignore[arg-type]

    def open_desk() -> None:
        desk.desk = FrontDesk(tenant_id, Sender(user), public_url="http://desk.example")

    open_desk()
    monkey = Monkey(player, dice, await data(tenant_id), open_desk)
    await monkey.say(GREETINGS[language][-1])
    while monkey.turns < TURNS:
        await monkey.act()
    assert desk.faults > 3, "the desk's faults were not felt"
    assert language in monkey.spoken
    visits = await Appointment.of(tenant_id).find()
    assert len({visit.request_id for visit in visits}) == len(visits), "no message booked twice"
