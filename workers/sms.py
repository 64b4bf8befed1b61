"""Text messages, as the workers need them of whichever provider there is."""

from typing import Protocol


class Texter(Protocol):
    """Speaks for our account with a provider of text messages. Raises ``bot.channels.errors.SendError``."""

    async def send_text(self, number: str, text: str, outbox_id: str) -> str:
        """Send it to a number (E.164); the provider's id for it."""
