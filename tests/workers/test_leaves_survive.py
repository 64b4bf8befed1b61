"""A doctor falls ill, and a worker is killed with kill -9 while Redis forgets everything: every patient is offered
other times once, no time is kept for two, and who chose has one visit."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from graph_server import GraphServer
from promises import Practice
from redis import Redis
from test_leaves import away, offers
from test_leaves import family as family
from test_processes import clinic as clinic
from test_processes import environment as environment
from test_processes import own_url as own_url
from test_processes import process
from test_promises_survive import a_lease_later, provider_tells, until
from visits import DAY, Household, tomorrow

from clinic.alternative import kept_for
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.chat import Chat
from clinic.leave_answer import take
from clinic.leave_visit import of_leaves
from clinic.record import new_id

VISITS = 6
HALF_HOUR = timedelta(minutes=30)
TEMPLATES = ("doctor_away", "doctor_away_two", "doctor_away_one", "doctor_back")


async def booked(family: Household) -> list[Appointment]:
    """A morning of visits, each of a household of its own."""
    visits = []
    for number in range(VISITS):
        family.chat = family.chat.model_copy(
            update={"id": new_id(), "user_id": new_id(), "wa_id": f"9198765{number:05d}"}
        )
        await Chat.of(family.id).insert(family.chat)
        start = tomorrow(9) + 4 * DAY + number * HALF_HOUR
        visits.append(await family.visit(start, f"Patient {number}", promise=False))
    return visits


async def test_everybody_is_offered_other_times_once_through_kill_9_and_loss_of_redis(
    clinic: Practice, family: Household, graph: GraphServer, queue_redis: "Redis", environment: dict[str, str]
) -> None:
    graph.templates |= {(name, "en"): "APPROVED" for name in TEMPLATES}
    graph.slow = 0.05
    visits = await booked(family)

    async def letters() -> Counter[str]:
        mine = {each.id for each in await offers(family)}
        sent = (str(each["biz_opaque_callback_data"]).split(".")[1] for each in list(graph.sent))
        return Counter(each for each in sent if each in mine)

    async def begun() -> bool:
        return bool(await kept_for(family.id, [visits[0].id]))

    async def told() -> bool:
        await provider_tells(graph, family.id)
        cases = await of_leaves(family.id, [leave_id])
        return len(await letters()) == VISITS and all(each.status == "offered" for each in cases)

    with process("scheduler", environment), process("worker", environment) as doomed, process("worker", environment):
        leave_id = await away(family, visits[0])
        await until(begun)
        doomed.kill()
        queue_redis.flushall()
        await asyncio.sleep(1.0)
        await provider_tells(graph, family.id)
        await a_lease_later(family.id)
        with process("scheduler", environment), process("worker", environment):
            await until(told)
            first = Asker(new_id(), "patient", "whatsapp")
            moved, _ = await take(visits[0], 0, 1, first, datetime.now(UTC))
    assert set((await letters()).values()) == {1}, "nobody is told twice"
    rows = await Appointment.of(family.id).find()
    cells = Counter((row.doctor_id, cell) for row in rows for cell in row.cells or ())
    assert max(cells.values()) == 1, "no time is kept for two"
    mine = [row for row in rows if row.patient_id == visits[0].patient_id]
    assert [row.id for row in mine if row.status == "booked"] == [moved.id]
    assert moved.reference == visits[0].reference
