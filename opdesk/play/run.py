"""Plays a week on a demo that runs, tells of each day, and gives the account."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from clinic import clock
from clinic.demo import DEMO
from clinic.doctor import Doctor
from clinic.template import APPROVED, Template
from opdesk.play import evidence
from opdesk.play.account import Account
from opdesk.play.desk import StaffApi
from opdesk.play.people import drawn
from opdesk.play.phones import Phones
from opdesk.play.quiet import Stillness
from opdesk.play.staff import Reception
from opdesk.play.week import WEEK, ZONE, Week, next_monday
from opdesk.probe import reachable
from opdesk.runtime import Runtime, runtime
from opdesk.screen import Screen
from opdesk.settings import Settings

IDLE = 2.0  # seconds; the servers let go of a connection after five
FULL_OF_FAULTS = 12  # words about faults that are shown


@dataclass(frozen=True)
class Play:
    """How many play, for how long, and the seed of all their dice."""

    patients: int = 200
    days: int = WEEK
    seed: int = 1


async def play(settings: Settings, screen: Screen, what: Play) -> Account:
    """The whole week. The desk must be open."""
    began = time.monotonic()
    wires = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE)
    async with runtime(settings) as opened, aiohttp.ClientSession(connector=wires) as http:
        week = await _prepared(opened, http, what)
        logs = settings.data_dir / "logs"
        since = evidence.sizes(logs)
        listening = asyncio.create_task(week.phones.listen())
        try:
            await _approved(week.still)
            await asyncio.gather(*(week.phones.introduce(p.user, p.name, p.language) for p in week.patients.values()))
            week.plan()
            screen.say(f"{len(week.patients)} patients' {what.days} days (seed {what.seed}):")
            await week.play(lambda day, told: screen.say(line(day, told)))
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
        account = await evidence.counted(week.phones, list(week.patients.values()), week.start, week.end)
        await evidence.look_for_trouble(account, logs, opened.queue, since)
        _blame(account, week)
        told(screen, account, week, time.monotonic() - began)
        return account


async def _prepared(opened: Runtime, http: aiohttp.ClientSession, what: Play) -> Week:
    settings, dice = opened.settings, random.Random(what.seed)
    host = reachable(settings.host)
    doctors = sorted(row["_id"] for row in await Doctor.of(DEMO).rows(fields=("_id",)))
    patients = {each.user: each for each in drawn(what.seed, what.patients, tuple(doctors))}
    phones = Phones(http, f"http://{host}:{settings.simulator_port}", lambda bubble: week.letter(bubble))
    reception = Reception(StaffApi(http, f"http://{host}:{settings.api_port}/api/v1"), dice)
    still = Stillness(opened.redis, opened.queue, phones.waiting)
    week = Week(phones, patients, reception, still, next_monday(clock.now()), what.days, ill=doctors[0])
    return week


async def _approved(still: Stillness) -> None:
    """Without approved templates nothing may be sent unasked: wait for the reviews."""
    await still.tick("workers.templates.refresh_templates")
    await still.wait()
    while await Template.of(DEMO).rows({"status": {"$ne": APPROVED}}, ("_id",), limit=1):
        await asyncio.sleep(0.2)
        await still.tick("workers.templates.watch_reviews")
        await still.wait()


def _blame(account: Account, week: Week) -> None:
    for fault in week.reception.api.faults:
        account.blame(f"staff API: {fault}")
    if week.still.hung:
        account.blame("the desk did not come to rest", week.still.hung)


SHOWN = {
    "booked": "booked", "moved": "moved", "cancelled": "cancelled", "waiting": "wait for a time",
    "appointment_confirmed sent": "confirmations", "appointment_reminder sent": "reminders",
    "appointment_soon sent": "reminders of the day", "slot_offer sent": "offers", "offer yes": "taken",
    "visit come": "will come", "hit by a sick day": "hit by a sick day", "visit first": "took the first other time",
    "visit second": "the second", "visit third": "the third", "moved by staff": "moved by staff",
    "cancelled by staff": "cancelled by staff", "checked in": "came", "seen": "seen", "no-shows": "no-shows",
    "called back": "called back",
}  # fmt: skip


def line(day: datetime, happened: Counter[str]) -> str:
    """A day in a line."""
    parts = [f"{happened[name]} {word}" for name, word in SHOWN.items() if happened[name]]
    return f"  {day.astimezone(ZONE):%a %d %b}: {', '.join(parts) or 'nothing'}"


def told(screen: Screen, account: Account, week: Week, seconds: float) -> None:
    """How it went, in words."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(account.kinds.items()))
    screen.say(f"{week.phones.sent} messages of patients, {kinds}")
    for word, count in Counter(account.words).most_common(FULL_OF_FAULTS):
        screen.say(f"  ! {word}" + (f" ({count} times)" if count > 1 else ""))
    screen.say(f"{seconds:.0f} s, of which {week.still.waited:.0f} s until all was at rest")
