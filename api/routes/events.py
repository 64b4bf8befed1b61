"""The stream of changes."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import metrics
from api.events import Newsroom, concerns, shown
from api.routing import desk_router
from api.staff import ANYBODY, Staff

router = desk_router("/events", "events")
LONGEST = 600.0  # seconds; then the listener comes again, with a token that is still good


async def newsroom_of(request: Request) -> Newsroom:
    """The newsroom of the app that serves this request."""
    newsroom: Newsroom = request.app.state.newsroom
    return newsroom


@router.get("", response_class=EventSourceResponse)
async def listen_to_events(
    staff: Annotated[Staff, ANYBODY],
    newsroom: Annotated[Newsroom, Depends(newsroom_of)],
    last_event_id: Annotated[
        str | None,
        Header(
            pattern=r"^[0-9]{1,15}-[0-9]{1,10}$",
            description="The id of the last event that was seen: what came after it is sent first.",
        ),
    ] = None,
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events for what changes and you may read: appointments, the queue, callbacks, messages.

    Each carries ids only; ask for the record itself. The last 10,000 are kept: after a longer pause read everything
    anew. A stream ends after ten minutes: connect again with `Last-Event-ID`.
    """
    metrics.LISTENERS.inc()
    ends = asyncio.get_running_loop().time() + LONGEST
    async with aclosing(newsroom.listen(staff.tenant_id, last_event_id or "", ends)) as news:
        async for told in news:
            if concerns(staff, told):
                yield ServerSentEvent(id=told.id, event=told.what, raw_data=shown(told))
