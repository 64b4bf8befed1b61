"""What is asked for with every promise and changes rarely: kept some seconds, by practice.

The process that writes such a record forgets at once (``Record.changed``); others notice within ``SECONDS``, sooner
than anything that a provider has refused is tried again. So whoever is refused for what changed sees what is new.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from clinic.fresh import Fresh

SECONDS = 3.0

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Keeps what ``load`` answers of a practice."""

    def __init__(self, load: Callable[[str, K], Awaitable[V]], seconds: float = SECONDS) -> None:
        self._changes: Counter[str] = Counter()  # an answer that was on its way when they rose is not used any more
        self._answers: Fresh[tuple[str, int, K], V] = Fresh(lambda key: load(key[0], key[2]), seconds)

    async def get(self, tenant_id: str, key: K) -> V:
        """The answer, a few seconds old at most."""
        return await self._answers.get((tenant_id, self._changes[tenant_id], key))

    async def again(self, tenant_id: str, key: K) -> V:
        """The answer of this moment."""
        self._answers.forget((tenant_id, self._changes[tenant_id], key))
        return await self.get(tenant_id, key)

    def forget(self, tenant_id: str) -> None:
        """Something of the practice's was written."""
        self._changes[tenant_id] += 1
