"""The demo's practice, and a second one so that their isolation can be seen. Every secret here is public."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from clinic.channel import Channel
from clinic.demo_staff import demo_staff
from clinic.doctor import Doctor
from clinic.place import Clinic
from clinic.purpose import PURPOSES
from clinic.record import TenantRecord
from clinic.schedule import Schedule
from clinic.service import Service
from clinic.template import Template, starter
from clinic.tenant import Tenant

DEMO, OTHER = "demo", "other"
ACCESS_TOKEN = "demo-access-token"  # noqa: S105
TWILIO_ACCOUNT, AUTH_TOKEN = "ACdemo", "demo-twilio-token"
LANGUAGES = ["en", "hi", "es", "ar", "pt", "fr"]
DAILY, WORKDAYS = "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"
MORNING, AFTERNOON, EVENING = ("09:00", "13:00"), ("14:00", "17:30"), ("17:00", "21:00")

Hours = list[tuple[str, str]]


def numbered(tenant_id: str, kind: str, number: int) -> str:
    """An id that is the same at every start, so that the demo's data is made once."""
    return f"{tenant_id}-{kind}-{number}"


def demo_records(secret_key: str, now: datetime) -> list[TenantRecord]:
    """All that the demo tenant consists of."""
    bandra, andheri = (numbered(DEMO, "clinic", number) for number in (1, 2))
    services = [
        _service(DEMO, 1, "Consultation", 30, 80_000),
        _service(DEMO, 2, "Follow-up", 15, 40_000).model_copy(update={"bring": ["prescriptions", "test_results"]}),
        _service(DEMO, 3, "Dental cleaning", 45, 150_000, buffer_after=10),
    ]
    consultation, follow_up, cleaning = (service.id for service in services)
    general = [consultation, follow_up]
    doctors = [
        _doctor(DEMO, 1, "Dr Anil Sharma", "General physician", general),
        _doctor(DEMO, 2, "Dr Priya Nair", "Paediatrician", general),
        _doctor(DEMO, 3, "Dr Kavita Rao", "Dentist", [consultation, follow_up, cleaning]),
        _doctor(DEMO, 4, "Dr Imran Siddiqui", "Dermatologist", general),
        _doctor(DEMO, 5, "Dr Maria Lopes", "Dentist", [consultation, cleaning]),
    ]
    plan: list[tuple[int, str, str, Hours]] = [
        (1, bandra, DAILY, [MORNING, EVENING]),
        (2, bandra, WORKDAYS, [MORNING]),
        (2, andheri, WORKDAYS, [EVENING]),
        (3, bandra, WORKDAYS, [("10:00", "14:00"), EVENING]),
        (4, andheri, DAILY, [("11:00", "15:00"), EVENING]),
        (5, andheri, DAILY, [MORNING, AFTERNOON]),
    ]
    schedules = [_schedule(DEMO, number, *each, zone="Asia/Kolkata", now=now) for number, each in enumerate(plan, 1)]
    rounds = _schedule(DEMO, 9, 2, bandra, "FREQ=WEEKLY;BYDAY=WE", [("09:00", "10:00")], zone="Asia/Kolkata", now=now)
    return [
        _channel(DEMO, "100000000000001", "200000000000001", "+91 22 5550 0001", secret_key),
        _at_twilio(DEMO, 2, "whatsapp:+15550000001", secret_key),
        *_demo_clinics(bandra, andheri),
        *services,
        *doctors,
        *schedules,
        rounds.model_copy(update={"kind": "hospital_round"}),
        *_templates(DEMO, LANGUAGES),
    ]


def _demo_clinics(bandra: str, andheri: str) -> list[Clinic]:
    return [
        Clinic(
            id=bandra, tenant_id=DEMO, position=1, name="Asha Clinic Bandra",
            address="12 Hill Road, Bandra West, Mumbai 400050", zone="Asia/Kolkata", currency="INR",
            map_url="https://www.google.com/maps/search/?api=1&query=19.0556,72.8305", phone="+912255500001",
            latitude=19.0556, longitude=72.8305, asks_birth_date=True, emergency_number="+912255500911",
            bring=["identity_card", "earlier_reports"], insurances=["Star Health", "HDFC ERGO", "New India Assurance"],
        ),
        Clinic(
            id=andheri, tenant_id=DEMO, position=2, name="Asha Clinic Andheri",
            address="7 Veera Desai Road, Andheri West, Mumbai 400053", zone="Asia/Kolkata", currency="INR",
            map_url="https://www.google.com/maps/search/?api=1&query=19.1364,72.8296", phone="+912255500002",
            latitude=19.1364, longitude=72.8296, bring=["identity_card"], insurances=["Star Health"],
        ),
    ]  # fmt: skip


