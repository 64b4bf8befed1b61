"""How a number stands with its provider, through the API: for those who see the numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from office import Office

from clinic import number_state
from clinic.channel import Channel
from clinic.reach import Reach
from clinic.record import new_id

SINCE = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
async def channel(office: Office) -> Channel:
    made = Channel(
        tenant_id=office.tenant_id, phone_number_id=new_id(), waba_id=f"waba-{office.tenant_id}", access_token="sealed"
    )
    await Channel.of(office.tenant_id).insert(made)
    return made


async def test_nothing_is_known_at_first(office: Office, channel: Channel) -> None:
    answer = await office.as_("owner").get(f"/channels/{channel.id}/limits")
    assert answer.json() == {
        "id": channel.id, "quality": "UNKNOWN", "messages_per_second": 80, "throughput": "", "daily_limit": None,
        "unlimited": False, "reached": 0, "silent_code": 0, "silent_since": None, "held_until": None, "restriction": "",
        "alarms": [], "asked_at": None,
    }  # fmt: skip


async def test_all_that_is_wrong_the_worst_first(office: Office, channel: Channel) -> None:
    account = channel.waba_id
    await number_state.take_over(
        office.tenant_id, channel.id, {"account": account, "daily_limit": 250, "quality": "RED", "notice": "Verify."}
    )
    await number_state.silenced(office.tenant_id, channel.id, 131042, SINCE)
    until = datetime.now(UTC) + timedelta(hours=1)
    await number_state.hold_letters(office.tenant_id, channel.id, 131048, until)
    for n in range(201):
        await Reach(office.house.redis).take(account, f"chat-{n}", 250)
    found = (await office.as_("owner").get(f"/channels/{channel.id}/limits")).json()
    assert (found["daily_limit"], found["reached"], found["quality"], found["silent_code"]) == (250, 201, "RED", 131042)
    words = ("payment", "131048", "201 of the 250", "quality is low", "Verify.")
    assert [word in said for word, said in zip(words, found["alarms"], strict=True)] == [True] * 5
    assert found["held_until"] is not None
    await number_state.speaks(office.tenant_id, channel.id)
    await number_state.take_over(office.tenant_id, channel.id, {"daily_limit": -1, "quality": "GREEN", "notice": ""})
    await number_state.letters_leave(office.tenant_id, channel.id)
    found = (await office.as_("owner").get(f"/channels/{channel.id}/limits")).json()
    assert (found["unlimited"], found["daily_limit"], found["alarms"]) == (True, None, [])


async def test_for_those_who_see_the_numbers(office: Office, channel: Channel) -> None:
    path = f"/channels/{channel.id}/limits"
    assert (await office.as_("doctor").get(path)).status_code == 403
    assert (await office.as_("owner").get(f"/channels/{new_id()}/limits")).status_code == 404
    assert (await office.as_("owner", tenant_id="another").get(path)).status_code == 404
