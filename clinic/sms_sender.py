"""The number from which a practice's text messages leave: where WhatsApp does not reach a patient, and where the
practice wants text messages first. Each practice has one at most, with Twilio."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from clinic import edited
from clinic.channel import Channel, Check
from clinic.edited import Edited
from clinic.errors import Impossible, NotFound
from clinic.onboarding import NumberTaken
from clinic.scheduling import seen
from clinic.seal import unseal


class SmsSender(Edited):
    """``number`` is E.164; ``account`` is Twilio's, ``access_token`` its auth token, sealed. Its id is the
    practice's."""

    number: str
    account: str
    access_token: str = Field(repr=False)
    shared_key: str = Field("", repr=False)  # sealed; by which Twilio may sign webhooks in place of the auth token
    check: Check = Field(default_factory=Check)

    class Settings:
        name = "sms_senders"
        indexes = [
            IndexModel([("tenant_id", 1)], unique=True),
            IndexModel([("number", 1)], unique=True),
            IndexModel([("account", 1)]),
        ]

    @classmethod
    async def of_webhook(cls, name: str) -> "SmsSender | None":
        """Whose number, or account, a webhook is about: asked before the tenant is known."""
        door = cls.everywhere("a webhook does not know the tenant yet")
        return await door.find_one({"number": name}) or await door.find_one({"account": name})

    def token(self, secret_key: str) -> str:
        """The auth token. Raises ``SealBroken``."""
        return unseal(self.access_token, secret_key)

    def shared(self, secret_key: str) -> str:
        """The shared key; empty where there is none. Raises ``SealBroken``."""
        return unseal(self.shared_key, secret_key) if self.shared_key else ""


async def sender_of(tenant_id: str) -> SmsSender | None:
    """The practice's, where it has one."""
    return await SmsSender.of(tenant_id).find_one({"_id": tenant_id})


async def put(
    tenant_id: str, facts: Mapping[str, Any], version: int | None, secret_key: str
) -> tuple[SmsSender | None, SmsSender]:
    """Set it, or change what there is; before and after. It must be looked at again. Raises ``NumberTaken``, ``Stale``,
    ``NotFound`` where a version is named and there is none, ``Impossible`` without a token."""
    door, sealed = SmsSender.of(tenant_id), Channel.all_sealed(facts, secret_key)
    if await sender_of(tenant_id) is None:
        if version is not None:
            raise NotFound
        if not facts.get("access_token"):
            raise Impossible("the account's auth token is needed the first time")
        made = SmsSender(id=tenant_id, tenant_id=tenant_id, **sealed)
        if await door.insert_new(made):
            return None, made
        if await sender_of(tenant_id) is None:
            raise NumberTaken
    if (other := await SmsSender.of_webhook(facts["number"])) and other.tenant_id != tenant_id:
        raise NumberTaken
    try:
        return await edited.edit(door, tenant_id, {**sealed, "check": Check().model_dump()}, version)
    except DuplicateKeyError:  # another practice was faster by a moment
        raise NumberTaken from None


async def remove(tenant_id: str, version: int | None) -> SmsSender:
    """Text messages are sent no more; as it was. Raises ``NotFound``, ``Stale``."""
    found = await seen(SmsSender, tenant_id, tenant_id, version)
    await SmsSender.of(tenant_id).delete({"_id": tenant_id})
    return found


async def checked(tenant_id: str, check: Check) -> None:
    """What a look at it has found, or that one is under way."""
    await SmsSender.of(tenant_id).change({"_id": tenant_id}, {"$set": {"check": check.model_dump()}})


async def pending(tenant_id: str, now: datetime) -> None:
    """Somebody has asked for a look."""
    await checked(tenant_id, Check(at=now))
