"""A booked visit with all that a confirmation, a page or a letter says about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic.appointment import Appointment
from clinic.directory import Directory, directory_of
from clinic.patient import Patient
from clinic.views import AppointmentView, PatientView
from clinic.wall_clock import MINUTE

LOOKED_BACK = timedelta(days=90)
EARLIER = 5  # past visits that are told
TOLD = ("booked", "arrived", "checked-in", "fulfilled", "noshow")


def link(public_url: str, link_key: str) -> str:
    """Where the visit's calendar file is."""
    return f"{public_url.rstrip('/')}/visits/{link_key}.ics" if public_url else ""


def view(appointment: Appointment, directory: Directory, patient: PatientView, public_url: str = "") -> AppointmentView:
    """The visit as it is told. Raises ``NotFound`` where its place, doctor or service is gone."""
    clinic = directory.clinic(appointment.clinic_id)
    return AppointmentView(
        appointment.id,
        appointment.reference,
        appointment.status,
        clinic.view(),
        directory.service(appointment.service_id, appointment.doctor_id).view(),
        directory.doctor(appointment.doctor_id).view(),
        patient,
        appointment.start,
        appointment.end,
        link(public_url, appointment.link_key),
        appointment.version,
        appointment.start_version,
        appointment.coming_at,
        appointment.start - clinic.cancel_limit_minutes * MINUTE,
        appointment.start - clinic.move_limit_minutes * MINUTE,
    )


async def appointment_view(tenant_id: str, appointment_id: str, public_url: str = "") -> AppointmentView:
    """One visit of a tenant, with the patient's name of today. Raises ``NotFound``."""
    return await told(await Appointment.of(tenant_id).get(appointment_id), public_url)


async def told(appointment: Appointment, public_url: str = "") -> AppointmentView:
    """The same of a visit that was read just now."""
    tenant_id = appointment.tenant_id
    patient = await Patient.of(tenant_id).get(appointment.patient_id)
    return view(appointment, await directory_of(tenant_id), _told(patient, appointment.chat_id), public_url)


async def of_household(tenant_id: str, household: Sequence[PatientView], now: datetime) -> list[Appointment]:
    """The visits of these people: those ahead, the next one first, then the last few, the latest first."""
    since, visits = {"start": {"$gte": now - LOOKED_BACK}}, Appointment.of(tenant_id)
    theirs = [await visits.find({"patient_id": each.id, **since}) for each in household]  # each by its index
    told = [each for visits_of_one in theirs for each in visits_of_one if each.status in TOLD]
    found = sorted(told, key=lambda each: each.start)
    ahead = [each for each in found if each.end > now]
    return ahead + [each for each in reversed(found) if each.end <= now][:EARLIER]


async def by_link_key(link_key: str, public_url: str = "") -> AppointmentView | None:
    """The visit that a public link opens."""
    found = await Appointment.by_link_key(link_key)
    return found and await told(found, public_url)


def _told(patient: Patient, chat_id: str) -> PatientView:
    is_self = all(contact.is_self for contact in patient.contacts if contact.chat_id == chat_id)
    return PatientView(patient.id, patient.name, is_self)
