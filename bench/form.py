"""The booking form's endpoint under a steady load: patients fill it in screen by screen, each as they like.

``python -m bench.form [--rate 40] [--seconds 20]`` prints one JSON line: latencies of the answers in milliseconds, by
screen too, and CPU us per request of each process, on embedded stores of its own. WhatsApp wants p99 under a second.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter, time
from typing import Any

import aiohttp

from bench.drive import quantiles
from bench.house import SECRET, House, house
from bench.phone_cipher import seal, signed
from bench.wire import SECRET as APP_SECRET

TENANT, CHATS = "bench0", 200
HIDDEN = ("clinic", "service", "doctor", "day", "slot")
END = "SUCCESS"


@dataclass(frozen=True, slots=True)
class Seeded:
    """Where the form is asked, its public key, and the tokens of the patients who have it open."""

    path: str
    public_key: str
    tokens: list[str]


async def seed(desk: House) -> Seeded:
    """A form with its key, and chats that have just been sent it."""
    from bot.bot import BotSettings
    from bot.envelope import who
    from bot.form import token
    from bot.ids import chat_key, shard_of
    from bot.pipeline import connect
    from clinic import documents
    from clinic.booking_form import kept
    from clinic.desk import FrontDesk
    from clinic.record import new_id
    from clinic.tenant import Tenant
    from clinic.views import Sender
    from flows.session import Session
    from opdesk.runtime import DATABASE, mongo_client

    client, now = mongo_client(desk.environment["OPDESK_MONGO_URL"]), datetime.now(UTC)
    await documents.connect(client.get_default_database(DATABASE))
    await Tenant.itself().change({"_id": TENANT}, {"$set": {"booking_form": True}})
    form, redis = await kept(TENANT, desk.numbers[0], SECRET, now), connect(desk.environment["OPDESK_REDIS_URL"])
    tokens = []
    for n in range(CHATS):
        person = Sender(f"IN.{n}", f"9198{n:08d}", "Asha Rao")
        patient = await FrontDesk(TENANT, person).register(new_id(), f"Asha Rao {n}", None, True, now)
        chat = chat_key(TENANT, person.user_id)
        session = Session(step="service", asked=1, language="en", choices={"patient": patient.id, "form": "1:service"})
        place = f"{{s{shard_of(chat, BotSettings().shards)}}}:chat:{chat}"
        await redis.hset(place, mapping={"session": session.to_json(), "who": who(TENANT, person)})  # type: ignore[arg-type]
        tokens.append(token.make(SECRET, chat, 1, time()))
    await redis.aclose()
    await client.close()
    return Seeded(f"/webhooks/cloud/form/{TENANT}/{form.id}", form.public_key(SECRET), tokens)


@dataclass(slots=True)
class Load:
    """Fills in one form after the other; ``took`` is by the screen that was left, in seconds."""

    seeded: Seeded
    base: str
    took: dict[str, list[float]] = field(default_factory=dict)
    codes: Counter[int] = field(default_factory=Counter)
    filled: int = 0
    taken: int = 0

    async def ask(self, http: aiohttp.ClientSession, said: dict[str, Any], name: str, due: float) -> Any:
        """One request; its latency counts from when it was due."""
        sealed = seal(said, self.seeded.public_key)
        address, headers = self.base + self.seeded.path, signed(sealed.body, APP_SECRET.decode())
        async with http.post(address, data=sealed.body, headers=headers) as answer:
            body = await answer.read()
        self.took.setdefault(name, []).append(perf_counter() - due)
        self.codes[answer.status] += 1
        return sealed.read(body) if answer.status == 200 else {"screen": END, "data": {}}

    async def fill_in(self, http: aiohttp.ClientSession, token: str, start: float, pause: float) -> None:
        """A whole form, a screen every ``pause`` seconds."""
        shown: Any = {"screen": "", "data": {}}
        for n in range(12):
            if (wait := start + n * pause - perf_counter()) > 0:
                await asyncio.sleep(wait)
            action = "data_exchange" if shown["screen"] else "INIT"
            said = {"version": "4.0", "action": action, "screen": shown["screen"], "data": chosen(shown["data"])}
            shown = await self.ask(
                http, said | {"flow_token": token}, shown["screen"] or "INIT", max(start + n * pause, 0)
            )
            self.taken += "error_message" in shown["data"]
            if shown["screen"] == END:
                self.filled += "extension_message_response" in shown["data"]
                return


def chosen(data: dict[str, Any]) -> dict[str, Any]:
    """Something of every list, and what goes along."""
    known = {name: data[name] for name in HIDDEN if name in data}
    lists = {"clinics": "clinic", "doctors": "doctor", "slots": "slot"}
    known |= {name: random.choice(data[rows])["id"] for rows, name in lists.items() if rows in data}
    return known | ({"day": data["last"]} if "last" in data else {})


async def run(desk: House, rate: float, seconds: float) -> dict[str, Any]:
    """``rate`` requests a second, spread over forms that are open side by side."""
    seeded = await seed(desk)
    desk.start("bot", "opdesk", "bot", port=desk.bot_port)
    load = Load(seeded, f"http://127.0.0.1:{desk.bot_port}")
    async with aiohttp.ClientSession() as http:
        for token in seeded.tokens[:5]:  # keys, directory and diaries are read once
            await load.fill_in(http, token, perf_counter(), 0.05)
        load = Load(seeded, load.base)
        before, began = desk.cpu(), perf_counter()
        screens, pause = 5.0, 1.0  # of one form here; seconds between two
        forms = [
            load.fill_in(http, seeded.tokens[n % CHATS], began + n * screens / rate, pause)
            for n in range(int(rate * seconds / screens))
        ]
        await asyncio.gather(*forms)
    used = {name: after - before[name] for name, after in desk.cpu().items()}
    return report(load, used, perf_counter() - began)


def report(load: Load, used: dict[str, float], seconds: float) -> dict[str, Any]:
    """The figures."""
    every = [each for part in load.took.values() for each in part]
    count = len(every)
    return {
        "requests": count, "per_second": round(count / seconds, 1), "filled": load.filled, "taken": load.taken,
        "codes": {str(code): n for code, n in load.codes.items()},
        "all": quantiles(every),
        "screens": {name: quantiles(part) for name, part in load.took.items()},
        "cpu": {name: round(spent * 1e6 / count) for name, spent in used.items()},
    }  # fmt: skip


def measure(rate: float = 40, seconds: float = 20) -> dict[str, Any]:
    """On stores and a bot of its own."""
    with house(1) as desk:
        return asyncio.run(run(desk, rate, seconds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    sys.stdout.write(json.dumps(measure(options.rate, options.seconds)) + "\n")
