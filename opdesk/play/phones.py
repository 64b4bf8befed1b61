"""The patients' phones: the simulator's own, held in hand and listened to."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson

from bot.ids import short

Json = dict[str, Any]
PATIENCE = 30.0  # real seconds for which somebody waits for an answer
READ_AT_LAST = ("read", "failed")


@dataclass(frozen=True, slots=True)
class Bubble:
    """What a phone shows. ``options`` are ids and titles; ``outbox_id`` is the name that the desk gave it."""

    id: str
    user: str
    text: str
    options: tuple[tuple[str, str], ...]
    template: str
    outbox_id: str
    status: str
    at: datetime

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> "Bubble":
        """A bubble of the desk's as the simulator tells it."""
        options = tuple((option["id"], option["title"]) for option in shown.get("options") or ())
        return cls(
            shown["id"], shown["user"], shown.get("text") or "", options,
            (shown.get("template") or {}).get("name", ""), shown.get("callback_data") or "", shown["status"],
            datetime.fromtimestamp(shown["at"], UTC),
        )  # fmt: skip

    @property
    def offers(self) -> dict[str, str]:
        """The options by their own names, without the question's stamp."""
        return {full.partition(":")[2] or full: full for full, _ in self.options}


@dataclass
class Phones:
    """All phones at once. ``on_letter`` is told of every template that arrives."""

    http: aiohttp.ClientSession
    url: str
    on_letter: Callable[[Bubble], None]
    sent: int = 0
    silent: dict[str, str] = field(default_factory=dict)  # messages that got no answer, by id, and whose they are
    under_way: set[str] = field(default_factory=set)  # bubbles whose ticks are still to come
    away: set[str] = field(default_factory=set)  # whose ticks never come: phones off, or without receipts
    _answers: dict[str, "asyncio.Future[Bubble]"] = field(default_factory=dict)

    async def introduce(self, user: str, name: str, language: str) -> None:
        """Hand somebody a phone."""
        await self._post("/phone/people", {"user": user, "name": name, "language": language})

    async def switch(self, user: str, **how: bool) -> None:
        """``reachable``, ``online``, ``reads``: what the phone does."""
        async with self.http.patch(f"{self.url}/control/people/{user}", json=how) as answer:
            answer.raise_for_status()
        (self.away.discard if all(how.values()) else self.away.add)(user)

    async def say(self, user: str, text: str) -> Bubble | None:
        """Write, and wait for the answer; None: there was none."""
        return await self._answered(user, await self._post(f"/phone/{user}/text", {"text": text}))

    async def tap(self, bubble: Bubble, option: str) -> Bubble | None:
        """Tap an option of that very bubble, and wait for the answer."""
        done = await self._post(f"/phone/{bubble.user}/tap", {"id": option, "message": bubble.id})
        return await self._answered(bubble.user, done)

    async def move_clock(self, seconds: float) -> None:
        """Let time pass, for everybody."""
        await self._post("/control/clock", {"seconds": seconds})

    async def waiting(self) -> int:
        """Webhooks and ticks that are still under way."""
        async with self.http.get(f"{self.url}/ready") as answer:
            return int((await answer.json())["waiting"]) + len(self.under_way)

    async def said(self, user: str) -> list[Json]:
        """All bubbles of a chat, oldest first."""
        async with self.http.get(f"{self.url}/control/messages", params={"user": user}) as answer:
            return list((await answer.json())["messages"])

    async def _post(self, path: str, body: Json) -> Json:
        async with self.http.post(self.url + path, json=body) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def _answered(self, user: str, done: Json) -> Bubble | None:
        self.sent += 1
        key = short(done["id"])
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer(key)), PATIENCE)
        except TimeoutError:
            self.silent[done["id"]] = user
            return None
        finally:
            self._answers.pop(key, None)

    def _answer(self, key: str) -> "asyncio.Future[Bubble]":
        """Told by whichever comes first: the answer, or the one who waits for it."""
        return self._answers.setdefault(key, asyncio.get_running_loop().create_future())

    async def listen(self) -> None:
        """Hear what all phones show, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self.http.get(f"{self.url}/phone/stream", timeout=timeout) as stream:
                    await self._listen(stream)

    async def _listen(self, stream: aiohttp.ClientResponse) -> None:
        event = b""
        while line := await stream.content.readline():
            if line.startswith(b"event: "):
                event = line[7:].strip()
            elif line.startswith(b"data: ") and event in (b"message", b"status"):
                self._heard(event == b"message", orjson.loads(line[6:]))

    def _heard(self, new: bool, shown: Json) -> None:
        if shown["direction"] == "in":
            return
        if shown["status"] in READ_AT_LAST or shown["user"] in self.away:
            self.under_way.discard(shown["id"])
        elif new:
            self.under_way.add(shown["id"])
        if new:
            self._told(Bubble.of(shown))

    def _told(self, bubble: Bubble) -> None:
        match bubble.outbox_id.split("."):
            case ["o", _, _, key, _]:
                answer = self._answer(key)
                if not answer.done():
                    answer.set_result(bubble)
            case ["n", _, _]:
                self.on_letter(bubble)
