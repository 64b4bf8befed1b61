"""A booked visit with all that a confirmation, a page or a letter says about it."""

from clinic.appointment import Appointment
from clinic.directory import Directory, directory_of
from clinic.patient import Patient
from clinic.views import AppointmentView, PatientView


def link(public_url: str, link_key: str) -> str:
    """Where the visit's calendar file is."""
    return f"{public_url.rstrip('/')}/visits/{link_key}.ics" if public_url else ""


def view(appointment: Appointment, directory: Directory, patient: PatientView, public_url: str = "") -> AppointmentView:
    """The visit as it is told. Raises ``NotFound`` where its place, doctor or service is gone."""
    return AppointmentView(
        appointment.id,
        appointment.reference,
        appointment.status,
        directory.clinic(appointment.clinic_id).view(),
        directory.service(appointment.service_id).view(),
        directory.doctor(appointment.doctor_id).view(),
        patient,
        appointment.start,
        appointment.end,
        link(public_url, appointment.link_key),
    )


async def appointment_view(tenant_id: str, appointment_id: str, public_url: str = "") -> AppointmentView:
    """One visit of a tenant, with the patient's name of today. Raises ``NotFound``."""
    appointment = await Appointment.of(tenant_id).get(appointment_id)
    patient = await Patient.of(tenant_id).get(appointment.patient_id)
    return view(appointment, await directory_of(tenant_id), _told(patient, appointment.chat_id), public_url)


async def by_link_key(link_key: str, public_url: str = "") -> AppointmentView | None:
    """The visit that a public link opens."""
    found = await Appointment.by_link_key(link_key)
    return found and await appointment_view(found.tenant_id, found.id, public_url)


def _told(patient: Patient, chat_id: str) -> PatientView:
    is_self = all(contact.is_self for contact in patient.contacts if contact.chat_id == chat_id)
    return PatientView(patient.id, patient.name, is_self)
