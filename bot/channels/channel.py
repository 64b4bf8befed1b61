"""What the bot needs of a provider, whichever it is."""

from typing import Protocol

from bot.channels.directory import Number
from bot.envelope import Outgoing
from flows.reply import Reply


class Channel(Protocol):
    """``send``, ``sent_before`` and ``typing`` raise ``SendError``."""

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; the provider's id for it."""

    async def sent_before(self, number: Number, reply: Outgoing, /) -> str:
        """The provider's id for a reply that it may have taken before; empty where it has not, or cannot tell."""

    async def typing(self, number: Number, message_id: str) -> None:
        """Show the patient that the message was read and that an answer is on its way."""

    def pieces(self, number: Number, reply: Reply, /) -> list[Reply]:
        """The bubbles that it takes to say this: each is a message of its own, with its own statuses."""
