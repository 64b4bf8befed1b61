"""Twilio's list of messages: what came for a number, whether or not its webhook did, and what nobody got of ours.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources. A row says less than a
webhook: no profile name, no id of a tapped option, no place; only the words.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from twilio.rest.api.v2010.account.message import MessageInstance

from bot.channels.directory import Number
from bot.channels.listed import Listed
from bot.channels.twilio import Twilio, ask

PAGE = 1000  # rows; Twilio's most
LOST = frozenset({"undelivered", "failed"})
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TwilioLog:
    """All that asks raises ``SendError``."""

    twilio: Twilio

    async def received(self, number: Number, since: datetime, until: datetime) -> list[Listed]:
        """What patients wrote to the number, in its order."""
        rows = await self._rows(number, since, until, to=number.phone_number_id)
        listed = [_listed(row) for row in reversed(rows) if row.direction == "inbound"]  # the newest came first
        return sorted(listed, key=lambda each: each.at)  # to the second: those of one second stay as they are

    async def lost(self, number: Number, since: datetime, until: datetime) -> list[Listed]:
        """What we sent from the number and nobody got, as a status tells it."""
        rows = await self._rows(number, since, until, from_=number.phone_number_id)
        return [_listed(row) for row in rows if row.status in LOST]

    async def files(self, number: Number, sid: str) -> dict[str, str]:
        """What came with a message, as a webhook names it."""
        found = await ask(self.twilio.client(number).messages(sid).media.list_async())
        named: dict[str, str] = {}
        for n, each in enumerate(found):
            address = f"{self.twilio.url}{str(each.uri).removesuffix('.json')}"
            named |= {f"MediaUrl{n}": address, f"MediaContentType{n}": str(each.content_type)}
        return named

    async def _rows(self, number: Number, since: datetime, until: datetime, **side: str) -> list[MessageInstance]:
        messages = self.twilio.client(number).messages

        async def read() -> list[MessageInstance]:
            pages = messages.stream_async(date_sent_after=since, date_sent_before=until, page_size=PAGE, **side)
            return [row async for row in await pages]

        return await ask(read())


def _listed(row: MessageInstance) -> Listed:
    """Without a type: what a message without words was, a list does not tell."""
    fields = {
        "MessageSid": row.sid, "AccountSid": row.account_sid, "From": row.from_, "To": row.to, "Body": row.body,
        "NumMedia": row.num_media, "MessageStatus": row.status, "ErrorCode": row.error_code,
        "ErrorMessage": row.error_message, "MessageType": "",
    }  # fmt: skip
    said = {name: "" if value is None else str(value) for name, value in fields.items()}
    return Listed(said["MessageSid"], row.date_sent or row.date_created or EVER, said)