def other_records(secret_key: str, now: datetime) -> list[TenantRecord]:
    """The second practice: one clinic, one doctor."""
    clinic = Clinic(
        id=numbered(OTHER, "clinic", 1), tenant_id=OTHER, name="Thames Practice", zone="Europe/London", currency="GBP",
        address="3 Bankside, London SE1 9TG", map_url="https://www.google.com/maps/search/?api=1&query=51.5076,-0.0994",
        phone="+442055500003", latitude=51.5076, longitude=-0.0994, bring=["prescriptions"], insurances=[],
    )  # fmt: skip
    service = _service(OTHER, 1, "Consultation", 20, 6_000)
    return [
        _channel(OTHER, "100000000000002", "200000000000002", "+44 20 5550 0003", secret_key),
        clinic,
        service,
        _doctor(OTHER, 1, "Dr Helen Moore", "General practitioner", [service.id]),
        _schedule(OTHER, 1, 1, clinic.id, DAILY, [MORNING, AFTERNOON], zone="Europe/London", now=now),
        *_templates(OTHER, ["en", "fr"]),
    ]


async def seed(secret_key: str, now: datetime) -> None:
    """Put the demo's data into the connected database. What is there already stays as it is."""
    records = [*demo_records(secret_key, now), *demo_staff(DEMO, now)]
    await _store(Tenant(id=DEMO, name="Asha Clinics", languages=LANGUAGES), records)
    records = [*other_records(secret_key, now), *demo_staff(OTHER, now)]
    await _store(Tenant(id=OTHER, name="Thames Practice", languages=["en", "fr"]), records)


async def seed_many(tenant_id: str, doctors: int, phone_number_id: str, secret_key: str, now: datetime) -> None:
    """A practice with as many doctors as a load needs, ten to a clinic, open from early to late."""
    places = [_plain_clinic(tenant_id, number) for number in range(1, -(-doctors // 10) + 1)]
    services = [_service(tenant_id, 1, "Consultation", 30, 50_000), _service(tenant_id, 2, "Follow-up", 15, None)]
    offered = [service.id for service in services]
    people = [_doctor(tenant_id, number, f"Dr Number {number}", "", offered) for number in range(1, doctors + 1)]
    schedules = [
        _schedule(tenant_id, n, n, places[(n - 1) // 10].id, DAILY, [("07:00", "22:00")], zone="Asia/Kolkata", now=now)
        for n in range(1, doctors + 1)
    ]
    channel = _channel(tenant_id, phone_number_id, phone_number_id, "", secret_key)
    records = [channel, *places, *services, *people, *schedules, *_templates(tenant_id, LANGUAGES)]
    await _store(Tenant(id=tenant_id, name="Load", languages=LANGUAGES, max_open_bookings=10_000), records)


async def _store(tenant: Tenant, records: Iterable[TenantRecord]) -> None:
    for record in records:
        await type(record).of(tenant.id).insert_new(record)
    await tenant.add()  # last, so that an interrupted start is completed by the next one


def _channel(tenant_id: str, phone_number_id: str, waba_id: str, shown: str, secret_key: str) -> Channel:
    return Channel(
        id=numbered(tenant_id, "channel", 1), tenant_id=tenant_id, phone_number_id=phone_number_id, waba_id=waba_id,
        access_token=Channel.sealed(ACCESS_TOKEN, secret_key), display_phone_number=shown,
    )  # fmt: skip


def _at_twilio(tenant_id: str, number: int, sender: str, secret_key: str) -> Channel:
    return Channel(
        id=numbered(tenant_id, "channel", number), tenant_id=tenant_id, provider="twilio", phone_number_id=sender,
        waba_id=TWILIO_ACCOUNT, access_token=Channel.sealed(AUTH_TOKEN, secret_key),
        display_phone_number=sender.removeprefix("whatsapp:"),
    )  # fmt: skip


def _plain_clinic(tenant_id: str, number: int) -> Clinic:
    return Clinic(
        id=numbered(tenant_id, "clinic", number), tenant_id=tenant_id, position=number, name=f"Clinic {number}",
        address=f"{number} Long Road, Mumbai", zone="Asia/Kolkata", currency="INR",
    )  # fmt: skip


def _service(tenant_id: str, number: int, name: str, minutes: int, price: int | None, buffer_after: int = 0) -> Service:
    return Service(
        id=numbered(tenant_id, "service", number), tenant_id=tenant_id, position=number, name=name, minutes=minutes,
        price=price, buffer_after=buffer_after,
    )  # fmt: skip


def _doctor(tenant_id: str, number: int, name: str, specialty: str, service_ids: Sequence[str]) -> Doctor:
    return Doctor(
        id=numbered(tenant_id, "doctor", number), tenant_id=tenant_id, position=number, name=name, specialty=specialty,
        room=f"Room {number}", service_ids=list(service_ids),
    )  # fmt: skip


def _schedule(
    tenant_id: str, number: int, doctor: int, clinic_id: str, rule: str, hours: Hours, *, zone: str, now: datetime
) -> Schedule:
    return Schedule(
        id=numbered(tenant_id, "schedule", number), tenant_id=tenant_id, clinic_id=clinic_id, zone=zone,
        doctor_id=numbered(tenant_id, "doctor", doctor), rule=rule, hours=hours, overbooking=1,
        valid_from=(now - timedelta(days=7)).date(),
    )  # fmt: skip


def _templates(tenant_id: str, languages: Sequence[str]) -> list[Template]:
    return [starter(tenant_id, purpose, language) for purpose in PURPOSES for language in languages]
