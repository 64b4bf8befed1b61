"""The conversation of somebody who is to be forgotten leaves Redis, too: session, who they are, what waits in and out.

The rest of the work begins when this is done: until then a transcript on its way would be written behind it."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.ids import chat_key
from bot.lanes import Lanes
from bot.outage import AWAY
from bot.pipeline import script
from bot.record import Record
from clinic import clock, erasure
from clinic.chat import Chat
from clinic.conversation import Conversation
from clinic.erasure import Erasure

PAUSE = 5.0  # seconds between two looks
log = structlog.get_logger()


@dataclass(slots=True)
class Forgetting:
    """Looks for approved erasures. Any number of processes may: forgetting twice is forgetting."""

    lanes: Lanes
    pause: float = PAUSE
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look again and again until ``stop``."""
        while not await self._rest():
            try:
                await self.look(clock.now())
            except Exception as error:
                log.warning("nobody forgotten now", store_away=isinstance(error, AWAY), exc_info=error)

    async def _rest(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause):
                await self._stopping.wait()
        return self._stopping.is_set()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    async def look(self, now: datetime) -> int:
        """Clear what is due; how many conversations that were."""
        due = [each for each in await erasure.to_be_done(now) if each.chat_id and each.chat_cleared_at is None]
        return sum([await self._clear(each, now) for each in due])

    async def _clear(self, asked: Erasure, now: datetime) -> bool:
        """False: the patient writes just now, or a record is still on its way; the next look does it."""
        users = await _users(asked)
        if await self._on_their_way(asked.tenant_id, users):
            return False
        for user_id in users:
            chat = chat_key(asked.tenant_id, user_id)
            if not await self.lanes.run(script("forget"), self.lanes.shard(chat), chat):
                return False
        await Erasure.of(asked.tenant_id).change({"_id": asked.id}, {"$set": {"chat_cleared_at": now}})
        return True

    async def _on_their_way(self, tenant_id: str, users: Iterable[str]) -> bool:
        """Whether a message of theirs waits to be written: in seconds it will be."""
        for shard in {self.lanes.shard(chat_key(tenant_id, each)) for each in users}:
            async for _, data in self.lanes.redis.redis.hscan_iter(f"{{s{shard}}}:records"):
                record = Record.from_json(data)
                if record.tenant_id == tenant_id and record.sender.user_id in users:
                    return True
        return False


async def _users(asked: Erasure) -> set[str]:
    """All ids by which the inbox of the chat may be known."""
    known = await Chat.of(asked.tenant_id).find_one({"_id": asked.chat_id})
    seen = await Conversation.of(asked.tenant_id).find_one({"_id": asked.chat_id})
    found = {known.user_id, known.wa_id} if known else set()
    return (found | ({seen.person.user_id, seen.person.wa_id} if seen else set())) - {""}
