"""WhatsApp's own opt-out: read whatever its shape, kept to, and kept without a name."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import ClinicArchive
from bot.channels.directory import Directory, Number
from bot.payload import AccountEvent, parse
from bot.preferences import nameless, wishes
from bot.streams import Entry
from clinic.channel import Channel
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.provider_event import ProviderEvent
from clinic.tenant import Tenant

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
STOP = {
    "wa_id": "919876543299", "user_id": "IN.77", "detail": "User requested to stop marketing messages",
    "category": "marketing_messages", "value": "stop", "timestamp": 1767225600,
}  # fmt: skip


def told(*rows: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "user_preferences": list(rows)}


SHAPES = {
    "stop": ([STOP], [("IN.77", "919876543299", False)]),
    "resume": ([STOP | {"value": "resume"}], [("IN.77", "919876543299", True)]),
    "without a number": ([{**STOP, "wa_id": ""}], [("IN.77", "", False)]),
    "of an older account": ([{name: STOP[name] for name in STOP if name != "user_id"}],
                            [("919876543299", "919876543299", False)]),
    "of nobody": ([{"category": "marketing_messages", "value": "stop"}], []),
    "of another category": ([STOP | {"category": "invented"}], []),
    "of another value": ([STOP | {"value": "maybe"}], []),
    "broken": (["stop", None, 3], []),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_what_somebody_wishes(shape: str) -> None:
    rows, expected = SHAPES[shape]
    found = [(sender.user_id, sender.wa_id, given_) for sender, given_, _ in wishes(told(*rows), NOW)]
    assert found == expected


NAMES = st.sampled_from([*STOP, "user_preferences", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda each: st.lists(each) | st.dictionaries(NAMES, each), max_leaves=12)


@given(JSON)
def test_any_shape_at_all_is_read(value: Any) -> None:
    asked = {"user_preferences": value}
    assert all(sender.user_id for sender, _, _ in wishes(asked, NOW))
    assert "919876543299" not in repr(nameless(told(STOP)))
    nameless(asked)


@pytest.fixture
def archive(database: Any) -> tuple[ClinicArchive, str]:
    tenant = f"tenant-{uuid4().hex}"

    async def find(_: str) -> Number | None:
        return None

    return ClinicArchive(Directory(find), lambda tenant_id, sender: FrontDesk(tenant_id, sender)), tenant


async def test_from_the_webhook_to_the_chat(archive: tuple[ClinicArchive, str]) -> None:
    shelf, tenant = archive
    await Tenant(id=tenant, name="Asha", languages=["en"]).add()
    channel = Channel(tenant_id=tenant, phone_number_id=uuid4().hex, waba_id=uuid4().hex, access_token="sealed")
    await Channel.of(tenant).insert(channel)
    body = {"object": "whatsapp_business_account", "entry": [
        {"id": channel.waba_id, "changes": [{"field": "user_preferences", "value": told(STOP)}]}
    ]}  # fmt: skip
    (event,) = parse(orjson.dumps(body), NOW)
    assert isinstance(event, AccountEvent)
    fields = {"about": event.field.encode(), "account": event.account_id.encode(), "raw": event.raw}
    entry = Entry(f"{int(NOW.timestamp() * 1000)}-0", fields)
    await shelf.events([entry])
    await shelf.events([entry])  # the same again
    (known,) = await Chat.of(tenant).find({"user_id": "IN.77"})
    assert known.stopped
    assert [(each.source, each.given, each.at) for each in known.consents] == [
        ("whatsapp", False, datetime.fromtimestamp(1767225600, UTC))
    ]
    (kept,) = await ProviderEvent.of(tenant).find({})
    assert "919876543299" not in repr(kept.value)
    assert "IN.77" not in repr(kept.value)
