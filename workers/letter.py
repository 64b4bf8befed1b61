"""From a promise to the words of its template, in the patient's language and the clinic's own time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.errors import NotFound
from clinic.notification import Notification
from clinic.template import Template, approved
from clinic.tenant import Tenant
from clinic.views import AppointmentView, Sender
from clinic.visit import appointment_view
from workers.provider import Letter

TEMPLATES = {"confirmation": "appointment_confirmed"}  # the template of each kind of promise
CODES = {"en": ("en", "en_GB", "en_US"), "es": ("es", "es_MX"), "pt": ("pt_BR", "pt_PT")}  # Meta's, for the chat's


@dataclass(frozen=True)
class Visit:
    """All that a promise about a visit may say, and to whom."""

    tenant: Tenant
    chat: Chat
    appointment: Appointment
    view: AppointmentView


@dataclass(frozen=True)
class Unwanted:
    """The promise is not to be kept any more."""

    reason: str


class NotApproved(Exception):
    """The provider has not approved the template yet."""


async def visit_of(promise: Notification) -> Visit:
    """Everything the promise is about. Raises ``NotFound``."""
    return Visit(
        await Tenant.load(promise.tenant_id),
        await Chat.of(promise.tenant_id).get(promise.chat_id),
        await Appointment.of(promise.tenant_id).get(promise.appointment_id),
        await appointment_view(promise.tenant_id, promise.appointment_id),
    )


def unwanted(promise: Notification, visit: Visit, now: datetime) -> Unwanted | None:
    """Why it must not be sent, if so; consent is looked at here, right before sending."""
    appointment = visit.appointment
    reasons = {
        "no_consent": not visit.chat.consented_to,
        "cancelled": appointment.status == "cancelled",
        "moved": appointment.start_version != promise.start_version,
        "over": appointment.start <= now,
    }
    return next((Unwanted(reason) for reason, holds in reasons.items() if holds), None)


def wording(visit: Visit, language: str) -> dict[str, str]:
    """The values a template's parameters may name."""
    locale, told = Locale.parse(language), visit.view
    start = told.start.astimezone(ZoneInfo(told.clinic.zone))
    return {
        "practice": visit.tenant.name,
        "patient": told.patient.name,
        "doctor": told.doctor.name,
        "service": told.service.name,
        "clinic": told.clinic.name,
        "address": told.clinic.address,
        "date": format_date(start, "full", locale=locale),
        "time": format_time(start, "short", locale=locale),
        "reference": told.reference,
    }


def filled(template: Template, words: dict[str, str]) -> Sequence[str]:
    """The parameters in the template's order; WhatsApp refuses empty ones, line breaks and runs of spaces."""
    return [" ".join(words[name].split()) or "-" for name in template.parameters]


async def letter(promise: Notification, visit: Visit) -> Letter:
    """The promise as a message. Raises ``NotApproved``."""
    languages = [promise.language, *visit.tenant.languages]
    codes = [code for language in languages for code in CODES.get(language, (language,))]
    template = await approved(promise.tenant_id, TEMPLATES[promise.kind], codes)
    if template is None:
        raise NotApproved
    to = Sender(visit.chat.user_id, visit.chat.wa_id, channel_id=visit.chat.channel_id)
    words = wording(visit, template.language)
    return Letter(to, template.name, template.language, filled(template, words), promise.outbox_id)


async def prepare(promise: Notification, now: datetime) -> tuple[Visit, Letter] | Unwanted:
    """What to send, or why not. Raises ``NotApproved``."""
    try:
        visit = await visit_of(promise)
    except NotFound:
        return Unwanted("gone")
    return unwanted(promise, visit, now) or (visit, await letter(promise, visit))
