"""The waiting room's screen: numbers and first names, for whoever holds the key of the clinic's screen."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import Annotated

from fastapi import Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.events import Newsroom
from api.house import InHouse, Now
from api.routes.events import LONGEST, newsroom_of
from api.routing import OpenRoute, desk_router
from api.shapes.queue import ScreenOut
from clinic.directory import directory_of
from clinic.display_key import DisplayKey, opened
from clinic.waiting_room import waiting_room

router = desk_router("/display", "display", OpenRoute)


async def _key(
    x_display_key: Annotated[str, Header(max_length=300, description="The key of the screen.")] = "",
) -> DisplayKey:
    """Raises ``BadDisplayKey``."""
    return await opened(x_display_key)


Screen = Annotated[DisplayKey, Depends(_key)]


@router.get("/queue")
async def show_waiting_room(key: Screen, now: Now) -> ScreenOut:
    """Whose turn it is and who comes next, by doctor. Not the staff's token: the screen's own key, sent as
    `X-Display-Key`, opens this and nothing else."""
    directory = await directory_of(key.tenant_id)
    rooms = await waiting_room(directory, key.clinic_id, now)
    return ScreenOut.of({"clinic": directory.clinic(key.clinic_id).name, "at": now, "doctors": rooms})


@router.get("/events", response_class=EventSourceResponse)
async def watch_waiting_room(
    key: Screen, house: InHouse, newsroom: Annotated[Newsroom, Depends(newsroom_of)]
) -> AsyncIterable[ServerSentEvent]:
    """The same as server-sent events: the whole screen at once, and again whenever the queue changes. A stream ends
    after ten minutes, or when the key is revoked: connect again."""
    yield await _shown(key, house)
    ends = asyncio.get_running_loop().time() + LONGEST
    async with aclosing(newsroom.listen(key.tenant_id, "", ends)) as news:
        async for told in news:
            if told.what.startswith("queue.") and told.facts.get("clinic_id") == key.clinic_id:
                if (await DisplayKey.of(key.tenant_id).get(key.id)).revoked_at:
                    return
                yield await _shown(key, house)


async def _shown(key: DisplayKey, house: InHouse) -> ServerSentEvent:
    screen = await show_waiting_room(key, house.clock())
    return ServerSentEvent(event="queue", raw_data=screen.model_dump_json())
