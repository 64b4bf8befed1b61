"""A number's pace is one for all processes: counted in Redis, kept alone while Redis is away, lost with nobody."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Unreachable

from bot.channels import pace as shared
from bot.channels.pace import GOOD, PAIR_BURST, Pace
from bot.pace import shared_pace
from bot.pipeline import Coalesced

SPEAKER = Path(__file__).parent / "speaker.py"


def of(redis: "Redis") -> Pace:
    return shared_pace(Coalesced(redis))


async def freely(pace: Pace, seconds: float, rate: float, number: str = "n", **more: Any) -> list[float]:
    """Sends to ever new people, as fast as it may; the moments."""
    moments: list[float] = []
    end, serial = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        serial += 1
        if wait := await pace.take(number, rate, f"{id(pace)} {serial}", **more):
            await asyncio.sleep(min(wait, max(0.0, end - time.monotonic())))
        else:
            moments.append(time.monotonic())
    return moments


def most_in_a_second(moments: Iterable[float]) -> int:
    """The fullest second of all."""
    ordered = sorted(moments)
    return max(sum(1 for each in ordered[n:] if each < start + 1.0) for n, start in enumerate(ordered))


async def test_two_together_are_never_faster_than_one_may_be(redis: "Redis") -> None:
    one, other = await asyncio.gather(freely(of(redis), 2.6, 80.0), freely(of(redis), 2.6, 80.0))
    assert most_in_a_second(one + other) <= 80
    assert len(one + other) >= 80 * 2, "and hardly slower"
    assert min(len(one), len(other)) >= len(one + other) / 5, "none starves"


async def test_what_can_wait_leaves_half_and_is_not_starved(redis: "Redis") -> None:
    alone = await freely(of(redis), 1.5, 40.0, "alone", can_wait=True)
    assert most_in_a_second(alone) <= 20
    chat, letters = await asyncio.gather(
        freely(of(redis), 3.0, 40.0, "both"), freely(of(redis), 3.0, 40.0, "both", can_wait=True)
    )
    assert most_in_a_second(chat + letters) <= 40
    assert len(letters) >= 12, "a quarter is kept for them, once they went without"
    assert len(chat) >= len(letters)


async def test_one_person_gets_a_burst_and_then_little(redis: "Redis") -> None:
    paces = [of(redis), of(redis)]
    taken = 0
    for n in range(2 * PAIR_BURST):
        taken += await paces[n % 2].take("n", 10_000.0, "asha") == 0.0
    assert PAIR_BURST - 4 <= taken <= PAIR_BURST
    assert 1.0 < await paces[0].take("n", 10_000.0, "asha") <= 6.0
    assert await paces[0].take("n", 10_000.0, "somebody else") == 0.0
    assert await paces[0].take("another", 10_000.0, "asha") == 0.0
    assert not [key for key in await redis.keys("*") if b"asha" in key]


async def test_it_speaks_evenly(redis: "Redis") -> None:
    moments = await freely(of(redis), 2.2, 80.0)
    assert max(after - before for before, after in pairwise(moments)) < 0.6


async def test_numbers_do_not_slow_each_other(redis: "Redis") -> None:
    pace = of(redis)
    await freely(pace, 0.3, 5.0, "busy")
    assert await pace.take("busy", 5.0, "x") > 0.0
    assert await pace.take("idle", 5.0, "x") == 0.0


async def test_a_number_found_too_fast_is_slow_for_all_and_recovers(redis: "Redis") -> None:
    one, other = of(redis), of(redis)
    await one.slow("n")
    await other.slow("n")  # refused in the same moment: counts once
    assert float(await redis.hget("{pace:n}:slow", "factor")) == 0.5
    slowed = await asyncio.gather(freely(one, 1.5, 40.0), freely(other, 1.5, 40.0))
    assert 10 <= most_in_a_second(slowed[0] + slowed[1]) <= 21, "half, and what is regained meanwhile"
    await redis.hset("{pace:n}:slow", "at", int(time.time() * 1000) - 60_000)
    assert most_in_a_second(await freely(one, 1.2, 40.0)) > 25


async def test_a_silent_number_is_silent_for_all_and_one_tries(redis: "Redis") -> None:
    one, other = of(redis), of(redis)
    assert await one.halt("n", 0.4) == pytest.approx(0.4)
    assert 0.0 < await one.take("n", 80.0, "a") <= 0.4
    assert 0.0 < await other.take("n", 80.0, "a") <= 0.4
    await asyncio.sleep(0.45)
    tries = [await pace.take("n", 80.0, f"{n}") == 0.0 for n in range(3) for pace in (one, other)]
    assert sum(tries) == 1, "one goes ahead"
    assert await one.halt("n", 0.4) == pytest.approx(0.8), "longer each time"
    await redis.hset("{pace:n}:halt", "until", 1)
    third = of(redis)
    assert await third.take("n", 80.0, "c") == 0.0
    assert await third.went("n"), "who went through says so, whoever halted it"
    assert not await redis.exists("{pace:n}:halt")
    assert not await third.went("n")
    assert await of(redis).take("n", 80.0, "d") == 0.0


async def test_what_was_learned_in_one_moment_counts_once(redis: "Redis") -> None:
    one, other = of(redis), of(redis)
    waits = [await one.halt("n", 60.0), await other.halt("n", 60.0)]
    assert max(waits) <= 60.0


async def test_without_redis_each_keeps_to_half_the_rate(redis: "Redis") -> None:
    asked = 0

    async def away(*_: Any) -> Any:
        nonlocal asked
        asked += 1
        raise Unreachable("away")

    pace = Pace(away)
    moments = await freely(pace, 1.6, 40.0)
    assert 15 <= most_in_a_second(moments) <= 26
    assert asked == 1, "it is not asked for each message"
    await pace.halt("n", 0.3)
    assert 0.0 < await pace.take("n", 40.0, "x") <= 0.3


async def test_tokens_of_a_moment_ago_are_good_no_more(redis: "Redis") -> None:
    pace = of(redis)
    for n in range(20):
        await pace.take("n", 80.0, f"{n}")
    lease = pace._numbers["n", False]
    lease.left, lease.until = 5, pace.clock() + GOOD
    asked: list[str] = []
    ask = pace.ask
    assert ask is not None

    async def watched(tag: str, args: Any) -> Any:
        asked.append(args[0])
        return await ask(tag, args)

    pace.ask = watched
    assert await pace.take("n", 80.0, "0") == 0.0
    assert asked == [], "some in hand: Redis is not asked"
    lease.until = pace.clock() - 0.001
    await pace.take("n", 80.0, "0")
    assert asked == ["take"]


def test_processes_race_and_one_is_killed(redis: "Redis", redis_url: str) -> None:
    """Three processes on one number, the second of them killed in the middle: nobody ever exceeds the rate, and what
    the dead one had taken is missing for a second at most."""
    rate = 100
    speakers = [
        subprocess.Popen([sys.executable, str(SPEAKER), redis_url, str(rate), "6.0"], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    for speaker in speakers:
        assert speaker.stdout is not None
        assert speaker.stdout.readline() == b"ready\n"
    time.sleep(2.2)
    speakers[1].send_signal(signal.SIGKILL)
    killed_at = time.time()
    told = [speaker.communicate(timeout=30)[0].split() for speaker in speakers]
    moments = sorted(float(each) for lines in told for each in lines)
    assert most_in_a_second(moments) <= rate
    for lines in (told[0], told[2]):
        assert len(lines) >= 30, "none starves"
    late = [each for each in moments if killed_at + 1.2 <= each <= killed_at + 3.2]
    assert len(late) >= 1.4 * rate, "the others speak at the full rate again"
    assert max(after - before for before, after in pairwise(late)) < 0.8


def test_its_keys_share_a_slot() -> None:
    """On a cluster one script touches keys of one hash tag alone."""
    for line in shared.SCRIPT.splitlines():
        if "redis.call('TIME')" not in line and "redis.call(" in line:
            assert "tag" in line or " key" in line or "(key" in line, line


async def test_a_crowd_is_not_looked_through_for_each_stranger() -> None:
    async def given(_: str, args: Any) -> list[int]:
        return [3, 0] if next(iter(args)) == "pair" else [50, 0, 0]

    pace, looks = Pace(given), 0
    known = pace._pairs
    for who in range(shared.CROWD + 300):
        await pace.take("n", 1000.0, str(who))
        looks, known = looks + (pace._pairs is not known), pace._pairs
    assert looks <= 1
