"""A booked visit with its promise, as the desk leaves them behind, in a practice of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clinic import notification
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.channel import Channel
from clinic.chat import Chat, Consent
from clinic.doctor import Doctor
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.place import Clinic
from clinic.record import new_id
from clinic.service import Service
from clinic.template import Template
from clinic.tenant import Tenant

SECRET_KEY = "a key of the tests"
START = datetime(2030, 1, 7, 3, 30, tzinfo=UTC)  # a Monday, 09:00 in Mumbai
BODY = "Hello {{1}}: {{2}}, {{3}}, {{4}}. See you."
PARAMETERS = ["patient", "doctor", "date", "time"]


@dataclass(frozen=True)
class Practice:
    """Ids of what was stored."""

    id: str
    channel_id: str
    phone_number_id: str

    async def promise(
        self,
        language: str = "en",
        *,
        wa_id: str = "919876543210",
        consent: bool = True,
        start: datetime = START,
        due: timedelta = -timedelta(minutes=5),
    ) -> Notification:
        """A chat, a patient, a visit and its promised confirmation, due ``due`` from now."""
        now = datetime.now(UTC)
        said = Consent(version="1", given=consent, at=now)
        chat = Chat(tenant_id=self.id, user_id=new_id(), wa_id=wa_id, channel_id=self.channel_id, consent=said)
        await Chat.of(self.id).insert_new(chat)
        patient = Patient(tenant_id=self.id, name="Meera Iyer", request_id=new_id(), created_at=now)
        await Patient.of(self.id).insert_new(patient)
        visit = Appointment(
            tenant_id=self.id, request_id=new_id(), clinic_id=f"{self.id}-c", doctor_id=f"{self.id}-d",
            service_id=f"{self.id}-s", patient_id=patient.id, patient_name="Meera Iyer", chat_id=chat.id,
            start=start, end=start + timedelta(minutes=30),
        )  # fmt: skip
        await Appointment.of(self.id).insert_new(visit)
        made = Notification(
            tenant_id=self.id, appointment_id=visit.id, kind="confirmation", start_version=0, chat_id=chat.id,
            language=language, due_at=now + due, wake_at=now + due,
        )  # fmt: skip
        await notification.promise(made)
        return made

    @property
    def account(self) -> str:
        """That its number belongs to."""
        return f"waba-{self.id}"

    async def stored(self, promise: Notification) -> Notification:
        """The promise as it stands in the ledger."""
        return await Notification.of(self.id).get(promise.id)

    async def cards(self) -> list[Callback]:
        """The callback queue."""
        return await Callback.of(self.id).find()


async def practice() -> Practice:
    """A practice with one number, one clinic, one doctor and the confirmation in two languages."""
    own, number = new_id(), new_id()
    await Tenant(id=own, name="Asha Clinics", languages=["en", "pt"]).add()
    channel = Channel(
        tenant_id=own, phone_number_id=number, waba_id=f"waba-{own}", access_token=Channel.sealed("token", SECRET_KEY)
    )
    await Channel.of(own).insert_new(channel)
    await Clinic.of(own).insert_new(
        Clinic(id=f"{own}-c", tenant_id=own, name="Bandra", address="Hill Road", zone="Asia/Kolkata", currency="INR")
    )
    await Doctor.of(own).insert_new(Doctor(id=f"{own}-d", tenant_id=own, name="Dr Rao", service_ids=[f"{own}-s"]))
    await Service.of(own).insert_new(Service(id=f"{own}-s", tenant_id=own, name="Consultation", minutes=30))
    for code in ("en", "pt_BR"):
        await Template.of(own).insert_new(template(own, code))
    return Practice(own, channel.id, number)


def template(tenant_id: str, code: str, status: str = "APPROVED") -> Template:
    """The confirmation in one language."""
    return Template(
        tenant_id=tenant_id, name="appointment_confirmed", language=code, body=BODY, parameters=PARAMETERS,
        status=status,
    )  # fmt: skip
