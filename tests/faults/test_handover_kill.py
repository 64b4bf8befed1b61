"""Somebody takes a conversation while the patient's messages are in flight, two bots are at work, and one of them is
killed between two hops: no word of the bot's comes after theirs, theirs come once and in order."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from bot.lanes import Lanes
from bot.pipeline import Coalesced, connect
from bot.staff import StaffDoor
from clinic.channel import Channel
from clinic.conversation import Conversation
from clinic.record import new_id
from opdesk.stores import free_port
from simulator.webhooks import sign
from tests.api.office import SECRET, Office, open_office
from tests.bot.world import message, status, webhook
from tests.faults.test_kill import Bot

PATIENTS = 3
APP_SECRET = "demo-app-secret"
HOPS = [
    "after:accept:9", "after:take:5", "after:turn:5", "before:commit:5", "after:commit:5", "before:send:4",
    "after:send:4",
]  # fmt: skip


@dataclass
class Graph:
    """Keeps what each patient was sent, in the order in which it came, and tells that it was sent, as Meta does."""

    number: str
    line: "Line | None" = None
    sent: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # patient -> (outbox id, text)
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("status") == "read":
            return web.json_response({"success": True})
        outbox_id, patient = body["biz_opaque_callback_data"], body["to"].lstrip("+")
        text = body.get("text") or body["interactive"]
        said = text["body"] if isinstance(text["body"], str) else text["body"]["text"]
        self.sent.setdefault(patient, []).append((outbox_id, said))
        wamid = f"wamid.{len(self.sent[patient])}.{patient}"
        if self.line:
            task = asyncio.create_task(self.line.post(statuses=[status(outbox_id, "sent", wamid)]))
            self.telling.add(task)
            task.add_done_callback(self.telling.discard)
        return web.json_response({"messages": [{"id": wamid}]})


@dataclass
class Line:
    """Webhooks to whichever bot answers; what got no 200 is repeated, as Meta does."""

    number: str
    bots: list[Bot]
    http: httpx.AsyncClient
    dice: random.Random

    async def post(self, **value: Any) -> None:
        body = webhook(self.number, **value)
        headers = {"content-type": "application/json", "x-hub-signature-256": sign(APP_SECRET, body)}
        while True:
            port = self.dice.choice(self.bots).port
            with contextlib.suppress(httpx.HTTPError):
                answer = await self.http.post(f"http://127.0.0.1:{port}/webhooks/cloud", content=body, headers=headers)
                if answer.status_code == 200:
                    return
            await asyncio.sleep(0.1)

    async def writes(self, user: str, text: str) -> None:
        now = str(int(datetime.now(UTC).timestamp()))
        await self.post(messages=[message(text, user=user, id=f"wamid.{new_id()}", timestamp=now)])


@contextlib.asynccontextmanager
async def graph_for(number: str, port: int) -> AsyncIterator[Graph]:
    graph, app = Graph(number), web.Application()
    app.router.add_post("/{version}/{number}/messages", graph.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield graph
    await asyncio.gather(*graph.telling, return_exceptions=True)
    await runner.cleanup()


async def insisted(ask: Any) -> None:
    """Until it is done: while a bot is dead, the chat may not answer, and does it later."""
    waited = False
    async with asyncio.timeout(60):
        while (answer := await ask()).status_code == 503:
            waited = True
            await asyncio.sleep(0.2)
    done = answer.status_code in (200, 201) or (waited and answer.json()["code"] == "not_held")
    assert done, answer.text


async def conversation_of(office: Office, patient: str) -> str:
    async with asyncio.timeout(60):
        while True:
            for each in await Conversation.of(office.tenant_id).find():
                if each.person.wa_id == patient:
                    return each.id
            await asyncio.sleep(0.1)


async def talk(line: Line, office: Office, user: str, patient: str, dice: random.Random) -> None:
    """A patient who writes on and on; somebody who takes the conversation in the middle of it, and hands it back."""
    await line.writes(user, "hi")
    path = f"/conversations/{await conversation_of(office, patient)}"
    ann, done = office.as_("receptionist", user_id=new_id()), asyncio.Event()

    async def writing() -> None:
        number = 0
        while not done.is_set():
            await line.writes(user, f"word {(number := number + 1)}")
            await asyncio.sleep(dice.uniform(0.05, 0.35))

    on = asyncio.create_task(writing())
    await asyncio.sleep(dice.uniform(0.05, 0.5))
    await insisted(lambda: ann.post(f"{path}/take"))
    for number in range(3):
        key = {"Idempotency-Key": f"{patient}-{number}"}
        await insisted(lambda n=number, key=key: ann.post(f"{path}/messages", json={"text": f"ann {n}"}, headers=key))
        await asyncio.sleep(dice.uniform(0.2, 0.5))
    done.set()
    await on
    await insisted(lambda: ann.post(f"{path}/hand-back"))


async def settled(graph: Graph, patients: list[str]) -> None:
    """Until everybody has heard that the bot is back, and nothing more comes."""
    async with asyncio.timeout(60):
        while not all(_returned(graph, each) for each in patients):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    counted = -1
    while (count := sum(map(len, graph.sent.values()))) != counted:
        counted = count
        await asyncio.sleep(1.5)


def _returned(graph: Graph, patient: str) -> bool:
    return any("automatic assistant again" in text for _, text in graph.sent.get(patient, []))


@pytest.mark.parametrize("fate", HOPS)
async def test_words_of_staff_and_of_the_bot_never_cross(
    fate: str, database: AsyncDatabase[dict[str, Any]], redis: "Redis", redis_url: str, mongo_url: str, tmp_path: Path
) -> None:
    dice, number, graph_port = random.Random(fate), str(10**14 + random.randrange(10**14)), free_port()
    client = connect(redis_url)
    door = StaffDoor(Lanes(Coalesced(client)))
    async with open_office(redis, chats=door) as office, httpx.AsyncClient(timeout=5) as http:
        token = Channel.sealed("t", SECRET)
        channel = Channel(tenant_id=office.tenant_id, phone_number_id=number, waba_id=number, access_token=token)
        await Channel.of(office.tenant_id).insert(channel)
        environment = {
            "OPDESK_MONGO_URL": mongo_url, "OPDESK_REDIS_URL": redis_url, "OPDESK_DATA_DIR": str(tmp_path),
            "OPDESK_GRAPH_URL": f"http://127.0.0.1:{graph_port}", "OPDESK_WHATSAPP_APP_SECRET": APP_SECRET,
            "OPDESK_WHATSAPP_VERIFY_TOKEN": "token", "OPDESK_SECRET_KEY": SECRET,
        }  # fmt: skip
        bots = []
        for name, fates in (("mortal", (fate,)), ("steady", ())):
            port = free_port()
            bot = Bot(port, environment | {"OPDESK_BOT_PORT": str(port)}, tmp_path / f"{name}.log")
            await asyncio.to_thread(bot.start, *fates)
            bots.append(bot)
        reviving = [asyncio.create_task(bot.revive()) for bot in bots]
        try:
            async with graph_for(number, graph_port) as graph:
                line = graph.line = Line(number, bots, http, dice)
                users = [str(index) for index in range(1, PATIENTS + 1)]
                patients = [str(message("", user=user)["from"]) for user in users]
                async with asyncio.timeout(120):
                    await asyncio.gather(
                        *(talk(line, office, *each, dice) for each in zip(users, patients, strict=True))
                    )
                await settled(graph, patients)
        finally:
            for task in reviving:
                task.cancel()
            for bot in bots:
                bot.process.kill()
                bot.process.wait()
            await door.lanes.redis.finish()
            await client.aclose()
    assert sum(bot.deaths for bot in bots) == 1, f"one was to die at this hop: {bots[0].log.read_text()[-800:]}"
    for patient in patients:
        check(graph.sent[patient])


def check(sent: list[tuple[str, str]]) -> None:
    ids, texts = [outbox_id for outbox_id, _ in sent], [text for _, text in sent]
    assert len(set(ids)) == len(ids), f"something was said twice: {texts}"
    assert [text for text in texts if text.startswith("ann ")] == ["ann 0", "ann 1", "ann 2"], texts
    first, last = texts.index("ann 0"), texts.index("ann 2")
    assert last - first == 2, f"the bot spoke between the words of staff: {texts}"
    after = texts[last + 1 :]
    assert after, "the bot is back"
    assert "automatic assistant again" in after[0], f"the bot spoke before it was handed back: {texts}"
