"""What the week left behind, gathered from phones, database, queue and logs."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis as QueueRedis
from rq.registry import FailedJobRegistry

from bot.ids import short
from clinic import quarantine
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.demo import DEMO
from clinic.notification import Notification
from clinic.slot_offer import SlotOffer
from opdesk.play.account import Account, Facts, by_promise, reckon
from opdesk.play.people import Patient
from opdesk.play.phones import Bubble, Phones
from workers.queues import queue

SEVERE = frozenset({"error", "critical"})


async def counted(phones: Phones, patients: Sequence[Patient], start: datetime, end: datetime) -> Account:
    """The account of all promises that fell due from ``start`` until ``end``, and of all that patients wrote."""
    said = [each for patient in patients for each in await phones.said(patient.user)]
    account = reckon(await _facts([Bubble.of(each) for each in said if each["direction"] == "out"], start, end))
    names = Counter(str(each["callback_data"]) for each in said if each["callback_data"])
    twice = sum(count - 1 for name, count in names.items() if name.startswith("o."))
    account.doubled += twice
    answered = {name.split(".")[3] for name in names if name.startswith("o.")}
    for each in said:
        if each["direction"] == "in" and short(each["id"]) not in answered:
            account.blame(f"no answer to a message of {datetime.fromtimestamp(each['at'], UTC):%a %H:%M} UTC")
    return account


async def _facts(bubbles: Sequence[Bubble], start: datetime, end: datetime) -> Facts:
    reasons = [reason for card in await Callback.of(DEMO).find() for reason in card.reasons]
    leaves = (f"leave {each.appointment_id}" for each in reasons if each.request_id.startswith("leave."))
    return Facts(
        promises=await Notification.of(DEMO).find({"due_at": {"$gte": start, "$lt": end}}, sort=[("due_at", 1)]),
        letters=by_promise(bubbles),
        visits={visit.id: visit for visit in await Appointment.of(DEMO).find()},
        offers={offer.id: offer for offer in await SlotOffer.of(DEMO).find()},
        cards=frozenset([*(each.request_id for each in reasons), *leaves]),
    )


async def look_for_trouble(account: Account, logs: Path, jobs: QueueRedis, since: dict[str, int]) -> None:
    """Errors in the logs, what could not be read, jobs that failed."""
    for said in await asyncio.to_thread(all_complaints, logs, since):
        account.blame(said)
    for kept in await quarantine.latest():
        account.blame(f"quarantine: {kept.reason}")
    failed: Any = FailedJobRegistry(queue=queue(jobs))
    if failed.count:
        account.blame("jobs failed", failed.count)


def all_complaints(logs: Path, since: dict[str, int]) -> list[str]:
    """Of all parts, since their logs were so long."""
    found = ((log, complaints(log, since.get(log.name, 0))) for log in sorted(logs.glob("*.log")))
    return [f"{log.stem}: {line}" for log, lines in found for line in lines]


def sizes(logs: Path) -> dict[str, int]:
    """How long each log is, so that only what follows is looked at."""
    return {log.name: log.stat().st_size for log in logs.glob("*.log")}


def complaints(log: Path, since: int) -> list[str]:
    """Its lines that tell of an error, or are no events at all."""
    with log.open("rb") as file:
        file.seek(since)
        return [said for line in file if (said := _complaint(line))]


def _complaint(line: bytes) -> str:
    try:
        event = json.loads(line)
    except ValueError:
        return line.decode(errors="replace").strip()
    if not isinstance(event, dict) or event.get("level") not in SEVERE:
        return ""
    return " ".join(f"{name}={value}" for name, value in event.items() if name not in ("at", "process", "level"))[:300]
