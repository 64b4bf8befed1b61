"""The booking form as it stands at Meta: one for each WhatsApp business account of a practice, with the key by which
its requests are read."""

from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import Field
from pymongo import IndexModel

from clinic.record import TenantRecord
from clinic.seal import seal, unseal

Status = Literal["DRAFT", "PUBLISHED", "THROTTLED", "BLOCKED", "DEPRECATED"]
STATUSES: tuple[Status, ...] = ("DRAFT", "PUBLISHED", "THROTTLED", "BLOCKED", "DEPRECATED")
ALERTS = ("ENDPOINT_ERROR_RATE", "CLIENT_ERROR_RATE", "ENDPOINT_LATENCY", "ENDPOINT_AVAILABILITY")
FIELD = "flows"  # by which webhooks tell of it
OLD_KEY_GOOD = timedelta(days=1)  # after a change of keys: phones may have fetched the public one before
BITS = 2048  # what WhatsApp takes


class BookingForm(TenantRecord):
    """``flow_id`` is Meta's id of the form that is sent, ``made`` of exactly which form at which address it is;
    ``number`` counts on where somebody has given one up for good.

    Both private keys are sealed. ``known_to`` are the numbers that have been told the present public key."""

    waba_id: str
    flow_id: str = ""
    made: str = ""
    number: int = 1
    status: Status = "DRAFT"
    private_key: str = Field(repr=False)
    previous_key: str = Field("", repr=False)
    key_made_at: datetime
    known_to: list[str] = []
    trouble: str = ""  # a sentence that says what to do
    health: dict[str, str] = {}  # Meta's alerts: name -> ACTIVATED or DEACTIVATED
    at: datetime | None = None  # when the provider last said something of it

    class Settings:
        name = "booking_forms"
        indexes = [IndexModel([("tenant_id", 1), ("waba_id", 1)], unique=True)]

    @property
    def can_be_sent(self) -> bool:
        """A throttled form goes out ten times an hour: that is none at all."""
        return self.status == "PUBLISHED" and bool(self.flow_id)

    def keys(self, secret_key: str, now: datetime) -> tuple[str, ...]:
        """The private keys by which a request may be read, the present one first. Raises ``SealBroken``."""
        sealed = [self.private_key]
        if self.previous_key and now < self.key_made_at + OLD_KEY_GOOD:
            sealed.append(self.previous_key)
        return tuple(unseal(each, secret_key) for each in sealed)

    def public_key(self, secret_key: str) -> str:
        """As the provider wants it. Raises ``SealBroken``."""
        private = load_pem_private_key(unseal(self.private_key, secret_key).encode(), None)
        return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def new_key(secret_key: str) -> str:
    """A fresh private key, sealed."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return seal(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), secret_key)


async def form_of(tenant_id: str, waba_id: str) -> BookingForm | None:
    """The account's form, if it has one."""
    return await BookingForm.of(tenant_id).find_one({"waba_id": waba_id})


async def kept(tenant_id: str, waba_id: str, secret_key: str, now: datetime) -> BookingForm:
    """The account's form, with a key from the beginning."""
    if found := await form_of(tenant_id, waba_id):
        return found
    fresh = BookingForm(tenant_id=tenant_id, waba_id=waba_id, private_key=new_key(secret_key), key_made_at=now)
    if await BookingForm.of(tenant_id).insert_new(fresh):
        return fresh
    return await form_of(tenant_id, waba_id) or fresh


async def learned(form: BookingForm, now: datetime, **facts: Any) -> BookingForm:
    """The form with what was found out about it."""
    door = BookingForm.of(form.tenant_id)
    await door.change({"_id": form.id}, {"$set": {**facts, "at": now}})
    return await door.get(form.id)


async def anew(form: BookingForm) -> bool:
    """Have another one made in place of one that was deprecated, for which there is no way back; whether it was."""
    fresh = {"flow_id": "", "made": "", "status": "DRAFT", "trouble": "", "number": form.number + 1}
    given_up = {"_id": form.id, "status": "DEPRECATED", "flow_id": form.flow_id}
    return await BookingForm.of(form.tenant_id).change(given_up, {"$set": fresh})


async def told_key(form: BookingForm, number: str) -> BookingForm:
    """The form after a number was told its public key; as it stands where that was changed meanwhile."""
    door = BookingForm.of(form.tenant_id)
    told = {"known_to": [*form.known_to, number]}
    await door.change({"_id": form.id, "private_key": form.private_key}, {"$set": told})
    return await door.get(form.id)


async def rotate(form: BookingForm, secret_key: str, now: datetime) -> bool:
    """A new key; the one before is good for a day. Whether it was changed: of two at once, one does."""
    fresh = {"private_key": new_key(secret_key), "previous_key": form.private_key, "key_made_at": now, "known_to": []}
    return await BookingForm.of(form.tenant_id).change(
        {"_id": form.id, "private_key": form.private_key}, {"$set": fresh}
    )


async def heard(tenant_id: str, waba_id: str, field: str, value: dict[str, Any], at: datetime) -> bool:
    """News from the provider about a form; whether there was any for us."""
    form = await form_of(tenant_id, waba_id) if field == FIELD else None
    if form is None or not form.flow_id or str(value.get("flow_id", "")) != form.flow_id:
        return False
    facts = _facts(form, value)
    if not facts or (form.at is not None and at < form.at and "status" in facts):
        return False
    await learned(form, at, **facts)
    return True


def _facts(form: BookingForm, value: dict[str, Any]) -> dict[str, Any]:
    match value:
        case {"event": "FLOW_STATUS_CHANGE", "new_status": str(status)} if status in STATUSES:
            return {"status": status}
        case {"event": str(event), "alert_state": str(state)} if event in ALERTS:
            return {"health": {**form.health, event: state[:20]}}
    return {}
