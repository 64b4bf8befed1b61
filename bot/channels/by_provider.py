"""One channel for all our numbers: each is spoken through as its provider wants it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.channel import Channel
from bot.channels.directory import Number, Provider
from bot.envelope import Outgoing
from flows.reply import Reply


@dataclass(frozen=True, slots=True)
class ByProvider:
    """``send``, ``sent_before`` and ``typing`` raise ``SendError``."""

    channels: Mapping[Provider, Channel]

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; the provider's id for it."""
        return await self.channels[number.provider].send(number, reply)

    async def sent_before(self, number: Number, reply: Outgoing, /) -> str:
        """The provider's id for a reply that it may have taken before; empty where it has not, or cannot tell."""
        return await self.channels[number.provider].sent_before(number, reply)

    async def typing(self, number: Number, message_id: str) -> None:
        """Show the patient that the message was read and that an answer is on its way."""
        await self.channels[number.provider].typing(number, message_id)

    def pieces(self, number: Number, reply: Reply, /) -> list[Reply]:
        """The bubbles that it takes to say this."""
        return self.channels[number.provider].pieces(number, reply)
