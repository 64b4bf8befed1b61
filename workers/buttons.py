"""What the buttons of a template carry: the record that they act on, and for a visit the version of its start, so that
a tap weeks later says what it meant. Conversations read it (``flows.tap``)."""

from collections.abc import Callable, Sequence

from clinic.notification import Notification
from clinic.slot_offer import offer_id


def payloads(promise: Notification, actions: Sequence[str], *, together: bool = False) -> tuple[str, ...]:
    """One for each of the template's actions, in their order; none for a button without one. ``together``: it tells
    several visits."""
    name = "household" if together else promise.purpose
    return tuple(action and PAYLOADS.get(name, _visit)(promise, action) for action in actions)


def _visit(promise: Notification, action: str) -> str:
    return f"visit.{action}.{promise.appointment_id}.{promise.start_version}"


def _household(promise: Notification, action: str) -> str:
    """The promise knows all the visits that it told."""
    return f"household.{action}.{promise.id}"


def _offer(promise: Notification, action: str) -> str:
    return f"offer.{action}.{offer_id(promise.appointment_id, promise.start_version)}"


def _mark(promise: Notification, action: str) -> str:
    return f"mark.{action}.{promise.appointment_id}"


PAYLOADS: dict[str, Callable[[Notification, str], str]] = {
    "household": _household,
    "offer": _offer,
    "satisfaction": _mark,
}
