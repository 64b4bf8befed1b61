"""A courtesy: a chosen time stays off other patients' lists while its owner confirms. Never the guarantee."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

KEPT = timedelta(minutes=5)
# A doctor's holds are one small hash, cell to "until owner": who makes a list reads few fields, not thousands of keys.
# ARGV: now and the end in ms, owner, cells. Answers 0, and holds nothing, where somebody else holds one of them.
TAKE = """
local now = tonumber(ARGV[1])
local held = redis.call('HGETALL', KEYS[1])
local others = {}
for i = 1, #held, 2 do
  local ends, owner = string.match(held[i + 1], '^(%d+) (.*)$')
  if tonumber(ends) <= now then redis.call('HDEL', KEYS[1], held[i])
  elseif owner ~= ARGV[3] then others[held[i]] = true end
end
for i = 4, #ARGV do if others[ARGV[i]] then return 0 end end
for i = 4, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], ARGV[2] .. ' ' .. ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2] - now)
return 1
"""


@dataclass(slots=True)
class Holds:
    """Redis forgets a hold by itself."""

    redis: Redis
    _take: AsyncScript = field(init=False)

    def __post_init__(self) -> None:
        self._take = self.redis.register_script(TAKE)

    async def take(self, tenant_id: str, doctor_id: str, cells: Sequence[int], owner: str, now: datetime) -> bool:
        """Hold all of the cells, or, where somebody else holds one, none."""
        args: list[str | int] = [_ms(now), _ms(now + KEPT), owner, *cells]
        return bool(await self._take(keys=[_key(tenant_id, doctor_id)], args=args))

    async def others(
        self, tenant_id: str, doctor_ids: Iterable[str], owner: str, now: datetime
    ) -> Mapping[str, set[int]]:
        """The cells of each doctor that somebody else holds."""
        doctors = list(doctor_ids)
        async with self.redis.pipeline(transaction=False) as asking:
            for doctor in doctors:
                asking.hgetall(_key(tenant_id, doctor))
            held = await asking.execute()
        return dict(zip(doctors, map(partial(_theirs, owner.encode(), _ms(now)), held), strict=True))


def _theirs(owner: bytes, now: int, held: Mapping[bytes, bytes]) -> set[int]:
    """``held``: cell to "until owner"."""
    return {
        int(cell)
        for cell, (until, _, holder) in ((cell, hold.partition(b" ")) for cell, hold in held.items())
        if holder != owner and int(until) > now
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _key(tenant_id: str, doctor_id: str) -> str:
    return f"hold:{tenant_id}:{doctor_id}"
