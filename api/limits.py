"""How often anybody may ask: a bucket per user and per address in Redis, and the sessions that were ended."""

import math
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

from fastapi import Request
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from api.house import House
from api.staff import NotSignedIn, Staff
from clinic.errors import ClinicError
from clinic.login_session import epoch_key, revoked_key

# Buckets that leak: what is kept of each is the time at which it will be empty (ms). Answers the longest ms to wait, 0
# for none, and then what stands under the keys beyond the buckets'. One script, since each command costs this process.
ASK = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local buckets = #ARGV / 2
local answer = {0}
for n = 1, buckets do
  local cost = 1000 / tonumber(ARGV[2 * n - 1])
  local empty = math.max(tonumber(redis.call('GET', KEYS[n]) or now), now) + cost
  local wait = empty - now - cost * tonumber(ARGV[2 * n])
  if wait > 0 then
    answer[1] = math.max(answer[1], math.ceil(wait))
  else
    redis.call('SET', KEYS[n], empty, 'PX', math.ceil(empty - now) + 1000)
  end
end
for n = buckets + 1, #KEYS do answer[#answer + 1] = redis.call('GET', KEYS[n]) end
return answer
"""
DIGEST = sha1(ASK.encode(), usedforsecurity=False).hexdigest()


class TooManyRequests(ClinicError):
    """More requests than allowed: wait as long as Retry-After says."""

    code, status = "too_many_requests", 429

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.retry_after = seconds


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


async def check(house: House, request: Request, staff: Staff | None) -> None:
    """Count this request. Raises ``TooManyRequests``, and ``NotSignedIn`` for a session that was ended."""
    buckets = {f"rate:address:{address_of(request)}": house.rates["address"]}
    signed: list[str] = []
    if staff:
        buckets[f"rate:user:{staff.user_id}"] = house.rates["user"]
        signed = [revoked_key(staff.session_id), epoch_key(staff.user_id)]
    rates = [number for rate in buckets.values() for number in (rate.per_second, rate.burst)]
    wait, *known = await _asked(house.redis, [*buckets, *signed], rates)
    if staff:
        _check_still_good(staff, *known)
    if wait:
        raise TooManyRequests(math.ceil(wait / 1000))


async def _asked(redis: "Redis", keys: Sequence[str], rates: Sequence[float]) -> Any:
    """What the script answers; a Redis that was restarted is told it again."""
    try:
        return await redis.evalsha(DIGEST, len(keys), *keys, *rates)
    except NoScriptError:
        return await redis.eval(ASK, len(keys), *keys, *rates)


def _check_still_good(staff: Staff, revoked: bytes | None, epoch: bytes | None) -> None:
    if revoked:
        raise NotSignedIn("This session was ended: sign in again.")
    if epoch and staff.epoch < int(epoch):
        raise NotSignedIn("Your roles have changed: refresh your access token.")
