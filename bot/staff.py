"""What staff do in a conversation waits its turn in the patient's own inbox: so a running turn ends before they have
it, and their words leave in the order in which everything else does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from bot.envelope import Incoming
from bot.ids import outbox_id, short
from bot.lanes import TAP, Lanes
from bot.outage import AWAY
from clinic import clock, conversation
from clinic.channel import Channel
from clinic.conversation import Conversation, NoChannel, Word
from flows.inbound import Inbound, Kind

AGAIN = 30.0  # seconds
PAUSE = 5.0  # seconds between two looks for conversations whose holder has forgotten them
log = structlog.get_logger()


def incoming(word: Word, phone_number_id: str) -> Incoming:
    """A word as it waits in the inbox."""
    said = Inbound(
        word.id, word.at.astimezone(UTC), Kind(word.kind), word.text, by=word.by, hold=word.hold, quiet=word.quiet
    )
    heard = word.heard_at.timestamp() if word.heard_at else 0.0
    return Incoming(word.tenant_id, phone_number_id, word.sender, said, word.at.timestamp(), heard_at=heard)


@dataclass(frozen=True, slots=True)
class StaffDoor:
    """The way from the staff's desk into the inboxes."""

    lanes: Lanes

    async def __call__(self, word: Word) -> str:
        """Put a word into the conversation; the id of the message that it will become, if it becomes one. Raises
        ``NoChannel`` and ``RedisError``."""
        number = await Channel.of(word.tenant_id).find_one({"_id": word.sender.channel_id})
        if number is None:
            raise NoChannel
        item = incoming(word, number.phone_number_id)
        shard = self.lanes.shard(item.chat)
        await self.lanes.accept(shard, [(short(word.id), item.chat, item.to_json(), TAP)])
        return outbox_id(shard, item.chat, word.id, 0)


@dataclass(slots=True)
class Return:
    """Brings the bot back to conversations whose holder does nothing any more. Any number of processes may look: the
    same word counts once."""

    put: Callable[[Word], Awaitable[str]]
    pause: float = PAUSE
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look again and again until ``stop``."""
        while not await self._rest():
            try:
                await self.look(clock.now())
            except Exception as error:
                log.warning("forsaken conversations not looked for", store_away=isinstance(error, AWAY), exc_info=error)

    async def _rest(self) -> bool:
        """Whether it is time to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause):
                await self._stopping.wait()
        return self._stopping.is_set()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    async def look(self, now: datetime) -> int:
        """Put one word into each of them; how many those are."""
        found = await conversation.forsaken(now)
        for each in found:
            await self._back(each, now)
        return len(found)

    async def _back(self, forsaken: Conversation, now: datetime) -> None:
        """Said again after a while: where the clocks of two machines differ, the first may have come too early."""
        said = f"{forsaken.held_until} {int(now.timestamp() // AGAIN)}"
        word = conversation.word(forsaken, "staff:back", said, now, quiet=not forsaken.open_at(now))
        try:
            await self.put(word)
        except NoChannel:
            await conversation.handed_back(forsaken.tenant_id, forsaken.id, word.id)
