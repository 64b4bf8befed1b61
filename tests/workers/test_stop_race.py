"""A STOP and a template never cross: after the answer to STOP could leave, nothing that was not asked for leaves."""

import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from graph_server import GraphServer, refusal
from promises import Practice
from pymongo.asynchronous.database import AsyncDatabase
from visits import household, tomorrow

from clinic import clock, notification, staff_template
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.consent_stop import StillLeaving
from clinic.conversation import Conversation, Person
from clinic.delivery import StatusChange
from clinic.desk import FrontDesk
from clinic.notification import Notification
from clinic.staff_template import PatientStopped
from clinic.tenant import Tenant
from clinic.views import Sender
from workers.context import Context
from workers.notifications import deliver
from workers.provider import Letter
from workers.sweep import sweep_once

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
Database = AsyncDatabase[dict[str, Any]]


def timed(graph: GraphServer, arrivals: dict[str, float]) -> None:
    """Note when each promise came to the provider, by its id."""

    class Noted(list[dict[str, Any]]):
        def append(self, sent: dict[str, Any], /) -> None:
            arrivals[sent["biz_opaque_callback_data"].split(".")[1]] = time.monotonic()
            super().append(sent)

    graph.sent = Noted()


@dataclass(frozen=True)
class SlowWay:
    """A network on which a message is under way for a while before the provider has it."""

    provider: Any
    seconds: float = 0.4

    async def send_template(self, letter: Letter) -> str:
        await asyncio.sleep(self.seconds)
        told: str = await self.provider.send_template(letter)
        return told


def slowly(context: Context) -> Context:
    async def provider(tenant_id: str, channel_id: str) -> Any:
        return SlowWay(await context.provider(tenant_id, channel_id))

    return replace(context, provider=provider)


async def user_of(practice: Practice, promise: Notification) -> str:
    return (await Chat.of(practice.id).get(promise.chat_id)).user_id


async def stopped(practice: Practice, promise: Notification, after: float) -> float:
    """When the answer to this chat's STOP could leave."""
    await asyncio.sleep(after)
    user_id = await user_of(practice, promise)
    while True:
        try:
            await FrontDesk(practice.id, Sender(user_id)).stop_messages(clock.now())
        except StillLeaving:
            continue
        return time.monotonic()


@pytest.mark.parametrize("seed", range(3))
async def test_a_stop_in_the_middle_of_many_sends(
    clinic: Practice, graph: GraphServer, context: Context, seed: int
) -> None:
    """Every moment of a send meets a STOP: thirty chats, a provider that takes its time."""
    dice, arrivals = random.Random(seed), dict[str, float]()
    timed(graph, arrivals)
    context = slowly(context)
    promises = [await clinic.promise() for _ in range(30)]
    sending = asyncio.create_task(deliver([each.id for each in promises], context))
    answered = await asyncio.gather(*(stopped(clinic, each, dice.uniform(0, 1.5)) for each in promises))
    await sending
    outcomes = [(await clinic.stored(each)).status for each in promises]
    late = [arrivals[each.id] - told for each, told in zip(promises, answered, strict=True) if each.id in arrivals]
    assert [each for each in late if each > 0] == [], "it came to the provider after STOP was answered"
    assert set(outcomes) <= {"accepted", "withdrawn"}
    assert {each.id for each, status in zip(promises, outcomes, strict=True) if status == "accepted"} == set(arrivals)


async def test_stop_in_another_process(
    clinic: Practice, graph: GraphServer, context: Context, database: Database, mongo_url: str
) -> None:
    arrivals: dict[str, float] = {}
    timed(graph, arrivals)
    context = slowly(context)
    promises = [await clinic.promise() for _ in range(40)]
    users = [await user_of(clinic, each) for each in promises]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "stopper.py"), mongo_url, database.name, clinic.id, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    assert (await asyncio.wait_for(process.stdout.readline(), 60)).strip() == b"ready"
    process.stdin.write(f"{' '.join(users)}\n".encode())
    sending = asyncio.create_task(deliver([each.id for each in promises], context))
    answered = list(map(float, (await asyncio.wait_for(process.stdout.readline(), 60)).split()))
    await sending
    await process.wait()
    assert len(answered) == len(promises)
    late = [arrivals[each.id] - told for each, told in zip(promises, answered, strict=True) if each.id in arrivals]
    assert [each for each in late if each > 0] == []
    assert {(await clinic.stored(each)).status for each in promises} <= {"accepted", "withdrawn"}


