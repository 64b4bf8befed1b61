"""A practice with people who wait for its times."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from practice import DAY, NINE, NOW, Practice, open_practice

from clinic import booking
from clinic.appointment import Appointment
from clinic.chat import Chat, Consent
from clinic.notification import Notification
from clinic.record import new_id
from clinic.slot_offer import SlotOffer
from clinic.views import Slot
from clinic.waitlist import Wait, end_of
from clinic.waitlist_answer import enter
from clinic.waitlist_round import advance

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
ANY_TIME = {"quiet_from": "00:00", "quiet_until": "00:00"}


@dataclass
class WaitingRoom:
    """One day of visits of half an hour, from nine to one by the clinic's clock."""

    practice: Practice
    visits: dict[int, Appointment] = field(default_factory=dict)  # by the half hour after nine

    @property
    def id(self) -> str:
        return self.practice.id

    def at(self, half_hour: int) -> datetime:
        return NINE + half_hour * HALF_HOUR

    def slot(self, half_hour: int) -> Slot:
        return Slot(self.at(half_hour), self.at(half_hour + 1), self.practice.doctors[0].id)

    async def fill(self, *half_hours: int) -> None:
        """Book them for somebody, as staff."""
        for each in half_hours:
            place, asker = self.practice.place(self.at(each)), self.practice.asker(staff=True)
            self.visits[each] = await booking.book(
                await self.practice.directory(), place, self.practice.patient(), asker, NOW
            )

    async def free(self, half_hour: int, now: datetime = NOW) -> None:
        """Cancel that visit."""
        visit = self.visits.pop(half_hour)
        await booking.cancel(self.id, visit.id, visit.version, self.practice.asker(staff=True), now)

    async def wait(self, now: datetime = NOW, *, consent: bool = True, **wish: Any) -> Wait:
        """Somebody new on the list, for any time of the day unless told otherwise."""
        said = Consent(version="1", given=consent, at=now)
        chat = Chat(tenant_id=self.id, user_id=new_id(), consent=said)
        await Chat.of(self.id).insert(chat)
        days: dict[str, date] = {"first_day": DAY, "last_day": DAY}
        service = {"service_id": self.practice.services[0].id}
        facts: dict[str, Any] = {**days, **service, "patient_id": new_id(), "chat_id": chat.id, **wish}
        made = Wait(
            tenant_id=self.id, request_id=new_id(), clinic_id=self.practice.clinic.id, created_at=now,
            ends_at=end_of(facts["last_day"], self.practice.clinic.zone), language="en", **facts,
        )  # fmt: skip
        return await enter(made, now)

    async def step(self, now: datetime = NOW) -> list[str]:
        return await advance(self.id, now)

    async def offers(self, **query: Any) -> list[SlotOffer]:
        return await SlotOffer.of(self.id).find(query, sort=[("offered_at", 1), ("_id", 1)])

    async def the_offer(self) -> SlotOffer:
        """The only one that is open."""
        (only,) = await self.offers(status="open")
        return only

    async def held(self) -> list[Appointment]:
        return await Appointment.of(self.id).find({"status": "waitlist"})

    async def letters(self) -> list[Notification]:
        return await Notification.of(self.id).find({"kind": "offer"})

    async def standing(self, wait: Wait) -> str:
        return (await Wait.of(self.id).get(wait.id)).status


async def waiting_room(**more: Any) -> WaitingRoom:
    """Everything is booked."""
    room = WaitingRoom(await open_practice(**{"step": 30, "offer_cutoff_minutes": 60, **ANY_TIME, **more}))
    await room.fill(*range(8))
    return room
