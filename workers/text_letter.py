"""From a promise to a text message: the words of its template, filled in, and where to answer, since nothing can be
tapped there."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from clinic import identity
from clinic.channel import Channel
from clinic.leave_told import OFFER
from clinic.notification import Notification
from clinic.phone import e164
from clinic.purpose import LANGUAGES, codes_of, language_of
from clinic.template import Template, approved, starter
from workers import alternatives
from workers.letter import HOUSEHOLD, Visit, facts, purposes
from workers.sms import Text

# What follows the words where a template has buttons; short, for each text message costs.
ANSWER = {
    "en": "To answer, write to us on WhatsApp: {link}",
    "hi": "जवाब देने के लिए हमें WhatsApp पर लिखें: {link}",
    "es": "Para responder, escríbanos por WhatsApp: {link}",
    "ar": "للرد، اكتب لنا على واتساب: {link}",
    "pt": "Para responder, escreva-nos pelo WhatsApp: {link}",
    "fr": "Pour répondre, écrivez-nous sur WhatsApp : {link}",
}


async def text(promise: Notification, visit: Visit, now: datetime, others: Sequence[Visit] = ()) -> Text:
    """The promise as a text message, which tells ``others`` of the household's visits, too."""
    times = await alternatives.told(promise) if promise.purpose == OFFER else []
    purpose = HOUSEHOLD if others else alternatives.PURPOSES.get(len(times), promise.purpose)
    template = await _template(promise, visit, purpose, visit.appointment.start - now)
    values = facts(visit, others, times, template.language)
    link = await _link(visit) if any(each.kind == "quick_reply" for each in template.buttons) else ""
    return Text(
        identity.number_of(visit.chat), said(template, values, link), promise.outbox_id,
        template.billed_as or template.category, template.ttl_seconds,
    )  # fmt: skip


async def _template(promise: Notification, visit: Visit, purpose: str, left: timedelta) -> Template:
    """The practice's own words in the patient's language where there are some that were approved, else ours: a text
    message needs nobody's approval."""
    languages = [promise.language, visit.chat.language, *visit.tenant.languages, LANGUAGES[0]]
    for language in filter(None, languages):
        for name in purposes(purpose, left):
            if template := await approved(promise.tenant_id, name, codes_of(language)):
                return template
        if language in LANGUAGES:
            return starter(promise.tenant_id, purpose, language)
    raise AssertionError("there are words of ours in English")


def said(template: Template, values: Mapping[str, str], link: str = "") -> str:
    """All that the template says, in lines; a link is written out, and what can be tapped becomes where to answer."""
    told = {name: " ".join(value.split()) for name, value in values.items()}
    lines = [template.said(part, told) for part in (template.header, template.body, template.footer)]
    lines += [f"{each.text}: {template.said(each.value, told)}" for each in template.buttons if each.kind == "url"]
    answer = ANSWER[language_of(template.language)].format(link=link) if link else ""
    return "\n".join(filter(None, [*lines, answer]))


async def _link(visit: Visit) -> str:
    """The chat with the number that the patient writes to; empty where we do not know it as patients do."""
    channel = await Channel.of_chat(visit.tenant.id, visit.chat.channel_id)
    number = e164(channel.display_phone_number) if channel else None
    return f"https://wa.me/{number.lstrip('+')}" if number else ""
