"""Text messages: what is sent, and through which number of the practice's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from bot.channels.directory import Number
from bot.channels.late_twilio import HOST, LateTwilio
from clinic.sms_sender import SmsSender, sender_of


@dataclass(frozen=True)
class Text:
    """One text message. ``category`` is that of the template whose words it says."""

    number: str = field(repr=False)  # E.164; empty where the patient's is not known
    words: str = field(repr=False)
    outbox_id: str
    category: str = ""
    ttl_seconds: int | None = None


class Texter(Protocol):
    """Speaks for one practice's number of text messages."""

    async def send_text(self, text: Text) -> str:
        """Send it; the provider's id for it. Raises ``bot.channels.errors.SendError``."""

    async def has_number(self) -> bool:
        """Whether the account has the number, and it sends text messages. Raises the same."""


Texters = Callable[[str], Awaitable[Texter | None]]  # by the id of the practice; None: it has no such number


async def nobody(_: str) -> Texter | None:
    """Where no text messages are sent."""
    return None


@dataclass(frozen=True)
class SmsSenders:
    """Finds the practice's number; all speak over the same connections. ``url`` is Twilio's, ``address`` ours."""

    secret_key: str = field(repr=False)
    url: str = HOST
    address: str = ""

    async def __call__(self, tenant_id: str) -> Texter | None:
        """Raises ``SealBroken``."""
        if (found := await sender_of(tenant_id)) is None:
            return None
        from workers.sms_twilio import TwilioTexts  # see bot.channels.late_twilio

        return TwilioTexts(self.twilio.speaker, number_of(found, self.secret_key))

    @cached_property
    def twilio(self) -> LateTwilio:
        """The connections to Twilio, which all numbers share."""
        return LateTwilio(self.url, self.address)

    async def close(self) -> None:
        """Hang up."""
        await self.twilio.close()


def number_of(sender: SmsSender, secret_key: str) -> Number:
    """As Twilio's side of the bot knows numbers. Raises ``SealBroken``."""
    return Number(
        sender.tenant_id, "", sender.number, sender.token(secret_key), provider="twilio", account=sender.account,
        shared_key=sender.shared(secret_key),
    )  # fmt: skip
