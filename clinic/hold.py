"""A courtesy: a chosen time stays off other patients' lists while its owner confirms. Never the guarantee."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Holds:
    """One key for each five-minute cell of a doctor, with the chat that holds it; Redis forgets it by itself."""

    redis: Redis

    async def take(self, tenant_id: str, doctor_id: str, cells: Sequence[int], owner: str) -> bool:
        """Hold all of the cells, or, where somebody else holds one, none."""
        keys = [_key(tenant_id, doctor_id, cell) for cell in cells]
        async with self.redis.pipeline(transaction=False) as asking:
            for key in keys:
                asking.set(key, owner, nx=True, px=KEPT)
            answers = await asking.execute()
        refused = [key for key, taken in zip(keys, answers, strict=True) if not taken]
        if await self._all_of(refused, owner):
            return True
        if gained := [key for key, taken in zip(keys, answers, strict=True) if taken]:
            await self.redis.delete(*gained)
        return False

    async def others(self, tenant_id: str, doctor_id: str, cells: Sequence[int], owner: str) -> set[int]:
        """Those of the cells that somebody else holds."""
        keys = [_key(tenant_id, doctor_id, cell) for cell in cells]
        holders = await self.redis.mget(keys) if keys else []
        return {cell for cell, holder in zip(cells, holders, strict=True) if holder not in (None, owner.encode())}

    async def _all_of(self, keys: Sequence[str], owner: str) -> bool:
        return not keys or set(await self.redis.mget(keys)) == {owner.encode()}


def _key(tenant_id: str, doctor_id: str, cell: int) -> str:
    """Of one doctor, so that a cluster keeps them in one place."""
    return f"hold:{{{tenant_id}.{doctor_id}}}:{cell}"
