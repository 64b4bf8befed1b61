"""A courtesy: a chosen time stays off other patients' lists while its owner confirms. Never the guarantee."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

KEPT = timedelta(minutes=5)
# A doctor's holds are one small hash, cell to "until owner": who makes a list reads few fields, not thousands of keys.
# ARGV: ms to hold, owner, cells. Answers 0, and holds nothing, where somebody else holds one of them.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HGETALL', KEYS[1])
local others = {}
for i = 1, #held, 2 do
  local ends, owner = string.match(held[i + 1], '^(%d+) (.*)$')
  if tonumber(ends) <= now then redis.call('HDEL', KEYS[1], held[i])
  elseif owner ~= ARGV[2] then others[held[i]] = true end
end
for i = 3, #ARGV do if others[ARGV[i]] then return 0 end end
for i = 3, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], (now + ARGV[1]) .. ' ' .. ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
"""


@dataclass(slots=True)
class Holds:
    """Redis forgets a hold by itself."""

    redis: Redis
    _take: AsyncScript = field(init=False)

    def __post_init__(self) -> None:
        self._take = self.redis.register_script(TAKE)

    async def take(self, tenant_id: str, doctor_id: str, cells: Sequence[int], owner: str) -> bool:
        """Hold all of the cells, or, where somebody else holds one, none."""
        milliseconds = int(KEPT.total_seconds() * 1000)
        return bool(await self._take(keys=[_key(tenant_id, doctor_id)], args=[milliseconds, owner, *cells]))

    async def others(self, tenant_id: str, doctor_ids: Iterable[str], owner: str) -> Mapping[str, set[int]]:
        """The cells of each doctor that somebody else holds."""
        doctors = list(doctor_ids)
        async with self.redis.pipeline(transaction=False) as asking:
            asking.time()
            for doctor in doctors:
                asking.hgetall(_key(tenant_id, doctor))
            (seconds, micros), *held = await asking.execute()
        theirs = partial(_theirs, owner.encode(), seconds * 1000 + micros // 1000)
        return dict(zip(doctors, map(theirs, held), strict=True))


def _theirs(owner: bytes, now: int, held: Mapping[bytes, bytes]) -> set[int]:
    """``held``: cell to "until owner"."""
    return {
        int(cell)
        for cell, (until, _, holder) in ((cell, hold.partition(b" ")) for cell, hold in held.items())
        if holder != owner and int(until) > now
    }


def _key(tenant_id: str, doctor_id: str) -> str:
    return f"hold:{tenant_id}:{doctor_id}"
