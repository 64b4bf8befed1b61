"""How one of our numbers stands with the provider: its quality, how many patients it may write to first in a day, what
keeps it from sending. Each change is told once: as news for the screens and as a count for the operator.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pymongo import IndexModel

from clinic import metrics, news
from clinic.kept import Kept
from clinic.record import TenantRecord, as_kept

UNLIMITED = -1
QUALITIES = ("GREEN", "YELLOW", "RED")  # from good to bad
UNKNOWN = "UNKNOWN"
PAYMENT = frozenset({131042, 63020})  # Meta's code, and Twilio's for the same
NEAR = 0.8  # of the limit: then it is an alarm
AGAIN = timedelta(hours=24)  # until being near is told again
ATTEMPTS = 5  # against changes of others at the same moment

Change = dict[str, Any]


class NumberState(TenantRecord):
    """One number's; the id is the channel's. ``daily_limit``: patients in 24 hours whom the business writes to first,
    of all numbers of its ``portfolio``; None: not known yet, ``UNLIMITED``: as many as there are. ``silent_code``: the
    provider's word for why nothing leaves. ``letters_held_until``: till then no templates leave."""

    account: str = ""
    portfolio: str = ""
    quality: str = UNKNOWN
    throughput: str = ""  # STANDARD, HIGH
    daily_limit: int | None = None
    silent_code: int = 0
    silent_since: datetime | None = None
    letters_held_until: datetime | None = None
    letters_code: int = 0
    restriction: str = ""  # of the account, in the provider's words
    restricted_until: datetime | None = None
    notice: str = ""  # the provider's last warning
    near_at: datetime | None = None  # when it was told that the limit is near
    asked_at: datetime | None = None  # when the provider last answered
    mailed: dict[str, datetime] = {}  # of what its owners were told by mail, and when
    version: int = 0

    counts_changes: ClassVar[bool] = True

    class Settings:
        name = "number_states"
        indexes = [IndexModel([("tenant_id", 1)])]

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """What is kept of a practice's numbers is asked for again."""
        STATES.forget(tenant_id)

    @property
    def shares_limit_with(self) -> str:
        """Numbers of which this is the same share one limit."""
        return self.portfolio or self.account or self.id


async def state_of(tenant_id: str, channel_id: str) -> NumberState:
    """How it stands; of one that nothing was told of yet: that nothing is known."""
    found: NumberState | None = await NumberState.of(tenant_id).find_one({"_id": channel_id})
    return found or NumberState(id=channel_id, tenant_id=tenant_id)


STATES: Kept[str, NumberState] = Kept(state_of)


async def kept_state(tenant_id: str, channel_id: str) -> NumberState:
    """The same, some seconds old at most: for whoever asks with every message."""
    return await STATES.get(tenant_id, channel_id)


async def take_over(tenant_id: str, channel_id: str, change: Mapping[str, Any]) -> NumberState:
    """Store what is new of it, and tell what that means, once however many heard it; how it stands then."""
    for _ in range(ATTEMPTS):
        before = await state_of(tenant_id, channel_id)
        new = {name: value for name, value in map(_kept, change.items()) if getattr(before, name) != value}
        if before.silent_code and change.get("silent_code"):  # since the first time
            new.pop("silent_since", None)
        if not new:
            return before
        if await _stored(before, new):
            after: NumberState = before.model_copy(update={**new, "version": before.version + 1})
            for what in told(before, after):
                metrics.NUMBERS.labels(what).inc()
                await news.tell(tenant_id, f"number.{what}", channel_id)
            return after
    return before


def _kept(fact: tuple[str, Any]) -> tuple[str, Any]:
    name, value = fact
    return name, as_kept(value) if isinstance(value, datetime) else value


async def _stored(before: NumberState, new: Mapping[str, Any]) -> bool:
    door = NumberState.of(before.tenant_id)
    if before.version == 0 and await door.insert_new(before.model_copy(update={**new, "version": 1})):
        return True
    update: Change = {"$inc": {"version": 1}}
    if kept := {name: value for name, value in new.items() if value is not None}:
        update["$set"] = kept
    if gone := [name for name, value in new.items() if value is None]:
        update["$unset"] = dict.fromkeys(gone, 1)
    return await door.change({"_id": before.id, "version": before.version}, update)


def told(before: NumberState, after: NumberState) -> list[str]:
    """What has happened, in one word each; ``changed`` where nothing needs anybody. Pure."""
    happened = {
        "payment": after.silent_code in PAYMENT and before.silent_code not in PAYMENT,
        "silent": bool(after.silent_code not in PAYMENT and after.silent_code and not before.silent_code),
        "speaks": bool(before.silent_code and not after.silent_code),
        "quality_fell": _worse(before.quality, after.quality),
        "limit_near": after.near_at is not None and after.near_at != before.near_at,
        "limit_lowered": _lower(before.daily_limit, after.daily_limit),
        "letters_held": bool(after.letters_code and not before.letters_code),
        "restricted": bool(after.restriction and not before.restriction),
        "warned": bool(after.notice and after.notice != before.notice),
    }
    return [what for what, so in happened.items() if so] or ["changed"]


def _worse(before: str, after: str) -> bool:
    """A number that was never judged begins as a good one."""
    if after not in QUALITIES:
        return False
    return QUALITIES.index(after) > (QUALITIES.index(before) if before in QUALITIES else 0)


def _lower(before: int | None, after: int | None) -> bool:
    if before is None or after is None or after == UNLIMITED:
        return False
    return before == UNLIMITED or after < before


async def silenced(tenant_id: str, channel_id: str, code: int, now: datetime) -> NumberState:
    """Nothing leaves through it, by that code of the provider's: told once until it speaks again."""
    return await take_over(tenant_id, channel_id, {"silent_code": code or 1, "silent_since": now})


async def speaks(tenant_id: str, channel_id: str) -> NumberState:
    """A message went through."""
    return await take_over(tenant_id, channel_id, {"silent_code": 0, "silent_since": None})


async def hold_letters(tenant_id: str, channel_id: str, code: int, until: datetime) -> NumberState:
    """No templates leave until then."""
    return await take_over(tenant_id, channel_id, {"letters_held_until": until, "letters_code": code})


async def letters_leave(tenant_id: str, channel_id: str) -> NumberState:
    """A template went through."""
    return await take_over(tenant_id, channel_id, {"letters_held_until": None, "letters_code": 0})


async def nearing(state: NumberState, reached: int, now: datetime) -> None:
    """Tell that the day's limit is near, once a day."""
    if state.daily_limit is None or state.daily_limit == UNLIMITED or reached < NEAR * state.daily_limit:
        return
    if not _told_lately(state, now) and not _told_lately(await state_of(state.tenant_id, state.id), now):
        await take_over(state.tenant_id, state.id, {"near_at": now})


def _told_lately(state: NumberState, now: datetime) -> bool:
    return state.near_at is not None and now - state.near_at < AGAIN
