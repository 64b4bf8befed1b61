"""A practice's day, for tests of the queue: who has come, and what staff press."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from practice import DAY, NINE, Practice

from clinic import attendance, booking, queue, walk_in
from clinic.appointment import Appointment
from clinic.queue import Step
from clinic.queue_entry import QueueEntry
from clinic.queue_moves import Move
from clinic.registration import Newcomer

MINUTE = timedelta(minutes=1)


@dataclass
class Day:
    """The queue of one practice on one day; ``now`` goes on by itself, a minute at each press."""

    practice: Practice
    now: datetime = NINE - 30 * MINUTE

    def later(self, minutes: int = 1) -> datetime:
        self.now += minutes * MINUTE
        return self.now

    def asker(self, request_id: str = "", **more: Any) -> booking.Asker:
        return replace(self.practice.asker(request_id, staff=True), overbook=False, **more)

    def step(self, move: Move, reason: str = "", request_id: str = "", version: int | None = None) -> Step:
        return Step(move, self.asker(request_id), self.later(), reason, version=version)

    async def booked(self, start: datetime = NINE, doctor: int = 0) -> Appointment:
        place, who = self.practice.place(start, doctor=doctor), self.practice.patient()
        directory = await self.practice.directory()
        return await booking.book(directory, place, who, self.practice.asker(staff=True), self.now)

    async def check_in(self, visit: Appointment, **more: Any) -> QueueEntry:
        return (await attendance.check_in(await self.practice.directory(), visit, self.asker(), self.now, **more))[1]

    async def came(self, start: datetime = NINE, doctor: int = 0) -> QueueEntry:
        """Booked, and checked in."""
        return await self.check_in(await self.booked(start, doctor))

    def wanted(self, doctor: int = 0, **more: Any) -> walk_in.WalkIn:
        return walk_in.WalkIn(
            self.practice.clinic.id, self.practice.doctors[doctor].id, self.practice.services[0].id, **more
        )

    async def walks_in(self, doctor: int = 0, **more: Any) -> QueueEntry:
        who = Newcomer("Mrs. Meera Example")
        entry, _ = await walk_in.walk_in(
            await self.practice.directory(), self.wanted(doctor, **more), who, self.asker(), self.now
        )
        return entry

    async def call_next(self, doctor: int = 0, request_id: str = "", day: date = DAY) -> QueueEntry:
        doctor_id = self.practice.doctors[doctor].id
        return await queue.call_next(self.practice.id, doctor_id, [day], self.asker(request_id), self.later())

    async def entries(self) -> list[QueueEntry]:
        return await QueueEntry.of(self.practice.id).find(sort=[("token", 1)])

    async def visit(self, entry: QueueEntry) -> Appointment:
        return await Appointment.of(self.practice.id).get(entry.appointment_id or "")

    async def press(self, entry: QueueEntry, move: Move, reason: str = "", **more: Any) -> QueueEntry:
        """Any move that needs no more than a reason."""
        step = self.step(move, reason, **more)
        match move:
            case "start":
                return await queue.start(entry, step)
            case "finish":
                return await attendance.finish(entry, step)
            case "reopen":
                return await attendance.reopen(entry, step)
            case "return":
                return await queue.come_back(entry, step)
            case "reorder":
                return await queue.reorder(entry, "", step)
            case "priority":
                return await queue.prioritize(entry, 1, step)
            case _:
                return await queue.move(entry, step)
