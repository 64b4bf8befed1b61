"""Reads that several ask for in the same moment are made once, and nobody is answered with one that began before they
asked: who comes while a read is under way shares the next."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Joined(Generic[K, V]):
    """For each key one ``load`` at a time in this process."""

    def __init__(self, load: Callable[[K], Awaitable[V]]) -> None:
        self._load = load
        self._under_way: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """What a load that begins from now on answers, or raises."""
        shared = self._next.get(key)
        if shared is None and (running := self._under_way.get(key)):
            shared = self._next[key] = asyncio.ensure_future(self._after(running, key))
        elif shared is None:
            shared = self._under_way[key] = asyncio.ensure_future(self._run(key))
        return await asyncio.shield(shared)  # one asker who gives up must not fail the others

    async def _after(self, running: asyncio.Task[V], key: K) -> V:
        try:
            await asyncio.wait([running])
        finally:
            mine = self._next.pop(key)
        self._under_way[key] = mine
        return await self._run(key)

    async def _run(self, key: K) -> V:
        try:
            return await self._load(key)
        finally:
            del self._under_way[key]
