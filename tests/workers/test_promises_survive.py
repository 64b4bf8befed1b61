"""Many reminders due at one moment, while a worker is killed with kill -9 and Redis forgets everything: each is sent
once, and no faster than the number may."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from graph_server import GraphServer
from promises import Practice
from redis.asyncio import Redis
from test_processes import clinic as clinic
from test_processes import environment as environment
from test_processes import own_url as own_url
from test_processes import process
from visits import household, tomorrow

from clinic import notification
from clinic.channel import USUAL
from clinic.chat import Chat
from clinic.delivery import StatusChange
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template, starter
from opdesk.paced import pace_of
from workers.context import Context
from workers.pace import leave

VISITS = 80
PATIENCE = 240.0  # seconds; on a machine of its own it is over in fifteen
LEASED = {"status": "sending", "wake_at": {"$exists": True}}


async def provider_tells(graph: GraphServer, tenant_id: str) -> None:
    """The statuses of all that was sent, as webhooks bring them."""
    now = datetime.now(UTC)
    ids = [str(sent["biz_opaque_callback_data"]) for sent in list(graph.sent)]
    await notification.apply_statuses([StatusChange(tenant_id, "sent", now, each) for each in ids])


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    deadline = monotonic() + PATIENCE
    while not await happened():
        assert monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.1)


async def a_lease_later(tenant_id: str) -> None:
    """What was being sent by somebody who is lost is due again."""
    past = datetime.now(UTC) - timedelta(seconds=10)
    await Notification.of(tenant_id).change_all(LEASED, {"$set": {"wake_at": past}})


async def test_each_reminder_once_through_kill_9_and_loss_of_redis(
    clinic: Practice, graph: GraphServer, queue_redis: "Redis", environment: dict[str, str]
) -> None:
    family = await household(clinic)
    graph.templates |= {("appointment_reminder", "en"): "APPROVED", ("appointment_soon", "en"): "APPROVED"}
    for number in range(VISITS):
        family.chat = family.chat.model_copy(update={"id": new_id(), "user_id": new_id()})
        await Chat.of(family.id).insert(family.chat)
        await family.visit(tomorrow(), f"Patient {number}")
    await family.due(ago=timedelta(minutes=1))
    graph.slow = 0.05

    async def sent(number: int) -> bool:
        await provider_tells(graph, family.id)
        return len({each["biz_opaque_callback_data"] for each in graph.sent}) >= number

    async def done() -> bool:
        await provider_tells(graph, family.id)
        return set(await family.statuses()) <= {"accepted", "sent"}

    with process("scheduler", environment), process("worker", environment) as doomed, process("worker", environment):
        await until(lambda: sent(VISITS // 4))
        doomed.kill()
        queue_redis.flushall()
        await asyncio.sleep(1.0)
        await provider_tells(graph, family.id)
        await a_lease_later(family.id)
        with process("scheduler", environment), process("worker", environment):
            await until(done)
    told = Counter(each["biz_opaque_callback_data"].split(".")[1] for each in graph.sent)
    mine = {each.id for each in await family.ledger(kind="reminder:24h")}
    assert len(mine) == VISITS
    assert {each: count for each, count in told.items() if each in mine} == dict.fromkeys(mine, 1)


async def test_a_numbers_pace_is_shared_by_all(clinic: Practice, context: Context, redis: Any) -> None:
    """By two workers together: half of a number's 80, and the others' pace is their own."""
    workers = [context, replace(context, pace=pace_of(redis))]
    moments: list[float] = []

    async def one(number: int) -> None:
        await leave(workers[number % 2], clinic.id, clinic.channel_id, f"patient {number}")
        moments.append(monotonic())

    await asyncio.gather(*(one(number) for number in range(60)))
    second = 0.9  # seen from here: on a busy machine what left first may be noted last
    assert max(sum(1 for each in moments if start <= each < start + second) for start in moments) <= USUAL / 2
    began = monotonic()
    await leave(context, clinic.id, "another number", "patient")
    assert monotonic() - began < 1.0, "another number waits for nobody"


async def test_without_redis_the_pace_is_a_guess(clinic: Practice, context: Context) -> None:
    nobody = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    began = monotonic()
    await leave(replace(context, pace=pace_of(nobody)), clinic.id, clinic.channel_id, "patient")
    assert monotonic() - began < 3.0
    await nobody.aclose()


async def test_an_offers_letter_says_until_when_and_carries_its_buttons(clinic: Practice) -> None:
    made = starter(clinic.id, "offer", "en")
    assert {"date", "time", "until"} <= set(made.names(made.body))
    assert [button.action for button in made.buttons] == ["yes", "no", "stop"]
    assert isinstance(made, Template)
