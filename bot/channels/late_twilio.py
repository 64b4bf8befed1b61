"""Our numbers at Twilio, whose package is loaded when the first of them speaks: that takes a second of processor time,
and most desks have no such number."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from bot.channels.directory import Number
from bot.channels.listed import Listed
from bot.envelope import Outgoing
from flows.reply import Reply

if TYPE_CHECKING:
    from bot.channels.twilio import Twilio
    from bot.channels.twilio_log import TwilioLog

HOST = "https://api.twilio.com"


@dataclass(slots=True)
class LateTwilio:
    """See ``bot.channels.twilio.Twilio``."""

    url: str
    address: str
    _speaker: "Twilio | None" = field(default=None, repr=False)

    @property
    def speaker(self) -> "Twilio":
        """Made in the loop that uses it."""
        if self._speaker is None:
            from bot.channels.twilio import Twilio

            self._speaker = Twilio(self.url, self.address)
        return self._speaker

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; the sid of its message. Raises ``SendError``."""
        return await self.speaker.send(number, reply)

    async def sent_before(self, number: Number, reply: Outgoing, /) -> str:
        """By Twilio's list. Raises ``SendError``."""
        return await self.speaker.sent_before(number, reply)

    async def typing(self, number: Number, message_id: str) -> None:
        """Mark a message as read and show that we write. Raises ``SendError``."""
        await self.speaker.typing(number, message_id)

    def pieces(self, number: Number, reply: Reply, /) -> list[Reply]:
        """A text that is too long for one message, cut."""
        return self.speaker.pieces(number, reply)

    async def close(self) -> None:
        """Hang up, where anybody has called."""
        if self._speaker is not None:
            await self._speaker.close()


@dataclass(frozen=True, slots=True)
class LateLog:
    """See ``bot.channels.twilio_log.TwilioLog``. It is asked as soon as there is a number at Twilio, and so loads the
    package before a patient waits for it, beside the loop."""

    twilio: LateTwilio

    async def received(self, number: Number, since: datetime, until: datetime) -> list[Listed]:
        """What patients wrote to the number, in its order."""
        return await (await self._log()).received(number, since, until)

    async def lost(self, number: Number, since: datetime, until: datetime) -> list[Listed]:
        """What we sent from the number and nobody got."""
        return await (await self._log()).lost(number, since, until)

    async def files(self, number: Number, sid: str) -> dict[str, str]:
        """What came with a message, as a webhook names it."""
        return await (await self._log()).files(number, sid)

    async def _log(self) -> "TwilioLog":
        await asyncio.to_thread(import_module, "bot.channels.twilio_log")
        from bot.channels.twilio_log import TwilioLog

        return TwilioLog(self.twilio.speaker)
