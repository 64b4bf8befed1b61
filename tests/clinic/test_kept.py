"""What is kept of a practice for some seconds: forgotten at once by who changes it, soon noticed by all others."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from clinic import channel, number_state
from clinic.channel import Channel, account_of
from clinic.kept import Kept
from clinic.number_state import kept_state, take_over
from clinic.record import new_id
from clinic.template import Template, approved, starter

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


async def elsewhere(kind: type[Template] | type[Channel], id: str, **change: Any) -> None:
    """Another process changes a record: nobody tells this one."""
    await kind.get_pymongo_collection().update_one({"_id": id}, {"$set": change})


async def test_an_answer_that_was_on_its_way_when_something_changed_is_not_used() -> None:
    stored, asked, answers = ["old"], asyncio.Event(), asyncio.Event()

    async def load(_tenant: str, _key: str) -> str:
        found = stored[0]
        asked.set()
        await answers.wait()
        return found

    kept = Kept(load)
    early = asyncio.create_task(kept.get("t", "k"))
    await asked.wait()
    stored[0] = "new"
    kept.forget("t")
    answers.set()
    assert [await kept.get("t", "k"), await early] == ["new", "old"]
    stored[0] = "newer"
    assert await kept.get("t", "k") == "new"
    assert await kept.get("other", "k") == "newer"
    assert await kept.again("t", "k") == "newer"


async def test_words_that_are_paused_here_are_not_sent_any_more(database: object) -> None:
    tenant = new_id()
    made = starter(tenant, "reminder", "en")
    await Template.of(tenant).insert(made)
    assert await approved(tenant, "reminder", ["en"])
    await Template.of(tenant).change({"_id": made.id}, {"$set": {"status": "PAUSED"}})
    assert await approved(tenant, "reminder", ["en"]) is None


async def test_words_that_were_approved_elsewhere_are_found_at_once(database: object) -> None:
    tenant = new_id()
    made = starter(tenant, "reminder", "en", status="PENDING")
    await Template.of(tenant).insert(made)
    assert await approved(tenant, "reminder", ["en"]) is None
    await elsewhere(Template, made.id, status="APPROVED")
    assert await approved(tenant, "reminder", ["en"]), "nobody waits for words that are there"
    await elsewhere(Template, made.id, status="PAUSED")
    assert await approved(tenant, "reminder", ["en"]), "this is seen in a moment"
    assert await approved(tenant, "reminder", ["hi"]) is None
    assert await approved(tenant, "reminder", ["en"]) is None, "what looks again looks at all of it"


async def test_a_number_of_another_account(database: object) -> None:
    tenant = new_id()
    own = Channel(tenant_id=tenant, phone_number_id=new_id(), waba_id="first", access_token="sealed")
    await Channel.of(tenant).insert(own)
    assert await account_of(tenant, own.id) == "first"
    await Channel.of(tenant).change({"_id": own.id}, {"$set": {"waba_id": "second", "messages_per_second": 7}})
    assert (await account_of(tenant, own.id), await channel.rate_of(tenant, own.id)) == ("second", 7)
    await elsewhere(Channel, own.id, messages_per_second=8)
    assert await channel.rate_of(tenant, own.id) == 7


async def test_a_limit_that_is_near_is_told_once_whoever_noticed_it_first(database: object) -> None:
    tenant, number = new_id(), new_id()
    await take_over(tenant, number, {"daily_limit": 10})
    before = await kept_state(tenant, number)
    assert before.daily_limit == 10
    first = await take_over(tenant, number, {"near_at": NOW})
    await number_state.nearing(before, 9, NOW)
    after = await number_state.state_of(tenant, number)
    assert (after.near_at, after.version) == (NOW, first.version)
    assert (await kept_state(tenant, number)).near_at == NOW