async def test_what_was_claimed_before_stop_and_sent_after_is_not_sent(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    await stopped(clinic, promise, 0)
    await deliver([promise.id], context)
    assert graph.sent == []
    assert ((stored := await clinic.stored(promise)).status, stored.error) == ("withdrawn", "stopped")


async def test_a_retry_after_stop_is_not_sent(clinic: Practice, graph: GraphServer, context: Context) -> None:
    promise = await clinic.promise()
    graph.answers.append(refusal(131016))
    await deliver([promise.id], context)
    assert (await clinic.stored(promise)).status == "due"
    await stopped(clinic, promise, 0)
    now = clock.now()
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"status": "due", "wake_at": now}})
    await deliver([promise.id], context)
    assert len(graph.sent) == 1


async def test_what_is_asked_for_is_sent_after_stop(clinic: Practice, graph: GraphServer, context: Context) -> None:
    people = await household(clinic)
    visit = await people.visit(tomorrow())
    await people.due()
    await FrontDesk(clinic.id, Sender(people.chat.user_id)).stop_messages(clock.now())
    (reminder, *_) = await people.ledger(kind="reminder:24h")
    await deliver([reminder.id], context)
    assert graph.sent == []
    held = {"status": "waitlist", "offer_until": tomorrow(), "version": 3}

    await Appointment.of(clinic.id).change({"_id": visit.id}, {"$set": held})
    offer = Notification(
        tenant_id=clinic.id, appointment_id=visit.id, kind="offer", start_version=3, chat_id=people.chat.id,
        language="en", due_at=clock.now(), wake_at=clock.now(),
    )  # fmt: skip
    await notification.promise(offer)
    await deliver([offer.id], context)
    assert [each["template"]["name"] for each in graph.sent] == ["slot_offer"]


@pytest.mark.parametrize("ends", ["all", "marketing"])
async def test_whatsapps_refusal_is_a_stop(clinic: Practice, graph: GraphServer, context: Context, ends: str) -> None:
    await Tenant.itself().change({"_id": clinic.id}, {"$set": {"whatsapp_stop_ends": ends}})
    promise = await clinic.promise()
    graph.answers.append(refusal(131050))
    await deliver([promise.id], context)
    known = await Chat.of(clinic.id).get(promise.chat_id)
    assert (known.stopped, known.marketing is not None) == (ends == "all", ends == "marketing")
    assert known.consents[-1].source == "whatsapp"


async def test_whatsapps_refusal_that_comes_as_a_status_is_one_too(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    await deliver([promise.id], context)
    told = StatusChange(clinic.id, "failed", clock.now(), f"n.{promise.id}.1", "wamid.1", error="131050 User stopped")
    await notification.apply_statuses([told])
    await sweep_once(context, clock.now())
    assert (await Chat.of(clinic.id).get(promise.chat_id)).stopped


async def test_staff_are_told_that_the_patient_stopped(clinic: Practice, graph: GraphServer, context: Context) -> None:

    promise = await clinic.promise()
    user_id = await user_of(clinic, promise)
    chat = Conversation(
        id=promise.chat_id, tenant_id=clinic.id, person=Person(user_id=user_id), last_at=clock.now(), language="en"
    )
    sent = await staff_template.promise(chat, "confirmation", "", "r1", clock.now())
    assert sent.status == "due"
    await stopped(clinic, promise, 0)
    with pytest.raises(PatientStopped):
        await staff_template.promise(chat, "confirmation", "", "r2", clock.now())
