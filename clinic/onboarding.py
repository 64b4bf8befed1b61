"""A practice in one go: the practice, its number, its first clinic, the templates it needs, and its owner's invitation.

There is no transaction: the practice is stored first and marked as incomplete, then whatever may be refused, and the
mark is removed at the end. Every step is harmless twice, so the same order again completes what a crash left out.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from clinic import user
from clinic.channel import Channel
from clinic.errors import ClinicError, Impossible
from clinic.place import Clinic
from clinic.purpose import LANGUAGES, PURPOSES
from clinic.scheduling import reasons
from clinic.template import PENDING, Template, starter
from clinic.tenant import Tenant
from clinic.user import EmailTaken, Held, User

SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
RESERVED = {"platform", "demo", "other"}


class TenantTaken(ClinicError):
    """There is a practice with this short name already: choose another one."""

    code = "tenant_taken"


class NumberTaken(ClinicError):
    """This number is in use already: check what was entered, or remove the number where it is used."""

    code = "number_taken"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is invited to run the practice."""

    email: str
    name: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Order:
    """All that is wanted. ``id`` is the practice's short name, for good; ``facts`` are more of its fields; ``clinic``
    and ``channel`` are the fields of theirs, its secrets not yet sealed."""

    id: str
    name: str
    languages: list[str]
    request_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    clinic: Mapping[str, Any] | None = None
    channel: Mapping[str, Any] | None = field(default=None, repr=False)
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """What there is now. ``link`` is what inviting the owner has answered."""

    tenant: Tenant
    clinic: Clinic | None = None
    channel: Channel | None = None
    owner: User | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The order as documents, checked before anything is stored."""

    tenant: Tenant
    clinic: Clinic | None
    channel: Channel | None
    owner: User | None


Invite = Callable[[User], Awaitable[str]]


async def onboard(order: Order, secret_key: str, now: datetime, invite: Invite) -> Practice:
    """Make it, or complete it. Raises ``Impossible``, ``TenantTaken``, ``NumberTaken``, ``EmailTaken``."""
    wanted = _wanted(order, secret_key, now)
    await _check_email(wanted.owner)
    tenant, is_new = await _claim(wanted.tenant)
    if tenant.complete:
        return await _found(tenant, wanted)
    try:
        channel = await _keep_channel(wanted.channel) if wanted.channel else None
        owner = await _keep_owner(wanted.owner) if wanted.owner else None
    except ClinicError:
        if is_new:
            await _undo(wanted)
        raise
    if wanted.clinic:
        await Clinic.of(order.id).insert_new(wanted.clinic)
    for template in templates(order.id, tenant.languages):
        await Template.of(order.id).insert_new(template)
    link = await invite(owner) if owner and owner.status == "invited" else ""
    await Tenant.itself().change({"_id": order.id}, {"$set": {"complete": True}})
    return Practice(await Tenant.load(order.id), wanted.clinic, channel, owner, link)


def _wanted(order: Order, secret_key: str, now: datetime) -> _Wanted:
    """Raises ``Impossible``."""
    if not SHORT_NAME.fullmatch(order.id) or order.id in RESERVED:
        raise Impossible("the short name is 2 to 40 small letters, digits and dashes, and no reserved word")
    try:
        return _Wanted(
            Tenant(
                id=order.id, name=order.name, languages=order.languages, request_id=order.request_id, complete=False,
                **order.facts,
            ),
            Clinic(id=f"{order.id}-clinic-1", tenant_id=order.id, **order.clinic) if order.clinic else None,
            channel_of(order.id, f"{order.id}-channel-1", order.channel, secret_key) if order.channel else None,
            _owner(order.id, order.owner, now) if order.owner else None,
        )  # fmt: skip
    except ValidationError as error:
        raise Impossible(reasons(error)) from None


def channel_of(tenant_id: str, id: str, facts: Mapping[str, Any], secret_key: str) -> Channel:
    """A number with its secrets sealed."""
    return Channel(**Channel.all_sealed(facts, secret_key), id=id, tenant_id=tenant_id)


def _owner(tenant_id: str, owner: Owner, now: datetime) -> User:
    return User(
        id=f"{tenant_id}-owner", tenant_id=tenant_id, email=user.folded(owner.email), name=owner.name,
        language=owner.language, memberships=[Held(role=user.OWNER)], created_at=now,
    )  # fmt: skip


def templates(tenant_id: str, languages: list[str]) -> list[Template]:
    """What a practice needs to keep its promises, in those of its languages that we have words in; the worker submits
    them for review."""
    known = [language for language in languages if language in LANGUAGES]
    return [starter(tenant_id, purpose, language, status=PENDING) for purpose in PURPOSES for language in known]


async def _check_email(owner: User | None) -> None:
    """Before anything is stored; the unique index decides in the end."""
    if owner and (known := await user.by_email(owner.email)) and known.id != owner.id:
        raise EmailTaken


async def _claim(wanted: Tenant) -> tuple[Tenant, bool]:
    """The short name; whether it was free. Raises ``TenantTaken``."""
    if await wanted.add():
        return wanted, True
    known = await Tenant.load(wanted.id)
    if known.complete and known.request_id != wanted.request_id:
        raise TenantTaken
    return known, False


async def _found(tenant: Tenant, wanted: _Wanted) -> Practice:
    """What the same order has made before."""
    clinic = await Clinic.of(tenant.id).find_one({"_id": wanted.clinic.id}) if wanted.clinic else None
    channel = await Channel.of(tenant.id).find_one({"_id": wanted.channel.id}) if wanted.channel else None
    owner = await User.of(tenant.id).find_one({"_id": wanted.owner.id}) if wanted.owner else None
    return Practice(tenant, clinic, channel, owner)


async def _keep_channel(channel: Channel) -> Channel:
    """Raises ``NumberTaken``."""
    door = Channel.of(channel.tenant_id)
    if await door.insert_new(channel):
        return channel
    if (known := await door.find_one({"phone_number_id": channel.phone_number_id})) is None:
        raise NumberTaken
    return known


async def _keep_owner(owner: User) -> User:
    """Raises ``EmailTaken``."""
    try:
        await User.of(owner.tenant_id).insert(owner)
    except DuplicateKeyError:
        if (known := await User.of(owner.tenant_id).find_one({"_id": owner.id, "email": owner.email})) is None:
            raise EmailTaken from None
        return known
    return owner


async def _undo(wanted: _Wanted) -> None:
    """Nothing stays of an order that was refused."""
    for record in (wanted.channel, wanted.owner):
        if record is not None:
            await type(record).of(record.tenant_id).delete({"_id": record.id})
    await Tenant.itself().delete({"_id": wanted.tenant.id, "complete": False})
