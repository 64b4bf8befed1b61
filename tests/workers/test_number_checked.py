"""A number that was saved a moment ago is looked at as it is now, whatever this worker has kept of it."""

from dataclasses import replace
from datetime import UTC, datetime

from promises import SECRET_KEY, Practice

from clinic.channel import Channel
from workers.channels import check_once
from workers.context import Context
from workers.graph import Graph
from workers.provider import Provider

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


async def test_a_token_that_was_saved_by_another_process_is_the_one_that_is_tried(
    clinic: Practice, context: Context
) -> None:
    tried: list[str] = []

    async def provider(tenant_id: str, channel_id: str) -> Provider:
        found = await context.provider(tenant_id, channel_id)
        assert isinstance(found, Graph)
        tried.append(found.number.token)
        return found

    watched = replace(context, provider=provider)
    await watched.provider(clinic.id, clinic.channel_id)
    saved = {"access_token": Channel.sealed("a new one", SECRET_KEY)}
    await Channel.get_pymongo_collection().update_one({"_id": clinic.channel_id}, {"$set": saved})
    await watched.provider(clinic.id, clinic.channel_id)
    assert await check_once(watched, clinic.id, clinic.channel_id, NOW)
    assert tried == [tried[0], tried[0], "a new one"], "nobody tells this process, so who looks asks the store"
