"""What changes, as it changes: one reader in this process, and any number of screens that listen."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.staff import Staff
from clinic import news
from clinic.news import News

BLOCK = 1000  # ms; below the client's own timeout
WAITING = 1000  # news that a slow screen may be behind before it is cut off, to come again with Last-Event-ID
PAUSE = 1.0  # seconds, when Redis does not answer

# What a listener must be allowed to read to be told of it: by the first word of the event.
MODULE = {
    "appointment": "appointments",
    "queue": "queue",
    "callback": "callbacks",
    "conversation": "conversations",
    "message": "conversations",
    "notification": "notifications",
    "template": "templates",
    "text": "texts",
    "patient": "patients",
    "waitlist": "appointments",
    "offer": "appointments",
    "tenant": "tenant",
    "clinic": "clinics",
    "channel": "channels",
    "number": "channels",
    "doctor": "doctors",
    "service": "services",
    "schedule": "schedules",
    "exception": "exceptions",
    "leave": "exceptions",
    "user": "users",
    "role": "roles",
    "import": "patients",
    "key": "keys",
}


def concerns(staff: Staff, told: News) -> bool:
    """Whether this member of staff may know of it."""
    module = MODULE.get(told.what.partition(".")[0])
    return module is not None and staff.may(f"{module}:read", told.facts.get("clinic_id", ""))


def shown(told: News) -> str:
    """The data of the event."""
    return json.dumps(told.facts)


@dataclass
class Newsroom:
    """Hands each tenant's news to everybody who listens. It reads, on one connection, as long as anybody does."""

    redis: "Redis"
    _listeners: dict[str, set[asyncio.Queue[News]]] = field(default_factory=dict)
    _read_until: dict[str, str] = field(default_factory=dict)  # by tenant: the id of the last news that was read
    _reader: asyncio.Task[None] | None = None

    async def listen(self, tenant_id: str, last_id: str, ends: float) -> AsyncGenerator[News, None]:
        """From now until ``ends`` (of the loop's clock); after an event's id, first all that is still kept since."""
        queue = await self._enter(tenant_id)
        try:
            seen = last_id
            missed: Any = await self.redis.xrange(news.key(tenant_id), f"({last_id}") if last_id else ()
            for entry in missed:
                seen = (told := news.read(entry)).id
                yield told
            while not queue.full():  # else it was too slow, and has missed some
                async with asyncio.timeout_at(ends):
                    told = await queue.get()
                if not seen or _order(told.id) > _order(seen):
                    yield told
        except TimeoutError:
            return
        finally:
            self._leave(tenant_id, queue)

    async def close(self) -> None:
        """End the reader."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _enter(self, tenant_id: str) -> asyncio.Queue[News]:
        latest: Any = await self.redis.xrevrange(news.key(tenant_id), count=1)
        self._read_until.setdefault(tenant_id, latest[0][0].decode() if latest else "0-0")
        queue: asyncio.Queue[News] = asyncio.Queue(WAITING)
        self._listeners.setdefault(tenant_id, set()).add(queue)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        return queue

    def _leave(self, tenant_id: str, queue: asyncio.Queue[News]) -> None:
        self._listeners[tenant_id].discard(queue)
        if not self._listeners[tenant_id]:
            del self._listeners[tenant_id], self._read_until[tenant_id]

    async def _read(self) -> None:
        while self._listeners:
            try:
                await self._read_once()
            except (RedisError, OSError) as error:
                structlog.get_logger().warning("news not read", error=type(error).__name__)
                await asyncio.sleep(PAUSE)

    async def _read_once(self) -> None:
        tenants = {news.key(tenant_id): tenant_id for tenant_id in self._listeners}
        wanted = {key: self._read_until[tenant_id] for key, tenant_id in tenants.items()}
        found: Any = await self.redis.xread(wanted, block=BLOCK, count=100)  # type: ignore[arg-type]
        for key, entries in found:
            for entry in entries:
                self._hand_out(tenants[key.decode()], news.read(entry))

    def _hand_out(self, tenant_id: str, told: News) -> None:
        if tenant_id in self._read_until:
            self._read_until[tenant_id] = told.id
        for queue in self._listeners.get(tenant_id, ()):
            with suppress(asyncio.QueueFull):  # its listener sees that it is full, and ends
                queue.put_nowait(told)


def _order(id: str) -> tuple[int, int]:
    """Ids of a stream as they follow each other."""
    moment, _, number = id.partition("-")
    return int(moment), int(number or 0)
