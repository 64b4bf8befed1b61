"""Times that are freed while a worker is killed with kill -9 and Redis forgets everything: each is offered to one who
waits, by one message, and to the next only after a no."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from graph_server import GraphServer
from promises import Practice
from redis import Redis
from test_processes import clinic as clinic
from test_processes import environment as environment
from test_processes import own_url as own_url
from test_processes import process
from test_promises_survive import a_lease_later, provider_tells, until
from visits import DAY, household, tomorrow

from clinic import booking
from clinic.appointment import Appointment
from clinic.booking import Asker, For, Place
from clinic.chat import Chat, Consent
from clinic.directory import DIRECTORIES, directory_of
from clinic.held_slot import holds
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.record import new_id
from clinic.schedule import Schedule
from clinic.slot_offer import SlotOffer
from clinic.waitlist import Wait, end_of
from clinic.waitlist_answer import accept, decline, enter

FREED, WAITING = 5, 7
ANY_DAY, HOURS = "FREQ=DAILY", [("09:00", "17:00")]


async def open_day(tenant_id: str) -> None:
    """The doctor sees patients tomorrow, on UTC's clock."""
    made = Schedule(
        tenant_id=tenant_id, doctor_id=f"{tenant_id}-d", clinic_id=f"{tenant_id}-c", rule=ANY_DAY, hours=HOURS,
        zone="UTC", slot_minutes=30, valid_from=(datetime.now(UTC) - 30 * DAY).date(),
    )  # fmt: skip
    await Schedule.of(tenant_id).insert(made)
    DIRECTORIES.forget(tenant_id)


async def booked(tenant_id: str, number: int) -> Appointment:
    """The day's n-th half hour, for somebody without a chat."""
    place = Place(f"{tenant_id}-c", f"{tenant_id}-s", f"{tenant_id}-d", tomorrow(9) + number * timedelta(minutes=30))
    asker = Asker(new_id(), "staff:1", "api", staff=True)
    return await booking.book(await directory_of(tenant_id), place, For(new_id(), "Ann"), asker, datetime.now(UTC))


async def waits(practice: Practice, number: int) -> Wait:
    """Somebody for whom any time of that day will do."""
    now, day, number_of = datetime.now(UTC), tomorrow().date(), f"91987654{number:04d}"
    said = Consent(version="1", given=True, at=now - DAY)
    chat = Chat(tenant_id=practice.id, user_id=new_id(), wa_id=number_of, channel_id=practice.channel_id, consent=said)
    patient = Patient(tenant_id=practice.id, name=f"Patient {number}", request_id=new_id(), created_at=now)
    await Chat.of(practice.id).insert(chat)
    await Patient.of(practice.id).insert(patient)
    wish = Wait(
        tenant_id=practice.id, request_id=new_id(), patient_id=patient.id, patient_name=patient.name, chat_id=chat.id,
        language="en", clinic_id=f"{practice.id}-c", service_id=f"{practice.id}-s", first_day=day, last_day=day,
        created_at=now, ends_at=end_of(day, "UTC"),
    )  # fmt: skip
    return await enter(wish, now)


async def open_offers(tenant_id: str) -> list[SlotOffer]:
    return await SlotOffer.of(tenant_id).find({"status": "open"})


async def letters(graph: GraphServer, tenant_id: str) -> Counter[str]:
    """How often each offer was sent, by the id of its promise."""
    offers = {each.id for each in await Notification.of(tenant_id).find() if each.kind == "offer"}
    sent = Counter(str(each["biz_opaque_callback_data"]).split(".")[1] for each in graph.sent)
    return Counter({each: count for each, count in sent.items() if each in offers})


async def test_each_freed_time_is_one_patients_through_kill_9_and_loss_of_redis(
    clinic: Practice, graph: GraphServer, queue_redis: "Redis", environment: dict[str, str]
) -> None:
    await household(clinic)
    await open_day(clinic.id)
    graph.templates |= {("slot_offer", "en"): "APPROVED"}
    graph.slow = 0.05
    visits = [await booked(clinic.id, number) for number in range(FREED)]
    for number in range(WAITING):
        await waits(clinic, number)

    async def offered(number: int) -> bool:
        await provider_tells(graph, clinic.id)
        return len(await SlotOffer.of(clinic.id).find()) >= number

    async def told() -> bool:
        await provider_tells(graph, clinic.id)
        return len(await letters(graph, clinic.id)) == len(await SlotOffer.of(clinic.id).find()) >= FREED

    with process("scheduler", environment), process("worker", environment) as doomed, process("worker", environment):
        for visit in visits:
            asker = Asker(new_id(), "staff:1", "api", staff=True)
            await booking.cancel(clinic.id, visit.id, visit.version, asker, datetime.now(UTC))
        await until(lambda: offered(1))
        doomed.kill()
        queue_redis.flushall()
        await asyncio.sleep(1.0)
        await provider_tells(graph, clinic.id)
        await a_lease_later(clinic.id)
        with process("scheduler", environment), process("worker", environment):
            await until(told)
            first = await open_offers(clinic.id)
            assert len(first) == len({each.slot for each in first}) == len({each.patient_id for each in first}) == FREED
            for each in first[:2]:
                await accept(
                    clinic.id, each.id, each.chat_id, Asker(new_id(), "patient", "whatsapp"), datetime.now(UTC)
                )
            await decline(clinic.id, first[2].id, first[2].chat_id, datetime.now(UTC))
            await until(told)
    made = await SlotOffer.of(clinic.id).find(sort=[("offered_at", 1), ("_id", 1)])
    assert set((await letters(graph, clinic.id)).values()) == {1}, "nobody is told twice"
    assert max(Counter((each.patient_id, each.slot) for each in made).values()) == 1, "nor asked twice"
    (again,) = made[FREED:]
    declined = next(each for each in made if each.id == first[2].id)
    assert (again.slot, again.status) == (declined.slot, "open")
    assert declined.ended_at is not None
    assert declined.ended_at <= again.offered_at, "a time is offered to the next only once it was let go"
    assert len(await holds(clinic.id)) == FREED - 2
