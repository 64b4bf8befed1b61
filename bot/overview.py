"""What staff see of conversations without opening them. It costs the database more than the messages themselves, so it
is brought up to date at a conversation's first message, and then now and then.

What waits here is lost with its process: the next message of that chat makes up for it. What is held by a person never
waits.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

from clinic import conversation, news
from clinic.conversation import Written

APART = 30.0  # seconds between two writes about one conversation
REMEMBERED = 50_000  # conversations that are known to be written down

Key = tuple[str, str]  # tenant and chat


@dataclass(slots=True)
class _Shown:
    at: float
    waiting: list[Written] = field(default_factory=list)


@dataclass(slots=True)
class Overview:
    """``add`` what was written, ``catch_up`` from time to time."""

    clock: Callable[[], float] = monotonic
    apart: float = APART
    _shown: OrderedDict[Key, _Shown] = field(default_factory=OrderedDict)
    _behind: set[Key] = field(default_factory=set)

    async def add(self, written: Iterable[tuple[Written, bool]]) -> None:
        """Messages that have come to the transcript, each with whether a person has the conversation."""
        fresh: list[Written] = []
        urgent: set[Key] = set()
        for each, held in written:
            key = (each.tenant_id, each.chat_id)
            if held:
                urgent.add(key)
            if key not in self._shown:
                fresh.append(each)
            else:
                self._shown[key].waiting.append(each)
                self._behind.add(key)
        if fresh:
            await conversation.written(fresh, fresh=True)
            for each in fresh:
                self._shown[each.tenant_id, each.chat_id] = _Shown(self.clock())
        await self._write(self._due() | (urgent & self._behind))
        for tenant_id, chat_id in urgent:
            await news.tell(tenant_id, "conversation.message", chat_id)
        self._forget()

    async def catch_up(self, everything: bool = False) -> None:
        """Write what has waited long enough."""
        await self._write(set(self._behind) if everything else self._due())

    def _due(self) -> set[Key]:
        now = self.clock()
        return {key for key in self._behind if now - self._shown[key].at >= self.apart}

    async def _write(self, keys: set[Key]) -> None:
        if not keys:
            return
        await conversation.written(each for key in keys for each in self._shown[key].waiting)
        for key in keys:
            self._shown[key] = _Shown(self.clock())
            self._shown.move_to_end(key)
        self._behind -= keys

    def _forget(self) -> None:
        for key in list(self._shown)[: max(0, len(self._shown) - REMEMBERED)]:
            if key not in self._behind:
                del self._shown[key]
