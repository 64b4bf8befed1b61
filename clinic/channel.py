"""A number of ours that patients write to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.kept import Kept
from clinic.seal import seal, unseal

Provider = Literal["cloud", "twilio"]
SECRETS = ("access_token", "shared_key")
USUAL = 80  # messages a second that a provider lets through a number


class Check(BaseModel):
    """What the provider said when it was asked whether the number and its token are good."""

    status: Literal["pending", "ok", "refused", "unreachable"] = "pending"
    detail: str = ""  # a sentence that says what to do
    at: datetime | None = None


class Channel(Edited):
    """``phone_number_id`` is what webhooks call the number: Meta's id of it; at Twilio its address, such as
    ``whatsapp:+15550000001``. ``waba_id`` is the account it belongs to: Meta's WhatsApp business account, Twilio's
    account. ``access_token`` (at Twilio the auth token) is sealed: ``token(secret_key)`` opens it."""

    provider: Provider = "cloud"
    phone_number_id: str
    waba_id: str
    access_token: str = Field(repr=False)
    shared_key: str = Field("", repr=False)  # sealed; by which Twilio may sign webhooks in place of the auth token
    display_phone_number: str = ""
    messages_per_second: int = USUAL  # the provider's limit, in and out together
    check: Check = Field(default_factory=Check)

    counts_changes: ClassVar[bool] = True

    class Settings:
        name = "channels"
        indexes = [
            IndexModel([("phone_number_id", 1)], unique=True),
            IndexModel([("tenant_id", 1)]),
            IndexModel([("waba_id", 1)]),
        ]

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """What is kept of a practice's numbers is asked for again."""
        CHANNELS.forget(tenant_id)

    @classmethod
    async def by_phone_number_id(cls, phone_number_id: str) -> "Channel | None":
        """Whose number a webhook is about: the one question that is asked before the tenant is known."""
        door = cls.everywhere("a webhook does not know the tenant yet")
        return await door.find_one({"phone_number_id": phone_number_id})

    @classmethod
    async def by_waba_id(cls, waba_id: str) -> "Channel | None":
        """Whose account a provider's event is about."""
        return await cls.everywhere("an account event does not know the tenant yet").find_one({"waba_id": waba_id})

    @classmethod
    async def every(cls) -> "list[Channel]":
        """All numbers of this installation, for the processes that serve them."""
        return await cls.everywhere("the bot serves every tenant's numbers").find()

    @staticmethod
    def sealed(token: str, secret_key: str) -> str:
        """An access token as it may be stored."""
        return seal(token, secret_key)

    @classmethod
    def all_sealed(cls, facts: Mapping[str, Any], secret_key: str) -> dict[str, Any]:
        """The same fields, the secret ones as they may be stored."""
        return {name: cls.sealed(value, secret_key) if name in SECRETS and value else value
                for name, value in facts.items()}  # fmt: skip

    def token(self, secret_key: str) -> str:
        """The access token. Raises ``SealBroken``."""
        return unseal(self.access_token, secret_key)

    def shared(self, secret_key: str) -> str:
        """The shared key; empty where there is none. Raises ``SealBroken``."""
        return unseal(self.shared_key, secret_key) if self.shared_key else ""

    @classmethod
    async def of_chat(cls, tenant_id: str, channel_id: str) -> "Channel | None":
        """The number through which a chat is written to: its own, or the practice's first where that has gone. None
        where there is none at all."""
        own = await cls.of(tenant_id).find_one({"_id": channel_id}) if channel_id else None
        return own or next(iter(await cls.of(tenant_id).find(sort=[("_id", 1)])), None)


CHANNELS: Kept[str, Channel | None] = Kept(Channel.of_chat)


async def kept_channel(tenant_id: str, channel_id: str) -> Channel | None:
    """The number through which a chat is written to, as it was some seconds ago at most; so are the next two."""
    return await CHANNELS.get(tenant_id, channel_id)


async def account_of(tenant_id: str, channel_id: str) -> str:
    """The account that a chat's number belongs to; empty where the practice has no number."""
    channel = await kept_channel(tenant_id, channel_id)
    return channel.waba_id if channel else ""


async def rate_of(tenant_id: str, channel_id: str) -> int:
    """Messages a second that go through a chat's number, in and out together."""
    channel = await kept_channel(tenant_id, channel_id)
    return channel.messages_per_second if channel else USUAL
