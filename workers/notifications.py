"""The job that keeps promises: claims them in the ledger, sends each as an approved template, writes down how it went.

A worker may die anywhere. Before the send: the lease runs out and another one sends. After it: the provider's status,
which carries the promise's id, completes the ledger before the lease runs out. So what was promised is sent once.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.channels.errors import Action, Rule, SendError
from clinic import clock, departure, notification
from clinic.after_visit import AFTER
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.consent import STOPPED, refusal
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE
from clinic.queue_calls import CAUSED
from workers import answers, codes, metrics, templates
from workers.answers import Answer
from workers.carrier import NO_WAY, carrier
from workers.context import Context, context, run
from workers.escalate import hand_on
from workers.household import take_along
from workers.letter import NotApproved, Visit
from workers.pace import Held
from workers.prepare import prepare
from workers.provider import Letter
from workers.urgency import last_call, urgency
from workers.wanted import Unwanted, true_until

AT_ONCE = 16  # under way at the same time: what they look up is looked up together
DOUBT = 60.0  # seconds to wait for word of a send that nobody knows the end of
NOT_APPROVED = "template_not_approved"
UNAPPROVED = 30.0  # seconds between two looks at a template in review
LONGEST = 3600.0  # seconds between two attempts
TAKEN_BACK = STOPPED  # while it was claimed nobody else takes one back but a STOP

log = structlog.get_logger()


def send_notifications(ids: list[str]) -> None:
    """The RQ job."""
    run(deliver(ids, context()))


def send_notification(id: str) -> None:
    """The RQ job for one, which somebody is waiting for."""
    run(deliver([id], context()))


async def deliver(ids: Sequence[str], context: Context) -> None:
    """Claim what is still due of ``ids`` and send it."""
    claimed = await notification.claim(ids, context.name, clock.now(), leaving=len(ids) <= AT_ONCE)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(promise: Notification) -> None:
        async with gate:
            await attempt(promise, context)

    await asyncio.gather(*(one(promise) for promise in sorted(claimed, key=urgency)))


async def attempt(promise: Notification, context: Context) -> None:
    """One attempt at one promise. A fault of ours leaves it to its lease, and harms no other."""
    with structlog.contextvars.bound_contextvars(correlation_id=promise.outbox_id):
        try:
            outcome = await _attempt(promise, context)
        except Exception as error:
            outcome = "error"
            log.error("promise not kept now", kind=promise.kind, exc_info=error)
        metrics.NOTIFICATIONS.labels(promise.purpose, outcome).inc()


async def _attempt(promise: Notification, context: Context) -> str:
    if promise.purpose == PURPOSE:
        return await codes.send(promise, context)
    now = clock.now()
    others = await take_along(promise, now)
    if others is None:
        return "told_by_another"
    try:
        prepared = await prepare(promise, others, now)
    except NotApproved:
        return await _unapproved(promise, now)
    if isinstance(prepared, Unwanted):
        return await _withdrawn(promise, prepared.reason, now)
    about, letter = prepared
    try:
        send = await carrier(promise, about.chat, letter, context)
        if refused_now := await _stopped_now(promise, about.chat, letter.category):
            return await _withdrawn(promise, refused_now, clock.now())
        wamid = await send()
    except Held as held:
        return await _held(promise, about, held, clock.now())
    except SendError as error:
        known = error
        if isinstance(letter, Letter):
            known = await templates.silenced(promise.tenant_id, letter, error, clock.now())
        return await refused(promise, about, known, clock.now())
    await notification.accepted(promise.id, promise.token, wamid, clock.now())
    log.info("promise sent", kind=promise.kind, attempt=promise.attempt, told=1 + len(others))
    return "accepted"


async def _unapproved(promise: Notification, now: datetime) -> str:
    """It waits for words that are approved, as long as there is time for a call in its place."""
    again: datetime | None = now + seconds(UNAPPROVED)
    visit = await Appointment.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if again and visit and again >= last_call(promise, visit.offer_until or visit.start):
        again = None
    ours = await notification.failed(promise.id, promise.token, NOT_APPROVED, now, again)
    if again:
        return "waits_for_approval"
    await notification.release(promise, now)
    if ours:
        await hand_on(promise, NOT_APPROVED, now)
    return "failed"


async def _held(promise: Notification, about: Visit | Answer, held: Held, now: datetime) -> str:
    """It may not leave just now: later, or, where that is too late, by another way."""
    again = now + seconds(held.seconds)
    if again < last_call(promise, of_use_until(promise, about)):
        await notification.defer(promise, again)
        return "held"
    return await refused(promise, about, SendError(Rule(Action.PERMANENT), detail=held.why), now)


async def _withdrawn(promise: Notification, reason: str, now: datetime) -> str:
    await notification.withdrawn(promise.id, promise.token, reason, now)
    await notification.release(promise, now)
    await answers.untold(promise)
    return "withdrawn"


async def _stopped_now(promise: Notification, known: Chat, category: str) -> str:
    """Why it must not leave after all; empty where nothing stands against it. The promise is marked as leaving before
    the consent is read: a STOP that comes between waits for the provider's answer before it is answered itself.
    ``known``: the chat as it was after the claim, which is enough where that has marked the promise."""
    now = clock.now()
    if not departure.marked(promise, now):
        if not await departure.leave(promise, now):
            return TAKEN_BACK
        known = await Chat.of(promise.tenant_id).get(promise.chat_id)
    return refusal(known, promise.purpose, category)


def seconds(number: float) -> timedelta:
    """A length of time."""
    return timedelta(seconds=number)


def wait(rule: Rule, attempt: int, *, spread: float) -> float:
    """Seconds until the next attempt: doubled each time, and spread by up to a quarter so that crowds dissolve."""
    if rule.action is Action.AMBIGUOUS:
        return DOUBT
    base = 4.0**attempt if rule.action is Action.PAIR else rule.delay * 2.0 ** (attempt - 1)
    return max(rule.delay, min(base, LONGEST)) * (1 + spread / 4)


def retry_at(
    promise: Notification, about: Visit | Answer, error: SendError, now: datetime, *, spread: float
) -> datetime | None:
    """When to try again; None: not before the visit, or never."""
    rule = error.rule
    if not error.retryable or (rule.tries is not None and promise.attempt > rule.tries):
        return None
    again = now + seconds(wait(rule, promise.attempt, spread=spread))
    until = of_use_until(promise, about)
    if rule.action in (Action.HALT, Action.HALT_TEMPLATE):  # it may last: then somebody needs time to call
        until = last_call(promise, until)
    return again if again < until else None


def of_use_until(promise: Notification, about: Visit | Answer) -> datetime:
    """Afterwards it would only confuse."""
    if isinstance(about, Answer):
        return about.until
    if promise.purpose in CAUSED | AFTER:
        return true_until(promise)
    return about.appointment.offer_until or about.appointment.start


async def refused(promise: Notification, about: Visit | Answer, error: SendError, now: datetime) -> str:
    """Write down a refusal: due again later, or for another way or a person to finish."""
    again = retry_at(promise, about, error, now, spread=random.random())
    detail = f"{error.action} {error.code}" if error.detail not in NO_WAY else error.detail
    ours = await notification.failed(promise.id, promise.token, detail, now, again)
    log.warning("promise refused", kind=promise.kind, code=error.code, action=str(error.action), again=bool(again))
    if again:
        return "retry"
    await notification.release(promise, now)
    if ours:  # else a status was faster: it did go out, or the sweep sees to it
        await hand_on(promise, detail, now)
    return "failed"
