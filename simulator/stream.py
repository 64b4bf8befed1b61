"""Server-sent events: what happens, told to every open page and terminal."""

import asyncio
import json
from collections.abc import AsyncIterator

from simulator.errors import Json

MOST_WAITING = 1000


class Stream:
    """Listeners and what they have not read yet. One that reads too slowly is told to load everything afresh."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Json | None]] = set()

    def tell(self, event: str, data: Json) -> None:
        """Tell all listeners; nearly free while there are none."""
        for queue in self._queues:
            if queue.qsize() >= MOST_WAITING:
                _start_afresh(queue)
            queue.put_nowait({"event": event, "data": data})

    def close(self) -> None:
        """Let all listeners go."""
        for queue in self._queues:
            queue.put_nowait(None)

    async def listen(self) -> AsyncIterator[str]:
        """The events as ``text/event-stream``, with a sign of life every 15 seconds."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield "event: hello\ndata: {}\n\n"
            while (item := await _next(queue)) is not None:
                yield _encode(item) if item else ": still here\n\n"
        finally:
            self._queues.discard(queue)


async def _next(queue: "asyncio.Queue[Json | None]") -> Json | None:
    try:
        return await asyncio.wait_for(queue.get(), 15)
    except TimeoutError:
        return {}


def _encode(item: Json) -> str:
    return f"event: {item['event']}\ndata: {json.dumps(item['data'])}\n\n"


def _start_afresh(queue: "asyncio.Queue[Json | None]") -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait({"event": "reload", "data": {}})
