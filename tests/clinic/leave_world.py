"""A practice whose doctor will be away, and the patients whom that hits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from practice import NINE, NOW, Practice, open_practice

from clinic import absence, booking, leave
from clinic.alternative import kept_for
from clinic.appointment import Appointment
from clinic.booking import Asker, For
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.directory import DIRECTORIES
from clinic.exception import ScheduleException
from clinic.leave import Leave, Resolved, resolved
from clinic.leave_answer import take
from clinic.leave_round import advance
from clinic.notification import Notification
from clinic.record import new_id

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANY_TIME = {"quiet_from": "00:00", "quiet_until": "00:00"}
AWAY = NINE + 7 * DAY  # the morning of the leave: a Monday, too


@dataclass
class Ward:
    """Doctor 0 is away on one morning, a week from now."""

    practice: Practice
    visits: list[Appointment] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.practice.id

    def at(self, half_hour: int, days: int = 0) -> datetime:
        return AWAY + days * DAY + half_hour * HALF_HOUR

    async def book(
        self, start: datetime, *, doctor: int = 0, consent: bool = True, patient_id: str = ""
    ) -> Appointment:
        """A visit of somebody new, who may be written to, unless told otherwise."""
        chat = Chat(tenant_id=self.id, user_id=new_id(), consent=Consent(version="1", given=consent, at=NOW))
        await Chat.of(self.id).insert(chat)
        whom = For(patient_id or new_id(), "Ann", chat.id, "en", is_new=True)
        place, asker = self.practice.place(start, doctor=doctor), self.practice.asker(staff=True)
        made = await booking.book(await self.practice.directory(), place, whom, asker, NOW)
        self.visits.append(made)
        return made

    async def leave(self, now: datetime = NOW, length: timedelta = 4 * HOUR, start: datetime = AWAY) -> Leave:
        """Enter it, and look after whom it hits."""
        directory = await self.practice.directory()
        facts = {"kind": "leave", "doctor_id": self.practice.doctors[0].id, "start": start, "end": start + length}
        wanted = absence.made(directory, facts, now)
        await absence.add(directory, wanted, now)
        return await leave.begin(await self.practice.directory(), wanted, "staff:1", now)

    async def withdraw(self, made: Leave) -> None:
        await ScheduleException.of(self.id).delete({"_id": made.id})
        DIRECTORIES.forget(self.id)

    async def step(self, now: datetime = NOW) -> list[str]:
        return await advance(self.id, now)

    async def standing(self, made: Leave) -> list[str]:
        return [each.status for each in await self.found(made)]

    async def found(self, made: Leave) -> list[Resolved]:
        return await resolved(self.id, [made.id])

    async def kept(self, visit: Appointment) -> list[Appointment]:
        return [each for each in await kept_for(self.id, [visit.id]) if each.status == "waitlist"]

    async def now_is(self, visit: Appointment) -> Appointment:
        return await Appointment.of(self.id).get(visit.id)

    async def tap(
        self, visit: Appointment, number: int = 1, now: datetime = NOW, request_id: str = ""
    ) -> tuple[Appointment, list[str]]:
        """The patient's choice, as the message told it."""
        asker = Asker(request_id or new_id(), "patient", "whatsapp")
        return await take(await self.now_is(visit), visit.start_version, number, asker, now)

    async def letters(self, purpose: str = "leave_offer") -> list[Notification]:
        return [each for each in await Notification.of(self.id).find() if each.purpose == purpose]

    async def cards(self) -> list[Callback]:
        return await Callback.of(self.id).find(sort=[("_id", 1)])

    async def seats(self) -> list[str]:
        """All cells that are used up."""
        rows = await Appointment.of(self.id).rows({}, fields=("doctor_id", "cells"))
        return [f"{row['doctor_id']} {cell}" for row in rows for cell in row.get("cells", ())]


async def ward(**more: Any) -> Ward:
    """Two doctors, from nine to one."""
    return Ward(await open_practice(**{"doctors": 2, "step": 30, "limit": 9, **ANY_TIME, **more}))
