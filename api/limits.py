"""How often anybody may ask: a bucket per user and per address in Redis, and the sessions that were ended."""

import math

from fastapi import Request

from api.house import House, Rate
from api.staff import NotSignedIn, Staff
from clinic.errors import ClinicError
from clinic.login_session import epoch_key, revoked_key

# A bucket that leaks: what is kept is the time at which it will be empty (ms). Answers the ms to wait, 0 for none.
TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local cost = 1000 / tonumber(ARGV[1])
local empty = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + cost
local wait = empty - now - cost * tonumber(ARGV[2])
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], empty, 'PX', math.ceil(empty - now) + 1000)
return 0
"""


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
    async with house.redis.pipeline(transaction=False) as asking:
        _take(asking, f"rate:address:{address_of(request)}", house.rates["address"])
        if staff:
            _take(asking, f"rate:user:{staff.user_id}", house.rates["user"])
            asking.mget(revoked_key(staff.session_id), epoch_key(staff.user_id))
        answers = await asking.execute()
    if staff:
        _check_still_good(staff, *answers.pop())
    if wait := max(answers):
        raise TooManyRequests(math.ceil(wait / 1000))


def _check_still_good(staff: Staff, revoked: bytes | None, epoch: bytes | None) -> None:
    if revoked:
        raise NotSignedIn("This session was ended: sign in again.")
    if epoch and staff.epoch < int(epoch):
        raise NotSignedIn("Your roles have changed: refresh your access token.")


def _take(asking: "object", key: str, rate: Rate) -> None:
    asking.eval(TAKE, 1, key, rate.per_second, rate.burst)  # type: ignore[attr-defined]
