"""The week itself: what is on the agenda happens, the desk comes to rest, the clock goes on."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic import clock, notification
from opdesk.play.people import GREETINGS, MY_VISITS, Patient
from opdesk.play.phones import Bubble, Phones
from opdesk.play.quiet import Stillness
from opdesk.play.staff import Reception
from opdesk.play.talking import BOOK, LOOK, WAIT, Aim, talk
from opdesk.play.tidings import react, reaction
from workers.timetable import EVERY

ZONE = ZoneInfo("Asia/Kolkata")
STEP = timedelta(minutes=15)
OPEN, SHUT = time(6), time(22)  # between which something happens every few minutes
NIGHT = timedelta(hours=4)
AT_ONCE = 24  # conversations
WEEK = 7
RECOUNT = "workers.recount.recount"
ASIDE = frozenset(
    [
        RECOUNT,
        "workers.templates.refresh_templates",
        "workers.templates.watch_reviews",
        "workers.mail.sweep_mails",
        "workers.imports.resume_imports",
    ]
)  # fmt: skip -- that no patient waits for
OFTEN = 60  # seconds: what the timetable does so often is done at every step, what it does less often every half hour
ROUNDS = [job for job, seconds in EVERY.items() if seconds <= OFTEN and job not in ASIDE]
RARER = [job for job, seconds in EVERY.items() if OFTEN < seconds <= STEP.total_seconds() and job not in ASIDE]
Deed = Callable[[], Awaitable[None]]


@dataclass
class Week:
    """Everybody in it, and what has happened so far."""

    phones: Phones
    patients: dict[str, Patient]  # by their numbers
    reception: Reception
    still: Stillness
    start: datetime
    days: int = WEEK
    told: Counter[str] = field(default_factory=Counter)
    ill: str = ""  # the doctor who will be
    _agenda: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(days=self.days)

    def later(self, at: datetime, deed: Deed) -> None:
        """Put something on the agenda."""
        heapq.heappush(self._agenda, (at, next(self._order), deed))

    def plan(self) -> None:
        """What is known from the beginning."""
        for patient in self.patients.values():
            self._plan_of(patient)
        if self.ill:
            self.later(self.start + self._told_of_illness, self._sick_day)

    def _plan_of(self, patient: Patient) -> None:
        dice, busy = patient.dice, max(1, self.days - 2)
        first = self._moment(patient, dice.randrange(busy))
        self.later(first, lambda: self._write(patient, BOOK, dice.choice(GREETINGS[patient.language])))
        if dice.random() < 0.25:
            self.later(
                first + timedelta(hours=dice.randrange(1, 20)),
                lambda: self._write(patient, LOOK, MY_VISITS[patient.language]),
            )
        if patient.favourite and dice.random() < 0.3:
            self.later(first + timedelta(hours=1), lambda: self._write(patient, WAIT, GREETINGS[patient.language][0]))
        self._plan_phone(patient, first)

    def _moment(self, patient: Patient, day: int) -> datetime:
        return self.start + timedelta(days=day, minutes=patient.dice.randrange(60, 15 * 60))

    def _plan_phone(self, patient: Patient, first: datetime) -> None:
        after, user = first + timedelta(hours=2), patient.user
        match patient.phone:
            case "silent":
                self.later(self.start, lambda: self.phones.switch(user, reads=False))
            case "gone":
                self.later(after, lambda: self.phones.switch(user, reachable=False))
            case "off":
                self.later(after, lambda: self.phones.switch(user, online=False))
                self.later(after + timedelta(days=1), lambda: self.phones.switch(user, online=True))

    def letter(self, bubble: Bubble) -> None:
        """Something came unasked."""
        patient = self.patients.get(bubble.user)
        self.told[f"{bubble.template} sent"] += 1
        wanted = reaction(patient, bubble) if patient and patient.phone in ("on", "silent") else None
        if patient and wanted:
            button, after = wanted
            self.later(clock.now() + after, lambda: self._react(patient, bubble, button))

    async def _write(self, patient: Patient, aim: Aim, words: str) -> None:
        if patient.user in self.phones.away and patient.phone != "silent":
            return  # nobody writes on a phone that is off
        async with patient.talking:
            reached = await talk(self.phones, patient, aim, await self.phones.say(patient.user, words))
        self.told[aim.name if reached else f"not {aim.name}"] += 1

    async def _react(self, patient: Patient, letter: Bubble, button: str) -> None:
        if patient.user in self.phones.away and patient.phone != "silent":
            return
        async with patient.talking:
            what, came = await react(self.phones, patient, letter, button)
        self.told[what if came else f"not {what}"] += 1

    @property
    def _told_of_illness(self) -> timedelta:
        """In the afternoon before, in a week that is long enough, else early on the day."""
        return timedelta(days=1, hours=9) if self.days > 2 else timedelta(minutes=45)

    async def _sick_day(self) -> None:
        now = clock.now()
        today = now.astimezone(ZONE).date()
        first, last = (today + timedelta(days=n + (self.days > 2)) for n in range(2))
        since, until = (datetime.combine(day, time(), ZONE).astimezone(now.tzinfo) for day in (first, last))
        self.told["hit by a sick day"] += await self.reception.enter_leave(self.ill, max(since, now), until)

    async def play(self, day_over: Callable[[datetime, Counter[str]], None]) -> None:
        """All of it."""
        now, before = self.start, Counter[str]()
        while now < self.end:
            await self._step(now)
            after = following(now)
            if await notification.past_deadline(after, limit=1):
                await self.still.wait(ticks=True)
            if after.astimezone(ZONE).date() != now.astimezone(ZONE).date():
                happened = self.told + self.reception.told
                day_over(now, happened - before)
                before = happened
            now = after
        await self._step(self.end - timedelta(seconds=1))

    async def _step(self, now: datetime) -> None:
        await self.phones.move_clock((now - clock.now()).total_seconds())
        await self.still.tick(*ROUNDS, *(RARER if now.minute % 30 == 0 else []))
        deeds = self._due()
        if at_work := OPEN <= now.astimezone(ZONE).time() < SHUT:
            deeds.append(lambda: self.reception.work(now))
        await self._do(deeds)
        await self.still.tick(*([RECOUNT] if now.minute == 0 else []))
        await self._do([self.reception.go_in] if at_work else [])
        while due := self._due():  # one thing brings another
            await self._do(due)

    async def _do(self, deeds: list[Deed]) -> None:
        """All of it, and what follows, until the desk is at rest."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(deed: Deed) -> None:
            async with gate:
                await deed()

        await asyncio.gather(*map(one, deeds))
        await self.still.wait()

    def _due(self) -> list[Deed]:
        due = []
        while self._agenda and self._agenda[0][0] <= clock.now():
            due.append(heapq.heappop(self._agenda)[2])
        return due


def following(now: datetime) -> datetime:
    """The next moment to look at: nights pass in a few steps."""
    local = now.astimezone(ZONE)
    return now + (STEP if OPEN <= local.time() < SHUT else NIGHT)


def next_monday(now: datetime) -> datetime:
    """Six in the morning there."""
    local = now.astimezone(ZONE)
    day = local.date() + timedelta(days=7 - local.weekday())
    return datetime.combine(day, OPEN, ZONE).astimezone(now.tzinfo)
