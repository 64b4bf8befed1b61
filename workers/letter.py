"""From a promise to the words of its template, in the patient's language and the clinic's own time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from clinic.appointment import Appointment
from clinic.channel import account_of
from clinic.chat import Chat
from clinic.consent import sender_of
from clinic.directory import directory_of
from clinic.doctor import Doctor
from clinic.facts import clock, delay_facts, queue_facts, visit_facts
from clinic.leave_told import OFFER
from clinic.notification import Notification
from clinic.purpose import PURPOSES, codes_of
from clinic.queue_calls import CAUSED
from clinic.queue_entry import QueueEntry
from clinic.template import Template, approved
from clinic.tenant import Tenant
from clinic.views import AppointmentView, Sender
from clinic.visit import told as told_visit
from workers import alternatives
from workers.buttons import payloads
from workers.provider import Letter

HOUSEHOLD = "reminder_household"


@dataclass(frozen=True)
class Visit:
    """All that a promise about a visit may say, and to whom."""

    tenant: Tenant
    chat: Chat
    appointment: Appointment
    view: AppointmentView
    queued: QueueEntry | None = None
    seen_by: Doctor | None = None  # in whose queue they are: perhaps another one by now
    minutes: int = 0  # to wait, or by which the doctor is late


class NotApproved(Exception):
    """The provider has not approved the template yet."""


async def visit_of(promise: Notification) -> Visit:
    """Everything the promise is about. Raises ``NotFound``."""
    tenant_id = promise.tenant_id
    queued = await _queued(promise) if promise.purpose in CAUSED else None
    appointment = await Appointment.of(tenant_id).get(promise.appointment_id)
    return Visit(
        (await directory_of(tenant_id)).tenant,
        await Chat.of(tenant_id).get(promise.chat_id),
        appointment,
        await told_visit(appointment),
        queued,
        await Doctor.of(tenant_id).get(queued.doctor_id) if queued else None,
        promise.minutes,
    )


async def _queued(promise: Notification) -> QueueEntry | None:
    """The patient's place in the queue."""
    return await QueueEntry.of(promise.tenant_id).find_one({"appointment_id": promise.appointment_id})


def wording(visit: Visit, language: str) -> dict[str, str]:
    """The values a template's parameters may name."""
    until, zone = visit.appointment.offer_until, visit.view.clinic.zone
    held = {"until": clock(until, zone, language) if until else ""}
    told = visit_facts(visit.tenant.name, visit.view, language) | held | delay_facts(visit.minutes, language)
    if visit.queued and visit.seen_by:
        told |= queue_facts(visit.queued.token, visit.seen_by.name, visit.seen_by.room or visit.view.clinic.name)
    return told


def filled(template: Template, text: str, words: Mapping[str, str]) -> Sequence[str]:
    """What fills its variables, in their order; WhatsApp refuses empty ones, line breaks and runs of spaces."""
    return [" ".join(words[name].split()) or "-" for name in template.names(text)]


async def template_for(promise: Notification, visit: Visit, purpose: str, now: datetime, account: str) -> Template:
    """The words that the account has approved, those first that the provider will not deliver when the visit has begun.
    Raises ``NotApproved``."""
    languages = [promise.language, visit.chat.language, *visit.tenant.languages]
    codes = [code for language in languages if language for code in codes_of(language)]
    for name in purposes(purpose, visit.appointment.start - now):
        if template := await approved(promise.tenant_id, name, codes, account):
            return template
    raise NotApproved


def purposes(purpose: str, left: timedelta) -> list[str]:
    """The purpose and its variant for what must be seen soon, the fitting one first."""
    soon = f"{purpose}_soon"
    names = [purpose, soon] if timedelta(seconds=PURPOSES[purpose].ttl) <= left else [soon, purpose]
    return [name for name in names if name in PURPOSES]


async def letter(promise: Notification, visit: Visit, now: datetime, others: Sequence[Visit] = ()) -> Letter:
    """The promise as a message, which tells ``others`` of the household's visits, too. Raises ``NotApproved``."""
    times = await alternatives.told(promise) if promise.purpose == OFFER else []
    purpose = alternatives.PURPOSES.get(len(times), promise.purpose)
    account = await account_of(promise.tenant_id, visit.chat.channel_id)
    template = await template_for(promise, visit, HOUSEHOLD if others else purpose, now, account)
    words = facts(visit, others, times, template.language)
    buttons = payloads(promise, [each.action for each in template.buttons], together=bool(others))
    return composed(promise.outbox_id, sender_of(visit.chat), template, words, buttons, account)


def facts(visit: Visit, others: Sequence[Visit], times: list[AppointmentView], code: str) -> dict[str, str]:
    """The values for all that may be told of the visits, and of the ``times`` that are kept in its place."""
    words = wording(visit, code)
    told = [(visit.view.start, words), *((each.view.start, wording(each, code)) for each in others)]
    return words | {"visits": visits(told)} | alternatives.words(visit.view, times, code)


def composed(
    outbox_id: str, to: Sender, template: Template, words: dict[str, str], buttons: Sequence[str], account: str
) -> Letter:
    """The template filled with its words, to them, from a number of that account."""
    header = filled(template, template.header, words)
    standing = template.at(account)
    return Letter(
        to, template.name, template.language, filled(template, template.body, words), outbox_id, tuple(buttons),
        "".join(header), links(template, words), standing.billed_as or template.category, account=account,
        template_id=standing.id, ttl_seconds=template.ttl_seconds,
    )  # fmt: skip


def links(template: Template, words: dict[str, str]) -> dict[int, str]:
    """How the web addresses of its buttons end, by their place."""
    ends = {at: template.names(each.value) for at, each in enumerate(template.buttons) if each.kind == "url"}
    return {at: quote(words[names[0]], safe="") for at, names in ends.items() if names}


def visits(told: Iterable[tuple[datetime, Mapping[str, str]]]) -> str:
    """Who is seen when and by whom, in a line, from the words about each start: a parameter has no line breaks."""
    earliest = sorted(told, key=lambda each: each[0])
    return "; ".join("{patient}, {time}, {doctor}".format(**words) for _, words in earliest)
