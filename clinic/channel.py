"""A number of ours that patients write to."""

from typing import Literal

from pydantic import Field
from pymongo import IndexModel

from clinic.record import TenantRecord
from clinic.seal import seal, unseal


class Channel(TenantRecord):
    """``access_token`` is sealed: ``token(secret_key)`` opens it."""

    provider: Literal["cloud"] = "cloud"
    phone_number_id: str
    waba_id: str
    access_token: str = Field(repr=False)
    display_phone_number: str = ""
    messages_per_second: int = 80  # the provider's limit, in and out together

    class Settings:
        name = "channels"
        indexes = [
            IndexModel([("phone_number_id", 1)], unique=True),
            IndexModel([("tenant_id", 1)]),
            IndexModel([("waba_id", 1)]),
        ]

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

    def token(self, secret_key: str) -> str:
        """The access token. Raises ``SealBroken``."""
        return unseal(self.access_token, secret_key)
