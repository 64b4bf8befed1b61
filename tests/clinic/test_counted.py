"""Bookings and callbacks are counted once, however often they are asked for."""

from practice import NINE, NOW, Practice
from prometheus_client import REGISTRY

from clinic import booking, callback
from clinic.callback import Callback
from clinic.record import new_id


def count(name: str, **labels: str) -> float:
    """How far a counter stands."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_booking_counts_once(practice: Practice) -> None:
    before = count("opdesk_bookings_total", via="bench")
    place = booking.Place(practice.clinic.id, practice.services[0].id, practice.doctors[0].id, NINE)
    for _ in range(3):
        asker = booking.Asker("same", "patient", "bench")
        await booking.book(await practice.directory(), place, booking.For("p"), asker, NOW)
    assert count("opdesk_bookings_total", via="bench") == before + 1


async def test_a_callback_counts_once(database: object) -> None:
    before = count("opdesk_callbacks_total", reason="counted")
    card = {"tenant_id": new_id(), "request_id": "same", "reason": "counted", "chat_id": "c"}
    for _ in range(2):
        await callback.open_card(Callback(**card, created_at=NOW, due_at=NOW))  # type: ignore[arg-type]
    assert count("opdesk_callbacks_total", reason="counted") == before + 1
