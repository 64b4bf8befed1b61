"""A number at Twilio as the sender of text messages, by the twilio package."""

from dataclasses import dataclass

from bot.channels.directory import Number
from bot.channels.twilio import Twilio as Speaker
from bot.channels.twilio import ask
from clinic.segments import plainest
from workers.sms import Text

LONGEST = 36_000  # seconds for which Twilio tries to deliver at most


@dataclass(frozen=True)
class TwilioTexts:
    """A number at Twilio."""

    speaker: Speaker
    number: Number

    async def send_text(self, text: Text) -> str:
        """Send it; the sid of its message. Raises ``SendError``."""
        kept = {"validity_period": min(text.ttl_seconds, LONGEST)} if text.ttl_seconds else {}
        sent = await ask(
            self.speaker.client(self.number).messages.create_async(
                to=text.number, from_=self.number.phone_number_id, body=plainest(text.words),
                status_callback=self.speaker.callback(text.outbox_id), **kept,
            )
        )  # fmt: skip
        return str(sent.sid or "")

    async def has_number(self) -> bool:
        """Whether the account has the number, and it sends text messages. Raises ``SendError``."""
        numbers = self.speaker.client(self.number).incoming_phone_numbers
        found = await ask(numbers.list_async(phone_number=self.number.phone_number_id, limit=1))
        return any(bool((each.capabilities or {}).get("sms")) for each in found)
