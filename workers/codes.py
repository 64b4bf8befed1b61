"""One-time codes on their way: before everything else, never late, and never written down in clear.

The code is made here from its record's id and the installation's key (``clinic.one_time_code``), at the moment it
leaves: a job that is done twice sends the same one. After five minutes it is worth nothing, and nothing is sent.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.channels.errors import Action, Rule, SendError
from clinic import clock, identity, notification, one_time_code
from clinic.callback import Callback, open_card
from clinic.channel import account_of
from clinic.chat import Chat
from clinic.directory import directory_of
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE, OneTimeCode
from clinic.opening import due_at
from clinic.purpose import PURPOSES, language_of
from clinic.sms_sender import sender_of
from clinic.tenant import Tenant
from clinic.views import Sender
from workers.context import Context
from workers.gate import admitted, sent
from workers.pace import Held
from workers.provider import Letter
from workers.sms import Text

UNDELIVERABLE = "code_undeliverable"  # the card's reason
DOUBT = 20.0  # seconds to wait for word of a send that nobody knows the end of: much of a code's life
SOON, LATER = 0, 1

log = structlog.get_logger()


def rank(promise: Notification) -> int:
    """Somebody waits for a code with the telephone in hand."""
    return SOON if promise.purpose == PURPOSE else LATER


async def send(promise: Notification, context: Context) -> str:
    """One attempt at a claimed promise of a code; what came of it."""
    now = clock.now()
    code = await OneTimeCode.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if code is None or (reason := identity.useless(code, now)):
        await notification.withdrawn(promise.id, promise.token, reason if code else "gone", now)
        return "withdrawn"
    try:
        sent = await WAYS[promise.channel](promise, code, context)
    except Held as held:
        return await _refused(promise, code, SendError(Rule(Action.SLOW, held.seconds), detail=held.why), context)
    except SendError as error:
        return await _refused(promise, code, error, context)
    await notification.accepted(promise.id, promise.token, sent, clock.now())
    log.info("code sent", kind=promise.kind, attempt=promise.attempt)
    return "accepted"


async def _by_whatsapp(promise: Notification, code: OneTimeCode, context: Context) -> str:
    chat = await Chat.of(promise.tenant_id).get(promise.chat_id)
    tenant = await Tenant.load(promise.tenant_id)
    account = await account_of(promise.tenant_id, chat.channel_id)
    languages = [code.language, chat.language, *tenant.languages]
    template = await identity.template_of(promise.tenant_id, languages, account)
    if template is None:
        raise SendError(Rule(Action.PERMANENT), detail="template_not_approved")
    await admitted(promise, chat, code.number.lstrip("+"), context)
    provider = await context.provider(promise.tenant_id, chat.channel_id)
    to = Sender(code.number.lstrip("+"), code.number.lstrip("+"), channel_id=chat.channel_id)
    digits = one_time_code.digits_of(context.secret_key, code.id)
    letter = Letter(
        to, template.name, template.language, (), promise.outbox_id, code=digits, account=account,
        template_id=template.at(account).id, ttl_seconds=template.ttl_seconds,
    )  # fmt: skip
    return await sent(provider.send_template(letter), promise, chat, context)


async def _by_sms(promise: Notification, code: OneTimeCode, context: Context) -> str:
    texter = await context.sms(promise.tenant_id)
    if texter is None:
        raise SendError(Rule(Action.PERMANENT), detail="not_connected")
    digits = one_time_code.digits_of(context.secret_key, code.id)
    words = PURPOSES[PURPOSE].body(language_of(code.language)).replace("{{code}}", digits)
    return await texter.send_text(Text(code.number, words, promise.outbox_id, ttl_seconds=PURPOSES[PURPOSE].ttl))


WAYS: dict[str, Callable[[Notification, OneTimeCode, Context], Awaitable[str]]] = {
    "whatsapp": _by_whatsapp,
    "sms": _by_sms,
}


async def _refused(promise: Notification, code: OneTimeCode, error: SendError, context: Context) -> str:
    """Again while the code is good for something; else by the next way at once."""
    now = clock.now()
    again = _again(promise, code, error, now)
    detail = f"{error.action} {error.code or error.detail}".strip()
    ours = await notification.failed(promise.id, promise.token, detail, now, again)
    log.warning("code refused", kind=promise.kind, code=error.code, action=str(error.action), again=bool(again))
    if again:
        return "retry"
    if ours:
        due = await hand_on(promise, now)
        await notification.handed_on(promise)
        for each in await notification.claim(due, context.name, clock.now()):
            await send(each, context)
    return "failed"


def _again(promise: Notification, code: OneTimeCode, error: SendError, now: datetime) -> datetime | None:
    rule = error.rule
    if not error.retryable or (rule.tries is not None and promise.attempt > rule.tries):
        return None
    delay = DOUBT if rule.action is Action.AMBIGUOUS else max(1.0, rule.delay)
    again = now + timedelta(seconds=delay)
    return again if again < code.expires_at else None


async def hand_on(promise: Notification, now: datetime) -> list[str]:
    """The promise by the next way that is connected. Where there is none the chat says so to whoever waits, and
    somebody of the staff sees to it."""
    code = await OneTimeCode.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if code is None or identity.useless(code, now):
        return []
    ways = (await Tenant.load(promise.tenant_id)).notify_by
    if "sms" in _after(ways, promise.channel) and await sender_of(promise.tenant_id):
        return [await notification.promise(_by(promise, "sms", now))]
    await one_time_code.not_delivered(promise.tenant_id, code.id)
    await open_card(
        Callback(
            tenant_id=promise.tenant_id, request_id=f"n.{promise.id}", reason=UNDELIVERABLE, chat_id=promise.chat_id,
            language=promise.language, created_at=now, due_at=due_at(await directory_of(promise.tenant_id), "", now),
        )
    )  # fmt: skip
    return []


def _after(ways: Sequence[str], tried: str) -> Sequence[str]:
    return ways[ways.index(tried) + 1 :] if tried in ways else ()


def _by(promise: Notification, channel: str, now: datetime) -> Notification:
    return Notification(
        tenant_id=promise.tenant_id, appointment_id=promise.appointment_id, kind=f"{PURPOSE}@{channel}",
        start_version=0, channel=channel, chat_id=promise.chat_id, language=promise.language, due_at=now, wake_at=now,
    )  # fmt: skip
