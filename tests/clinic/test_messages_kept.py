"""The transcript: kept once, in order, with the furthest status."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from practice import NOW

from clinic.delivery import StatusChange, furthest
from clinic.message import Message, apply_statuses, record, transcript
from clinic.record import new_id


def said(tenant: str, id: str, text: str = "hi", minute: int = 0, **more: Any) -> dict[str, Any]:
    base = {"id": id, "tenant_id": tenant, "chat_id": "c", "direction": "out", "kind": "text", "text": text}
    return {**base, "at": NOW + timedelta(minutes=minute), **more}


def status(tenant: str, name: str, outbox_id: str = "", wamid: str = "", **more: Any) -> StatusChange:
    return StatusChange(tenant, name, NOW, outbox_id, wamid, **more)


async def test_kept_once_and_read_in_order(database: object) -> None:
    tenant, other = new_id(), new_id()
    first, second = said(tenant, f"1{tenant}", "one", 1, direction="in"), said(tenant, f"2{tenant}", "two", 2)
    await record([second, first, said(other, f"3{tenant}")])
    await record([{**first, "text": "changed"}])
    assert [each.text for each in await transcript(tenant, "c")] == ["one", "two"]
    assert [each.text for each in await transcript(tenant, "c", limit=1)] == ["two"]
    assert len(await transcript(other, "c")) == 1
    await record([])


@pytest.mark.parametrize("order", permutations(["sent", "delivered", "read"]))
async def test_statuses_in_any_order(database: object, order: tuple[str, ...]) -> None:
    tenant = new_id()
    await record([said(tenant, f"o{tenant}")])
    for name in order:
        await apply_statuses([status(tenant, name, f"o{tenant}", "wamid.1")])
    (message,) = await transcript(tenant, "c")
    assert (message.status, message.wamid) == ("read", "wamid.1")


async def test_a_status_may_come_before_its_message(database: object) -> None:
    tenant = new_id()
    await apply_statuses([status(tenant, "delivered", f"o{tenant}", pricing={"category": "service"})])
    assert await transcript(tenant, "c") == []
    await record([said(tenant, f"o{tenant}", "late"), said(tenant, f"p{tenant}", "in time", 1)])
    late, in_time = await transcript(tenant, "c")
    assert (late.text, late.status, late.pricing) == ("late", "delivered", {"category": "service"})
    assert (in_time.status, in_time.status_rank) == ("queued", 0)


async def test_by_the_providers_id(database: object) -> None:
    tenant, other = new_id(), new_id()
    await record([said(tenant, f"o{tenant}", wamid="wamid.same"), said(other, f"o{other}", wamid="wamid.same")])
    await apply_statuses([status(tenant, "failed", wamid="wamid.same", error="131047 closed")])
    (message,) = await transcript(tenant, "c")
    assert (message.status, message.error) == ("failed", "131047 closed")
    assert (await transcript(other, "c"))[0].status == "queued"


async def test_unknown_kinds_survive(database: object) -> None:
    tenant = new_id()
    await record([said(tenant, f"o{tenant}", kind="hologram", raw={"hologram": {"size": 3}}, options=[("a", "A")])])
    (message,) = await transcript(tenant, "c")
    assert (message.kind, message.raw, message.options) == ("hologram", {"hologram": {"size": 3}}, [("a", "A")])
    assert await Message.of(tenant).count() == 1


def test_one_write_for_three_statuses() -> None:
    changes = [status("t", name, "o1") for name in ("sent", "read", "delivered")]
    (kept,) = furthest([*changes, status("t", "invented", "o1")])
    assert kept.status == "read"
    priced = [status("t", "sent", "o1", pricing={"a": 1}), status("t", "delivered", "o1")]
    assert furthest(priced)[0].pricing == {"a": 1}
    assert (
        len(furthest([status("t", "sent", wamid="1"), status("t", "sent", wamid="2"), status("u", "sent", wamid="1")]))
        == 3
    )
