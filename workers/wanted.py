"""Whether a promise is still to be kept: looked at right before it is sent, whatever was true when it was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic import after_visit
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.consent import refusal
from clinic.notification import Notification
from clinic.purpose import PURPOSES
from clinic.queue_calls import CAUSED

Reasons = Mapping[str, bool]


@dataclass(frozen=True)
class Unwanted:
    """The promise is not to be kept any more."""

    reason: str


def unwanted(promise: Notification, chat: Chat, visit: Appointment, now: datetime) -> Unwanted | None:
    """Why it must not be sent, if so."""
    if refused := refusal(chat, promise.purpose):
        return Unwanted(refused)
    reasons = REASONS.get(promise.purpose, _told)(promise, visit, now)
    return next((Unwanted(reason) for reason, holds in reasons.items() if holds), None)


def _told(promise: Notification, visit: Appointment, now: datetime) -> Reasons:
    """A message about a visit that is to come."""
    return {
        "cancelled": visit.status in ("cancelled", "waitlist"),
        "moved": visit.start_version != promise.start_version,
        "over": visit.start <= now,
    }


def _reminded(promise: Notification, visit: Appointment, now: datetime) -> Reasons:
    """Who is here already, or was seen, needs none."""
    return {**_told(promise, visit, now), "not_expected": visit.status != "booked"}


def _of_the_day(promise: Notification, visit: Appointment, now: datetime) -> Reasons:
    """What the queue causes, also after the planned start, but never long after the moment that it is about."""
    return {
        "cancelled": visit.status in ("cancelled", "waitlist", "noshow", "fulfilled"),
        "moved": visit.start_version != promise.start_version,
        "over": now > true_until(promise),
    }


def true_until(promise: Notification) -> datetime:
    """Word of the queue is good for as long as the provider may try to deliver it."""
    return promise.due_at + timedelta(seconds=PURPOSES[promise.purpose].ttl)


def _called_off(_: Notification, visit: Appointment, now: datetime) -> Reasons:
    return {"not_cancelled": visit.status != "cancelled", "over": visit.start <= now}


def _offered(promise: Notification, held: Appointment, now: datetime) -> Reasons:
    """The version that was promised is that of the hold: passed on, taken or freed, it is another one, or none."""
    over = held.status != "waitlist" or held.version != promise.start_version
    return {"offer_over": over or held.offer_until is None or held.offer_until <= now}


def _afterwards(promise: Notification, visit: Appointment, now: datetime) -> Reasons:
    """Of a visit that is over, and not for long."""
    return {**after_visit.unwanted(promise, visit), "over": now > true_until(promise)}


REASONS: dict[str, Callable[[Notification, Appointment, datetime], Reasons]] = {
    "reminder": _reminded,
    "cancelled": _called_off,
    "offer": _offered,
    "late": _reminded,
    **dict.fromkeys(CAUSED, _of_the_day),
    **dict.fromkeys(after_visit.AFTER, _afterwards),
}
