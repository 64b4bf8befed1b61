"""A practice with patients who agreed to be written to, on the simulator: what it owes them, and what their phones
show."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bench.house import DOCTORS, SECRET, House
from clinic import booking, demo, documents, visit_promises
from clinic.appointment import Appointment
from clinic.booking import Asker, For, Place
from clinic.channel import Channel
from clinic.chat import Chat, Consent
from clinic.directory import DIRECTORIES, Directory, directory_of
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.place import Clinic
from clinic.record import new_id
from clinic.template import Template, starter
from clinic.waitlist import Wait, end_of
from clinic.waitlist_answer import enter
from clinic.wall_clock import local_day
from opdesk.runtime import DATABASE, mongo_client

ID, NUMBER, ACCOUNT = "promised", "100000000000001", "200000000000001"  # the latter two are the simulator's
PURPOSES = ("confirmation", "reminder", "reminder_soon", "offer")
RULES = {"quiet_from": "00:00", "quiet_until": "00:00", "offer_minutes": 1, "offer_cutoff_minutes": 30}
STAFF = "staff:bench"
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Promised:
    """``graph`` is the simulator; its people have the numbers of the chats."""

    directory: Directory
    graph: httpx.AsyncClient

    async def chat(self, number: int) -> Chat:
        """Somebody who agreed to be written to."""
        wa_id, said = f"9198{number:08d}", Consent(version="1", given=True, at=datetime.now(UTC) - timedelta(days=30))
        made = Chat(tenant_id=ID, user_id=wa_id, wa_id=wa_id, channel_id=f"{ID}-channel-1", consent=said, language="en")
        await Chat.of(ID).insert(made)
        return made

    async def patient(self, number: int) -> Patient:
        """Somebody to be seen."""
        made = Patient(tenant_id=ID, name=f"Patient {number}", request_id=new_id(), created_at=datetime.now(UTC))
        await Patient.of(ID).insert(made)
        return made

    def place(self, number: int, days: int) -> Place:
        """The n-th time of a day: one doctor after the other."""
        hour, doctor = divmod(number, DOCTORS)
        clinic = self.directory.clinic(f"{ID}-clinic-1")
        day = local_day(datetime.now(UTC), clinic.zone) + timedelta(days=days)
        opens = end_of(day - timedelta(days=1), clinic.zone) + timedelta(hours=7)
        return Place(clinic.id, f"{ID}-service-1", f"{ID}-doctor-{doctor + 1}", opens + hour * HALF_HOUR)

    async def visit(self, number: int, place: Place, booked_at: datetime) -> tuple[Appointment, Chat]:
        """Booked by staff for a patient of their own."""
        chat, patient = await self.chat(number), await self.patient(number)
        whom = For(patient.id, patient.name, chat.id, "en", is_new=True)
        asker = Asker(new_id(), STAFF, "api", staff=True)
        return await booking.book(self.directory, place, whom, asker, booked_at), chat

    async def remind(self, count: int) -> list[Appointment]:
        """Visits some days ahead, with what is promised about them but the confirmation."""
        booked_at, visits = datetime.now(UTC) - timedelta(days=7), list[Appointment]()
        for number in range(count):
            days, time = divmod(number, DOCTORS * 25)
            visit, chat = await self.visit(number, self.place(time, days + 3), booked_at)
            await visit_promises.booked(self.directory, visit, booked_at, chat)
            visits.append(visit)
        await Notification.of(ID).delete({"_id": {"$in": [each.id for each in await self.ledger("confirmation")]}})
        return visits

    async def ledger(self, kind: str) -> list[Notification]:
        """All promises of a kind."""
        return [each for each in await Notification.of(ID).find() if each.kind == kind]

    async def fall_due(self, visits: list[Appointment], within: timedelta = timedelta()) -> list[str]:
        """Let the visits be tomorrow at this time, so that their reminders of the day before are due now, or one after
        the other; the ids of those."""
        now, zone = datetime.now(UTC), self.directory.clinic(f"{ID}-clinic-1").zone
        due = {each.id: now + within * number / len(visits) for number, each in enumerate(visits)}
        await Appointment.of(ID).change_each(
            ({"_id": visit}, {"$set": {"start": at + DAY, "end": at + DAY + HALF_HOUR}}) for visit, at in due.items()
        )
        mine = [each for each in await self.ledger("reminder:24h") if each.appointment_id in due]
        await Notification.of(ID).change_each(({"_id": each.id}, _due(due[each.appointment_id], zone)) for each in mine)
        return [each.id for each in mine]

    async def wait(self, number: int, days: int) -> tuple[Wait, Chat]:
        """Somebody who waits for any time of that day."""
        chat, patient = await self.chat(number), await self.patient(number)
        place, now = self.place(0, days), datetime.now(UTC)
        zone = self.directory.clinic(place.clinic_id).zone
        day = local_day(place.start, zone)
        made = Wait(
            tenant_id=ID, request_id=new_id(), patient_id=patient.id, patient_name=patient.name, chat_id=chat.id,
            language="en", clinic_id=place.clinic_id, service_id=place.service_id, first_day=day, last_day=day,
            created_at=now, ends_at=end_of(day, zone),
        )  # fmt: skip
        return await enter(made, now), chat

    async def cancel(self, visit: Appointment) -> None:
        """By staff: the workers find what was freed."""
        await booking.cancel(ID, visit.id, visit.version, Asker(new_id(), STAFF, "api", staff=True), datetime.now(UTC))

    async def shown(self, chats: Iterable[Chat]) -> list[dict[str, Any]]:
        """Every bubble on their phones that came from the practice by a template."""
        gate = asyncio.Semaphore(8)

        async def of(chat: Chat) -> list[dict[str, Any]]:
            async with gate:
                answer = await self.graph.get("/control/messages", params={"user": chat.wa_id})
            return [each for each in answer.json()["messages"] if str(each["callback_data"]).startswith("n.")]

        return [bubble for bubbles in await asyncio.gather(*map(of, chats)) for bubble in bubbles]

    async def refusals(self) -> dict[str, int]:
        """How many sends the simulator refused, by its code."""
        lines = (await self.graph.get("/metrics")).text.splitlines()
        told = [line.partition("answer=")[2] for line in lines if line.startswith("simulator_sends_total{")]
        counted = {each.split('"')[1]: int(float(each.rpartition(" ")[2])) for each in told}
        return {code: count for code, count in counted.items() if code != "ok"}


def _due(at: datetime, zone: str) -> dict[str, Any]:
    times = {"due_at": at, "wake_at": at, "deadline_at": at + visit_promises.SEEN_WITHIN}
    return {"$set": {**times, "day": local_day(at + DAY, zone).isoformat()}}


def told(bubbles: Iterable[dict[str, Any]]) -> Counter[str]:
    """How often each promise was told, whichever attempt it was."""
    return Counter(str(each["callback_data"]).split(".")[1] for each in bubbles)


@asynccontextmanager
async def practice(desk: House) -> AsyncIterator[Promised]:
    """Everything runs but the scheduler: the stores, the simulator and the bot. Ours is the only practice."""
    client = mongo_client(desk.environment["OPDESK_MONGO_URL"])
    await documents.connect(client.get_default_database(DATABASE))
    await demo.seed_many(ID, DOCTORS, NUMBER, SECRET, datetime.now(UTC) - timedelta(days=30))
    await Channel.of(ID).change({"_id": f"{ID}-channel-1"}, {"$set": {"waba_id": ACCOUNT}})
    await Clinic.of(ID).change({"_id": f"{ID}-clinic-1"}, {"$set": RULES})
    await Template.of(ID).delete({})
    for purpose in PURPOSES:
        await Template.of(ID).insert(starter(ID, purpose, "en"))
    DIRECTORIES.forget(ID)
    desk.start("simulator", "simulator", port=desk.graph_port, OPDESK_SIMULATOR_PORT=str(desk.graph_port))
    desk.start("bot", "opdesk", "bot", port=desk.bot_port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{desk.graph_port}", timeout=30) as graph:
        yield Promised(await directory_of(ID), graph)
    await client.close()


async def approved(here: Promised, seconds: float = 90) -> None:
    """Until the provider has approved every template. Raises ``TimeoutError``."""
    async with asyncio.timeout(seconds):
        while True:
            known = (await here.graph.get("/control/templates")).json()["templates"]
            if sum(each["status"] == "APPROVED" for each in known) > len(PURPOSES):  # and its own hello
                return
            await asyncio.sleep(0.5)
