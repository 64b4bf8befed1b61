"""Answers to a patient's own wish that are about no visit: looked up, and looked at once more, right before they
leave."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic import call_missed, erasure_told
from clinic.callback import Callback
from clinic.channel import account_of
from clinic.chat import Chat
from clinic.consent import refusal, sender_of
from clinic.directory import directory_of
from clinic.erasure import Erasure
from clinic.facts import day_and_clock
from clinic.notification import Notification
from clinic.purpose import codes_of
from clinic.template import Template, approved
from clinic.tenant import Tenant
from workers.buttons import payloads
from workers.letter import NotApproved, composed
from workers.provider import Letter
from workers.wanted import Unwanted


@dataclass(frozen=True)
class Answer:
    """What is told, and to whom. ``purposes`` are those whose words serve, the best first; ``facts`` are their values
    in the provider's code of a language; afterwards (``until``) it would only confuse."""

    chat: Chat
    until: datetime
    purposes: Sequence[str]
    facts: Callable[[str], Mapping[str, str]]


async def prepare(promise: Notification, now: datetime) -> tuple[Answer, Letter] | Unwanted:
    """What to send, or why not. Raises ``NotApproved``."""
    known = await Chat.of(promise.tenant_id).find_one({"_id": promise.chat_id})
    if known is None:
        return Unwanted("gone")
    if refused := refusal(known, promise.purpose):
        return Unwanted(refused)
    answer = await PREPARED[promise.purpose](promise, known, now)
    return answer if isinstance(answer, Unwanted) else (answer, await _letter(promise, answer))


async def _call_missed(promise: Notification, known: Chat, now: datetime) -> Answer | Unwanted:
    card = await Callback.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if card is None:
        return Unwanted("gone")
    if reason := call_missed.unwanted(promise, card, known, now):
        return Unwanted(reason)
    again, zone = call_missed.next_try(card), await _zone(card)
    purposes = (call_missed.UNTIL, call_missed.PURPOSE) if again else (call_missed.PURPOSE,)
    return Answer(
        known, call_missed.useful_until(promise, card), purposes,
        lambda code: {"when": day_and_clock(again, zone, code)} if again else {},
    )  # fmt: skip


async def _decided(promise: Notification, known: Chat, now: datetime) -> Answer | Unwanted:
    asked = await Erasure.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if asked is None:
        return Unwanted("gone")
    until = erasure_told.useful_until(promise, asked)
    if now >= until:
        return Unwanted(erasure_told.OVER)
    return Answer(known, until, (promise.purpose,), lambda _: {"reason": asked.reason.rstrip(" .।")})


async def untold(promise: Notification) -> None:
    """It was not sent, or did not arrive: who decided to forget somebody, or not to, sees that."""
    if promise.purpose in erasure_told.TOLD.values():
        await erasure_told.untold(promise.tenant_id, promise.appointment_id)


async def _zone(card: Callback) -> str:
    """By the clock of the card's clinic, else that of the practice's first."""
    clinics = (await directory_of(card.tenant_id)).clinics
    place = clinics.get(card.clinic_id) or next(iter(clinics.values()), None)
    return place.zone if place else "UTC"


async def _letter(promise: Notification, answer: Answer) -> Letter:
    tenant = await Tenant.load(promise.tenant_id)
    account = await account_of(promise.tenant_id, answer.chat.channel_id)
    template = await _template(promise, answer, tenant, account)
    words = {"practice": tenant.name, **answer.facts(template.language)}
    buttons = payloads(promise, [each.action for each in template.buttons])
    return composed(promise.outbox_id, sender_of(answer.chat), template, words, buttons, account)


async def _template(promise: Notification, answer: Answer, tenant: Tenant, account: str) -> Template:
    languages = [promise.language, answer.chat.language, *tenant.languages]
    codes = [code for language in languages if language for code in codes_of(language)]
    for purpose in answer.purposes:
        if template := await approved(promise.tenant_id, purpose, codes, account):
            return template
    raise NotApproved


Prepare = Callable[[Notification, Chat, datetime], Awaitable[Answer | Unwanted]]
PREPARED: dict[str, Prepare] = {
    call_missed.PURPOSE: _call_missed,
    **dict.fromkeys(erasure_told.TOLD.values(), _decided),
}
