"""What an account's provider tells of a template, by webhook or when it is asked: its status, quality and category.

A paused one is an alarm: news for the screens, a count for the operator, and the last approved one of its family, or
another of its purpose, speaks meanwhile.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from clinic import metrics, news
from clinic.edited import seen
from clinic.standing import Standing, Told, summed
from clinic.template import APPROVED, DRAFT, FINAL, PAUSED, Template

_STATUSES = """
APPROVED REJECTED PENDING PAUSED DISABLED FLAGGED REINSTATED IN_APPEAL PENDING_DELETION DELETED ARCHIVED LOCKED
LIMIT_EXCEEDED
"""
STATUSES = frozenset(_STATUSES.split())
MEANS = {"REINSTATED": APPROVED, "FLAGGED": APPROVED}  # both may be sent
QUALITIES = frozenset({"GREEN", "YELLOW", "RED", "UNKNOWN"})
CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})
PAUSES = {"FIRST_PAUSE": timedelta(hours=3), "SECOND_PAUSE": timedelta(hours=6)}  # then it is disabled
SILENCED = frozenset({PAUSED, "DISABLED", "REJECTED"})

ATTEMPTS = 5  # against news of other accounts at the same moment

Change = dict[str, Any]
Value = Mapping[str, Any]


async def heard(tenant_id: str, account: str, field: str, value: Value, at: datetime) -> bool:
    """Take over one event of an account; whether it changed a template of ours. Later news wins, in whichever order
    they come; what is not about a template is left."""
    reading = READINGS.get(field)
    name, language = value.get("message_template_name"), value.get("message_template_language")
    if reading is None or not isinstance(name, str) or not isinstance(language, str):
        return False
    template = await Template.of(tenant_id).find_one({"name": name, "language": language})
    if template is None:
        return False
    category = template.category
    return await _take_over(template, account, lambda before: reading(before, category, value, at))


async def learned(template: Template, account: str, told: Told, at: datetime) -> bool:
    """Take over what the account answered when it was asked, as far as it said something; whether that was new."""
    said = {"new_quality_score": told.quality, "new_category": told.category, "reason": told.reason}

    def read(before: Standing) -> Change:
        event = {"event": told.status} if told.status != before.status else {}
        change: Change = {"id": told.id or before.id}
        for reading in READINGS.values():
            change |= reading(before, template.category, said | event, at)
        return change

    return await _take_over(template, account, read)


async def kept(template: Template, accounts: set[str]) -> None:
    """Forget what accounts have said that the practice has no more."""
    if template.accounts.keys() - accounts and template.accounts.keys() & accounts:
        left = {name: each for name, each in template.accounts.items() if name in accounts}
        await _change(template, left)


def _status(before: Standing, _: str, value: Value, at: datetime) -> Change:
    event = str(value.get("event"))
    if event not in STATUSES or (before.status_at is not None and before.status_at > at):
        return {}
    status = MEANS.get(event, event)
    change: Change = {"status": status, "reason": _reason(value), "paused_until": None}
    if status == PAUSED:
        lasts = PAUSES.get(_title(value))
        change["paused_until"] = at + lasts if lasts else before.paused_until
        change["pauses"] = before.pauses + (before.status != PAUSED)
    return change | ({"status_at": at} if status != before.status else {})


def _reason(value: Value) -> str:
    """In the provider's words; its long word for it where it gives one."""
    info = value.get("rejection_info")
    told = info.get("recommendation") if isinstance(info, Mapping) else ""
    reason = value.get("reason")
    parts = [reason if isinstance(reason, str) and reason != "NONE" else _title(value), told]
    return ": ".join(str(part) for part in parts if part)[:500]


def _title(value: Value) -> str:
    info = value.get("other_info")
    return str(info.get("title") or "") if isinstance(info, Mapping) else ""


def _quality(_: Standing, __: str, value: Value, ___: datetime) -> Change:
    score = str(value.get("new_quality_score"))
    return {"quality": score} if score in QUALITIES else {}


def _category(_: Standing, own: str, value: Value, __: datetime) -> Change:
    category = str(value.get("new_category"))
    if category not in CATEGORIES:
        return {}
    return {"billed_as": "" if category == own else category}


READINGS: dict[str, Callable[[Standing, str, Value, datetime], Change]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
}


async def _take_over(template: Template, account: str, read: Callable[[Standing], Change]) -> bool:
    """Its edits and the provider's news do not meet: what was handed in is not edited, so the number of its version
    grows with the news, too, and screens see it. News of two accounts do not undo each other."""
    found: Template | None = template
    for _ in range(ATTEMPTS):
        if found is None or found.status == DRAFT:
            return False
        before = found.at(account)
        change = read(before)
        after = before.model_copy(update=change)
        if not change or not after.status or (after == before and account in found.accounts):
            return False
        if await _change(found, {**found.accounts, account: after}):
            return await _tell(found, before, after)
        found = await Template.of(template.tenant_id).find_one({"_id": template.id})
    return False


async def _change(template: Template, accounts: Mapping[str, Standing]) -> bool:
    """Write down how it stands with the accounts, and with all of them."""
    whole = summed(accounts.values()).model_dump(exclude={"id"})
    update: Change = {
        "accounts": {name: each.model_dump(exclude_none=True) for name, each in accounts.items()},
        "reviewed": any(each.status not in FINAL for each in accounts.values()),
        **{name: value for name, value in whole.items() if value is not None},
    }
    gone = [name for name, value in whole.items() if value is None]
    change = {"$set": update, "$inc": {"version": 1}} | ({"$unset": dict.fromkeys(gone, 1)} if gone else {})
    return await Template.of(template.tenant_id).change({"_id": template.id, "version": seen(template)}, change)


async def _tell(template: Template, before: Standing, after: Standing) -> bool:
    """Whether there was news."""
    if after == before:  # only that it is this account's
        return False
    news_of = after.status if after.status != before.status else ""
    if news_of:
        metrics.TEMPLATES.labels(template.purpose, news_of).inc()
    what = news_of.lower() if news_of in SILENCED or news_of == APPROVED else "changed"
    await news.tell(template.tenant_id, f"template.{what}", template.id, purpose=template.purpose)
    return True
