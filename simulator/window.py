"""The customer service window: what may be said when."""

from simulator.errors import Refusal

SECONDS = 24 * 3600

CLOSED = "Message failed to send because more than 24 hours have passed since the customer last replied to this number."


def is_open(last_from_user: float | None, now: float) -> bool:
    """Whether free text may be sent: the person wrote within the last 24 hours."""
    return last_from_user is not None and now - last_from_user < SECONDS


def check(kind: str, last_from_user: float | None, now: float) -> None:
    """Refuse anything but a template outside the window."""
    if kind != "template" and not is_open(last_from_user, now):
        raise Refusal(131047, CLOSED)
