"""What an owner should know about a number, in sentences that say what to do. Pure."""

from collections.abc import Callable
from datetime import datetime

from clinic.failure import SENTENCES
from clinic.number_state import NEAR, PAYMENT, UNLIMITED, NumberState

PAY = (
    "WhatsApp sends nothing because of a payment problem: add or correct the payment method in the provider's billing "
    "settings. What patients write is kept, and the number tries again by itself."
)


def alarms(state: NumberState, reached: int, now: datetime) -> list[str]:
    """What is wrong, the worst first; ``reached``: patients whom it has written to first in the last 24 hours."""
    return [said for each in ALARMS if (said := each(state, reached, now))]


def _silent(state: NumberState, _: int, __: datetime) -> str:
    if not state.silent_code:
        return ""
    since = f" Since {state.silent_since:%Y-%m-%d %H:%M} UTC." if state.silent_since else ""
    if state.silent_code in PAYMENT:
        return PAY + since
    why = SENTENCES.get(state.silent_code, f"WhatsApp refuses to send (code {state.silent_code}): look at the account.")
    return f"{why} The number tries again by itself.{since}"


def _restricted(state: NumberState, _: int, now: datetime) -> str:
    if not state.restriction or (state.restricted_until and state.restricted_until <= now):
        return ""
    until = f" until {state.restricted_until:%Y-%m-%d %H:%M} UTC" if state.restricted_until else ""
    return (
        f"WhatsApp has restricted the account{until} ({state.restriction}): look at its quality page, and appeal there."
    )


def _held(state: NumberState, _: int, now: datetime) -> str:
    if state.letters_held_until is None or state.letters_held_until <= now:
        return ""
    until = f"{state.letters_held_until:%Y-%m-%d %H:%M} UTC"
    return f"Templates wait until {until}: WhatsApp has refused them for now (code {state.letters_code})."


def _limit(state: NumberState, reached: int, _: datetime) -> str:
    limit = state.daily_limit
    if limit is None or limit == UNLIMITED or reached < NEAR * limit:
        return ""
    raised = "Verify the business with WhatsApp, or send less that can wait, to have it raised."
    if reached >= limit:
        return f"Today's limit of {limit} patients is reached: what can wait leaves later, the urgent first. {raised}"
    return f"{reached} of the {limit} patients whom the number may write to first in 24 hours are reached. {raised}"


def _quality(state: NumberState, _: int, __: datetime) -> str:
    said = "patients block or report it. Send less that nobody asked for, and shorter."
    return {
        "RED": f"Its quality is low: {said} WhatsApp may lower its limit.",
        "YELLOW": f"Its quality has fallen to medium: {said}",
    }.get(state.quality, "")


def _notice(state: NumberState, _: int, __: datetime) -> str:
    return f"WhatsApp says: {state.notice}" if state.notice else ""


ALARMS: tuple[Callable[[NumberState, int, datetime], str], ...] = (
    _silent, _restricted, _held, _limit, _quality, _notice,
)  # fmt: skip
