"""What the provider tells of a template, by webhook or when it is asked: its status, quality and category.

A paused one is an alarm: news for the screens, a count for the operator, and the last approved one of its family, or
another of its purpose, speaks meanwhile.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from clinic import metrics, news
from clinic.template import APPROVED, DRAFT, PAUSED, Template

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

Change = dict[str, Any]


async def heard(tenant_id: str, field: str, value: Mapping[str, Any], at: datetime) -> bool:
    """Take over one event of the provider's; whether it changed a template of ours. Later news wins, in whichever order
    they come; what is not about a template is left."""
    reading = READINGS.get(field)
    name, language = value.get("message_template_name"), value.get("message_template_language")
    if reading is None or not isinstance(name, str) or not isinstance(language, str):
        return False
    template = await Template.of(tenant_id).find_one({"name": name, "language": language})
    if template is None or template.status == DRAFT:
        return False
    return await _take_over(template, reading(template, value, at))


async def learned(
    template: Template, status: str, at: datetime, quality: str = "", category: str = "", reason: str = ""
) -> bool:
    """Take over what the provider answered when it was asked; whether that was new."""
    told = {"event": status, "new_quality_score": quality, "new_category": category, "reason": reason}
    if status == template.status:
        del told["event"]
    change: Change = {}
    for reading in READINGS.values():
        change |= reading(template, told, at)
    return await _take_over(template, change)


def _status(template: Template, value: Mapping[str, Any], at: datetime) -> Change:
    event = str(value.get("event"))
    if event not in STATUSES or (template.status_at is not None and template.status_at > at):
        return {}
    status = MEANS.get(event, event)
    change: Change = {"status": status, "reason": _reason(value), "paused_until": None}
    if status == PAUSED:
        lasts = PAUSES.get(_title(value))
        change["paused_until"] = at + lasts if lasts else template.paused_until
        change["pauses"] = template.pauses + (template.status != PAUSED)
    return change | ({"status_at": at} if status != template.status else {})


def _reason(value: Mapping[str, Any]) -> str:
    """In the provider's words; its long word for it where it gives one."""
    info = value.get("rejection_info")
    told = info.get("recommendation") if isinstance(info, Mapping) else ""
    reason = value.get("reason")
    parts = [reason if isinstance(reason, str) and reason != "NONE" else _title(value), told]
    return ": ".join(str(part) for part in parts if part)[:500]


def _title(value: Mapping[str, Any]) -> str:
    info = value.get("other_info")
    return str(info.get("title") or "") if isinstance(info, Mapping) else ""


def _quality(_: Template, value: Mapping[str, Any], __: datetime) -> Change:
    score = str(value.get("new_quality_score"))
    return {"quality": score} if score in QUALITIES else {}


def _category(template: Template, value: Mapping[str, Any], _: datetime) -> Change:
    category = str(value.get("new_category"))
    if category not in CATEGORIES:
        return {}
    return {"billed_as": "" if category == template.category else category}


READINGS: dict[str, Callable[[Template, Mapping[str, Any], datetime], Change]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
}


async def _take_over(template: Template, change: Change) -> bool:
    """Its edits and the provider's news do not meet: what was handed in is not edited, so the number of its version
    grows with the news, too, and screens see it."""
    new = {name: value for name, value in change.items() if getattr(template, name) != value}
    if not new:
        return False
    update: Change = {"$set": {k: v for k, v in new.items() if v is not None}, "$inc": {"version": 1}}
    if gone := [name for name, value in new.items() if value is None]:
        update["$unset"] = dict.fromkeys(gone, 1)
    if not await Template.of(template.tenant_id).change({"_id": template.id, "status": template.status}, update):
        return False
    if status := new.get("status"):
        metrics.TEMPLATES.labels(template.purpose, status).inc()
    what = _told(new)
    await news.tell(template.tenant_id, f"template.{what}", template.id, purpose=template.purpose)
    return True


def _told(new: Change) -> str:
    """The alarm by its name, the rest as a change."""
    status = str(new.get("status", ""))
    return status.lower() if status in SILENCED or status == APPROVED else "changed"
